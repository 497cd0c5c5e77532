from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from configurations import project, write
from parallel_stage.contract.schema import schema
from parallel_stage.lint.config.file import SCHEMA
from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]

TEXT = """\
[project]
name = "flights"

[tool.parallel-stage]
ignore = ["single-worker"]
exclude = ["old/"]
strict = true

[tool.parallel-stage.per-file-ignores]
"apps/**" = ["idle-workers"]
"""


@pytest.fixture
def flights(tmp_path: Path) -> Path:
    write(tmp_path, TEXT)
    write(tmp_path / "apps", toml(), "parallel_stage.toml")
    write(tmp_path / "old", toml(), "parallel_stage.toml")
    return tmp_path


@pytest.mark.usefixtures("flights")
def test_every_key_is_printed_with_its_value_and_its_place(command: Command) -> None:
    code, out, err = command("config", "apps/parallel_stage.toml")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "configuration: pyproject.toml",
        "  select            []                                default",
        '  ignore            ["single-worker"]                 pyproject.toml:5',
        "  severity          {}                                default",
        '  per-file-ignores  { "apps/**" = ["idle-workers"] }  pyproject.toml:9',
        '  exclude           ["old/"]                          pyproject.toml:6',
        "  strict            true                              pyproject.toml:7",
        "  check-inputs      false                             default",
        "  markdown          false                             default",
        "  search-roots      []                                default",
        '  baseline          ""                                default',
        'apps/parallel_stage.toml matches "apps/**": idle-workers ignored',
        "apps/parallel_stage.toml is not excluded",
    ]


@pytest.mark.usefixtures("flights")
@pytest.mark.parametrize("path", ["old", "old/", "old/parallel_stage.toml"])
def test_what_is_excluded_is_reported(command: Command, path: str) -> None:
    assert command("config", path)[1].splitlines()[-1] == f"{path} is excluded"


@pytest.mark.usefixtures("flights")
def test_the_same_as_json(command: Command) -> None:
    code, out, _ = command("config", "--format", "json", "apps/parallel_stage.toml")
    found = json.loads(out)
    assert code == 0
    assert found["configuration"] == "pyproject.toml"
    assert set(found["keys"]) == set(schema(SCHEMA)["properties"])
    assert found["keys"]["strict"] == {"value": True, "source": "pyproject.toml:7"}
    assert found["keys"]["select"] == {"value": [], "source": "default"}
    assert found["per-file-ignores"] == {"apps/**": ["idle-workers"]}
    assert found["excluded"] is False


def test_without_a_file_all_is_default(command: Command, tmp_path: Path) -> None:
    code, out, _ = command("config")
    assert code == 0
    assert out.startswith("configuration: none\n")
    assert out.count("default\n") == len(schema(SCHEMA)["properties"])
    assert json.loads(command("config", "--format", "json", str(tmp_path))[1])["configuration"] is None


def test_a_file_above_is_named_from_here(command: Command, flights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(flights / "apps")
    assert command("config")[1].startswith("configuration: ../pyproject.toml\n")


def test_names_of_no_rule_are_reported_on_standard_error(command: Command, tmp_path: Path) -> None:
    project(tmp_path, ignore=["single-wroker"])
    code, out, err = command("config")
    assert (code, out.splitlines()[0]) == (0, "configuration: pyproject.toml")
    assert err == (
        "pyproject.toml:3:5: warning[unknown-rule] there is no rule 'single-wroker'; did you mean single-worker?\n"
    )


def test_a_configuration_that_makes_no_sense(command: Command, tmp_path: Path) -> None:
    project(tmp_path, strict=1)
    code, out, err = command("config")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "error: pyproject.toml:2:10: strict is 1, an integer; write true or false",
        "help: correct the file; parallel-stage schema agilab.parallel_stage.config.v1 prints what it may hold",
    ]


def test_a_path_that_is_not_there(command: Command) -> None:
    code, _, err = command("config", "nowhere")
    assert code == 2
    assert "'nowhere' does not exist" in err


def test_nothing_that_is_written_reaches_the_terminal_raw(command: Command, tmp_path: Path) -> None:
    write(tmp_path, 'search-roots = ["\\u001b[31m"]\n', ".parallel-stage.toml")
    directory = tmp_path / "a\x1b[31m"
    directory.mkdir()
    for more in ((), ("--format", "json")):
        assert "\x1b" not in command("config", directory.name, *more)[1]

from __future__ import annotations

import json
import subprocess
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tomli

from parallel_stage.cli.editor_settings import SCHEMA_FILE, names, settings
from parallel_stage.contract import formats, schema, write
from support import data, toml

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.conftest import Finished

    Command = Callable[..., Finished]

SCRIPTS = Path(sysconfig.get_path("scripts"))
LINTERS = {"taplo": ["lint"], "tombi": ["lint", "--offline"]}
SETTINGS = [".taplo.toml", "tombi.toml", ".vscode/settings.json"]


def _lint(linter: str, directory: Path) -> tuple[int, str]:
    """The exit code of a real linter that gets no settings, and its output."""
    run = subprocess.run(
        [SCRIPTS / linter, *LINTERS[linter]], cwd=directory, capture_output=True, text=True, check=False
    )
    return run.returncode, run.stdout + run.stderr


def test_schema_and_settings_are_written(command: Command, tmp_path: Path) -> None:
    run = command("schema", "--write", ".")
    assert run.code == 0
    assert (tmp_path / SCHEMA_FILE).read_text(encoding="utf-8") == schema.text()
    assert [line.removeprefix("written: ./") for line in run.out.splitlines()] == [SCHEMA_FILE, *SETTINGS]


def test_all_addresses_in_the_settings_lead_to_the_schema(command: Command, tmp_path: Path) -> None:
    command("schema", "--write", ".")
    taplo, tombi = (tomli.loads((tmp_path / name).read_text(encoding="utf-8")) for name in SETTINGS[:2])
    vscode = json.loads((tmp_path / SETTINGS[2]).read_text(encoding="utf-8"))
    addresses = [taplo["rule"][0]["schema"]["path"], tombi["schemas"][0]["path"]]
    addresses += [vscode["json.schemas"][0]["url"], *vscode["yaml.schemas"]]
    assert [(tmp_path / address).resolve() for address in addresses] == [tmp_path / SCHEMA_FILE] * 4


def test_a_second_time_changes_nothing_but_the_schema(command: Command, tmp_path: Path) -> None:
    command("schema", "--write", ".")
    (tmp_path / SCHEMA_FILE).write_text("{}")
    for name in SETTINGS:
        (tmp_path / name).write_text((tmp_path / name).read_text(encoding="utf-8") + "\n")
    before = {name: (tmp_path / name).read_bytes() for name in SETTINGS}
    run = command("schema", "--write", ".")
    assert run.out.count("left as it is, it names the schema: ") == len(SETTINGS)
    assert {name: (tmp_path / name).read_bytes() for name in SETTINGS} == before
    assert (tmp_path / SCHEMA_FILE).read_text(encoding="utf-8") == schema.text()


@pytest.mark.parametrize(
    ("existing", "content", "unwritten"),
    [
        (".taplo.toml", "[formatting]\n", ".taplo.toml"),
        ("taplo.toml", "", ".taplo.toml"),  # .taplo.toml would be read in its place
        ("tombi.toml", "[format]\n", "tombi.toml"),
        (".tombi.toml", "", "tombi.toml"),  # it is read in place of tombi.toml
        (".config/tombi.toml", "", "tombi.toml"),
        ("pyproject.toml", "[tool.tombi.format]\n", "tombi.toml"),
        (".vscode/settings.json", "{}", ".vscode/settings.json"),
    ],
)
def test_settings_that_exist_are_left_and_what_to_add_is_reported(
    existing: str, content: str, unwritten: str, command: Command, tmp_path: Path
) -> None:
    (tmp_path / existing).parent.mkdir(exist_ok=True)
    (tmp_path / existing).write_text(content)
    run = command("schema", "--write", ".")
    assert run.code == 0
    assert (tmp_path / existing).read_text() == content
    assert (tmp_path / unwritten).exists() is (existing == unwritten)
    _, _, printed = run.out.partition(f"left as it is: ./{existing}; add to it:\n\n")
    wanted = "\n".join(line[4:] for line in printed.split("\nwritten: ")[0].split("\nleft ")[0].splitlines())
    assert SCHEMA_FILE in wanted
    assert json.loads(wanted) if existing.endswith(".json") else tomli.loads(content + wanted)


@pytest.mark.parametrize("existing", ["pyproject.toml", "taplo.toml"])
@pytest.mark.parametrize("linter", LINTERS)
def test_the_linters_take_what_they_were_reported(linter: str, existing: str, command: Command, tmp_path: Path) -> None:
    content = {"pyproject.toml": "[tool.tombi.format]\n", "taplo.toml": ""}[existing]
    (tmp_path / existing).write_text(content)
    printed = command("schema", "--write", ".").out.partition(f"{existing}; add to it:\n\n")[2]
    added = "\n".join(line[4:] for line in printed.split("\nwritten: ")[0].splitlines())
    (tmp_path / existing).write_text(f"{content}{added}\n")
    (tmp_path / "parallel_stage.toml").write_text(toml(workers=0))
    code, said = _lint(linter, tmp_path)
    assert code != 0
    assert "parallel_stage.toml:6:11" in said


def test_a_project_that_has_another_pyproject_gets_the_file_of_tombi(command: Command, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "flights"\n')
    command("schema", "--write", ".")
    assert (tmp_path / "tombi.toml").exists()


@pytest.mark.parametrize("linter", LINTERS)
@pytest.mark.parametrize("name", ["parallel_stage.toml", "b.parallel_stage.toml", "stages/parallel_stage.toml"])
def test_a_linter_that_is_reported_nothing_finds_the_schema(
    name: str, linter: str, command: Command, tmp_path: Path
) -> None:
    command("schema", "--write", ".")
    (tmp_path / "other.toml").write_text("workers = 0\n")
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(toml())
    assert _lint(linter, tmp_path)[0] == 0
    (tmp_path / name).write_text(toml(workers=0))
    code, said = _lint(linter, tmp_path)
    assert code != 0
    assert f"{name}:6:11" in said


@pytest.mark.parametrize("linter", LINTERS)
def test_a_linter_reads_the_line_that_new_contracts_start_with(linter: str, tmp_path: Path) -> None:
    (tmp_path / SCHEMA_FILE).write_text(schema.text(), encoding="utf-8")
    text = write.toml(data(workers=0)).replace(schema.schema()["$id"], f"./{SCHEMA_FILE}")
    (tmp_path / "new.toml").write_text(text)
    code, said = _lint(linter, tmp_path)
    assert code != 0
    assert "new.toml:8:11" in said


@pytest.mark.parametrize("format_", ["toml", "yaml", "json"])
def test_the_patterns_are_of_the_names_that_contracts_have(format_: str) -> None:
    for pattern in names(format_):
        assert formats.is_contract_name(pattern.replace("*", "flights"))
    suffixes = {suffix for suffix, name in formats.SUFFIXES.items() if name == format_}
    assert {Path(pattern).suffix for pattern in names(format_)} == suffixes


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--write", "nowhere"), "nowhere is not a directory"),
        (("--write", ".", "--list"), "--write is for the schema of contracts"),
        (("--write", ".", "agilab.parallel_stage.run.v1"), "--write is for the schema of contracts"),
    ],
)
def test_what_makes_no_sense_is_reported_and_nothing_written(
    arguments: tuple[str, ...], words: str, command: Command, tmp_path: Path
) -> None:
    run = command("schema", *arguments)
    assert (run.code, list(tmp_path.iterdir())) == (2, [])
    assert words in run.err


def test_settings_that_cannot_be_read_stop_everything(command: Command, tmp_path: Path) -> None:
    (tmp_path / "tombi.toml").mkdir()
    run = command("schema", "--write", ".")
    assert (run.code, [path.name for path in tmp_path.iterdir()]) == (2, ["tombi.toml"])
    assert "./tombi.toml cannot be read" in run.err


@pytest.mark.parametrize("name", [program.path for program in settings()])
def test_a_link_to_nothing_is_not_replaced(name: str, command: Command, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).symlink_to("gone")
    run = command("schema", "--write", ".")
    assert run.code == 2
    assert (tmp_path / name).is_symlink()
    assert f"./{name} is a link" in run.err

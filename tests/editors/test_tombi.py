"""tombi, from PyPI: its linter and its language server."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from editors.documents import TOML
from editors.suite import Editor, EditorSuite, Known, at, opened
from parallel_stage.cli.group import group
from parallel_stage.contract import schema
from support import toml

if TYPE_CHECKING:
    from collections.abc import Iterator

TOMBI = Path(sysconfig.get_path("scripts"), "tombi")


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    with opened([str(TOMBI), "lsp", "--offline"], tmp_path_factory.mktemp("project"), TOML) as running:
        yield running


PATTERN_SHOWN = "it shows the pattern, and has no keyword for a text in its place"


class TestTombi(EditorSuite):
    explains_values: ClassVar[bool] = False  # it has no keyword for texts of single values
    known: ClassVar[dict[str, Known]] = {
        "unknown key": Known(
            "it only names what else would be allowed", at("key must match the pattern `^x-`", "nmae")
        ),
        "no function name": Known(
            PATTERN_SHOWN,
            at(f'"process.py" does not match the pattern `{schema.field("function")["pattern"]}`', "function"),
        ),
        "blank text": Known(PATTERN_SHOWN, at(r'" " does not match the pattern `\S`', "name")),
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A directory with the schema and the editors' settings."""
    group.main(["schema", "--write", str(tmp_path)], standalone_mode=False)
    return tmp_path


def test_the_schema_says_which_toml(project: Path) -> None:
    written = (project / "tombi.toml").read_text(encoding="utf-8")
    (project / "tombi.toml").write_text(f'toml-version = "v1.1.0"\n{written}', encoding="utf-8")
    for name in ("parallel_stage.toml", "other.toml"):
        (project / name).write_text(toml() + "[x-tool]\ninline = {\n  level = 3\n}\n", encoding="utf-8")
    assert "TOML v1.0.0" in _tombi("lint", "parallel_stage.toml", directory=project)
    assert "TOML v1.0.0" not in _tombi("lint", "other.toml", directory=project)


def test_keys_are_sorted_as_the_contract_has_them(project: Path) -> None:
    path = project / "parallel_stage.toml"
    path.write_text("".join(sorted(toml().splitlines(keepends=True))), encoding="utf-8")
    _tombi("format", path.name, directory=project)
    assert path.read_text(encoding="utf-8") == toml()


def _tombi(command: str, name: str, directory: Path) -> str:
    asked = [str(TOMBI), command, "--offline", name]
    return subprocess.run(asked, cwd=directory, capture_output=True, text=True, check=False).stderr

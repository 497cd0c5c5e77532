from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.contract import document
from parallel_stage.lint.config.model import DEFAULT
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.engine.check_document import check_document
from support import toml

if TYPE_CHECKING:
    from pathlib import Path

THIS = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.mark.parametrize(
    ("project", "severity"),
    [
        (f"[project]\nrequires-python = '>{THIS}.99'", Severity.INFO),
        (f"[project]\nrequires-python = '!={THIS}.*,>=3'", Severity.INFO),
        (f"[project]\nrequires-python = '>={THIS}'", Severity.WARNING),
        (f"[project]\nrequires-python = '~={THIS}'", Severity.WARNING),
        (f"[project]\nrequires-python = '=={THIS}.*'", Severity.WARNING),
        ("[project]\nrequires-python = ''", Severity.WARNING),
        ("[project]\nrequires-python = 'newest'", Severity.WARNING),
        ("[project]\nrequires-python = 3", Severity.WARNING),
        ("[project]", Severity.WARNING),
        ("project = 1", Severity.WARNING),
        ("project = {}\n[", Severity.WARNING),
        ("\udcff", Severity.WARNING),
        (None, Severity.WARNING),
    ],
)
def test_an_unreadable_module_weighs_less_where_the_project_excludes_this_python(
    project: str | None, severity: Severity, tmp_path: Path
) -> None:
    if project is not None:
        (tmp_path / "pyproject.toml").write_bytes(project.encode(errors="surrogateescape"))
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "broken.py").write_text("def f(path: return 1\n")
    path = tmp_path / "stages" / "parallel_stage.toml"
    fields: dict[str, Any] = {"function": "broken:f"}
    path.write_text(toml(**fields))
    (found,) = check_document(document.read(str(path)), DEFAULT)
    assert (found.rule, found.severity) == ("function-unreadable", severity)
    assert ("requires-python" in found.message) == (severity is Severity.INFO)


@pytest.mark.parametrize(
    ("function", "made", "words"),
    [
        ("process:f", "process.py", '../process.py is there: write "../process.py:f"'),
        ("pkg.process:f", "pkg/process.py", '../pkg/process.py is there: write "../pkg/process.py:f"'),
        ("pkg:f", "src/pkg/__init__.py", '../src/pkg/__init__.py is there: write "../src/pkg/__init__.py:f"'),
        (
            "scripts/process.py:f",
            "scripts/process.py",
            '../scripts/process.py is there: write "../scripts/process.py:f"',
        ),
        ("process:f", "here/process.py", '../here/process.py is there: write "../here/process.py:f"'),
        ("process:f", "other/process.py", "correct the name"),
    ],
)
def test_a_module_nearby_is_pointed_out(
    function: str, made: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (made, "here/x", "stages/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("def f(path): return 1\n")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    path = tmp_path / "stages" / "parallel_stage.toml"
    path.write_text(toml(function=function))
    (found,) = check_document(document.read(str(path)), DEFAULT)
    assert (found.rule, found.message.partition("; ")[2]) == ("function-not-found", words)

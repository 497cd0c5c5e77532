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

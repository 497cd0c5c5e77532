from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_stage.lint.rules.requires_python import excludes, exclusion

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("wanted", "excluded"),
    [
        (">=3.12", True),
        (">=3.11", False),
        (">= 3.11.4", False),
        (">=3.11.5", True),
        (">=3", False),
        (">3.11", False),
        (">3.11.4", True),
        ("<3.11", True),
        ("<3.12", False),
        ("<=3.11", True),
        ("<=3.11.4", False),
        ("~=3.10", False),
        ("~=3.12", True),
        ("~=3.11.0", False),
        ("~=3.10.0", True),
        ("==3.11.*", False),
        ("==3.12.*", True),
        ("==3.11", True),
        ("!=3.11.*", True),
        ("!=3.11", False),
        (">=3.9,<3.11", True),
        (">=3.9,<4", False),
        ("", False),
        (">=3.12rc1", False),
        ("newest", False),
    ],
)
def test_a_specifier_excludes_versions(wanted: str, excluded: bool) -> None:  # noqa: FBT001
    assert excludes(wanted, (3, 11, 4)) is excluded


@pytest.mark.parametrize(
    ("text", "excluded"),
    [
        ("[project]\nrequires-python = '>=3.99'", ">=3.99"),
        ("[project]\nrequires-python = '>=3.10'", ""),
        ("[project]\nrequires-python = 3", ""),
        ("[project]", ""),
        ("project = 1", ""),
        ("", ""),
        ("no toml", ""),
    ],
)
def test_a_project_says_it_in_its_file(text: str, excluded: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    (tmp_path / "stages").mkdir()
    assert exclusion(str(tmp_path / "stages")) == excluded


def test_without_a_project_nothing_is_excluded(tmp_path: Path) -> None:
    assert exclusion(str(tmp_path)) == ""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parallel_stage.contract.function import NotFound
from parallel_stage.lint.rule import Subject
from parallel_stage.lint.rules import function_lookup
from parallel_stage.lint.rules.function_lookup import resolution
from parallel_stage.pysource.definition import Found

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from parallel_stage.lint.rule import Resolutions


def subject(directory: Path, function: str, resolutions: Resolutions) -> Subject:
    fields: dict[str, Any] = {"function": function}
    return Subject(fields, str(directory / "parallel_stage.toml"), str(directory), (), False, {}, resolutions)


def test_contracts_that_share_resolutions_resolve_a_function_once(tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text("def f(path): return 1\n")
    shared: Resolutions = {}
    first = resolution(subject(tmp_path, "work:f", shared), "function")
    (tmp_path / "work.py").unlink()
    assert resolution(subject(tmp_path, "work:f", shared), "function") is first
    assert isinstance(first, Found)
    assert isinstance(resolution(subject(tmp_path, "work:f", {}), "function"), NotFound)


def test_another_directory_has_another_function(tmp_path: Path) -> None:
    shared: Resolutions = {}
    for name, code in (("a", "def f(path): return 1\n"), ("b", "f = 1\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "work.py").write_text(code)
    found = [resolution(subject(tmp_path / name, "work:f", shared), "function") for name in ("a", "b")]
    assert [isinstance(each, Found) for each in found] == [True, False]


def test_the_resolutions_that_are_kept_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_lookup, "_MOST_REMEMBERED", 3)
    shared: Resolutions = {}
    for number in range(10):
        resolution(subject(tmp_path, f"nothing_{number}:f", shared), "function")
        assert len(shared) <= 3

"""The resolution of a function in modules that a test writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_stage.lint.rule import Subject
from parallel_stage.lint.rules import function_lookup

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.pysource.definition import Resolution


def subject(directory: Path, function: str) -> Subject:
    """What a rule gets for a contract in a directory, with this function."""
    return Subject({"function": function}, str(directory / "parallel_stage.toml"), str(directory), (), False, {}, {})


def resolved(directory: Path, source: str, name: str = "f") -> Resolution:
    """Write a module and resolve a name of it."""
    (directory / "m.py").write_text(source, encoding="utf-8")
    return function_lookup.resolution(subject(directory, f"m:{name}"), "function")

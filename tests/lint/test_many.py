from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_stage.lint import engine, many
from parallel_stage.lint.source import asked
from support import toml

if TYPE_CHECKING:
    from pathlib import Path


def test_many_files_get_the_findings_of_each_in_order(tmp_path: Path) -> None:
    paths = [str(tmp_path / f"{number:03}.parallel_stage.toml") for number in range(120)]
    for number, path in enumerate(paths):
        with open(path, "w", encoding="utf-8") as file:
            file.write(toml(workers=number % 3))
    assert list(many.check_files(paths)) == [engine.check_file(path) for path in paths]


def test_only_a_look_that_remembers_misses_what_has_changed(tmp_path: Path) -> None:
    source = tmp_path / "work.py"
    source.write_text("def f(path): return 1\n")
    fresh, remembering = asked._Look(), asked._Look()
    remembering.seen = {}
    first = remembering("work:f", str(tmp_path))
    assert type(fresh("work:f", str(tmp_path))) is type(first)
    source.unlink()
    assert remembering("work:f", str(tmp_path)) is first
    assert type(fresh("work:f", str(tmp_path))) is not type(first)

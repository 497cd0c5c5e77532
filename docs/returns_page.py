"""The page of what functions may return: what each reducer makes of some 80 kinds of values."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_stage.run.reducers import REDUCERS
from parallel_stage.run.reducers.encoded import UnfitValueError

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from returned_values import FILES, KINDS, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTRODUCTION = """\
# What a function may return

What each reducer makes of a value: the text that becomes part of the result, with `⏎` for a line end, or
*refused*, with what to do instead where that is more than what the first table says. A value that is refused
fails its partition; no value loses data in silence. `np`, `pd`, `pl` and `pa` are numpy, pandas, polars and
pyarrow; `part.csv` and its like are files.

A data frame's missing values are empty cells. `collect-json` and `custom` take a named tuple as a list, as
Python's `json` does.
"""
_UNFIT = "print"
"""A kind that every reducer refuses, with its general hint."""


def returns_page() -> str:
    """Return the page's text."""
    with _in_directory_with(FILES):
        sections = [_section(title, tuple(kinds)) for title, kinds in KINDS.items()]
        return "\n".join([_INTRODUCTION, _general_hints(), *sections])


def _general_hints() -> str:
    rows = [f"| `{name}` | {_advice(name, _UNFIT)} |" for name in REDUCERS]
    return "\n".join(["| reducer | in general |", "|---|---|", *rows]) + "\n"


def _section(title: str, kinds: tuple[str, ...]) -> str:
    head = [f"## {title}\n", f"| returned | {' | '.join(REDUCERS)} |", "|---|" + "---|" * len(REDUCERS)]
    rows = [f"| `{kind}` | {' | '.join(_outcome(name, kind) for name in REDUCERS)} |" for kind in kinds]
    return "\n".join([*head, *rows]) + "\n"


def _outcome(reducer: str, kind: str) -> str:
    advice = _advice(reducer, kind)
    if advice:
        return "refused" if advice == _advice(reducer, _UNFIT) else f"refused: {advice}"
    text = _written(reducer, kind).decode("utf-8").replace("\n", "⏎")
    return f"`{text}`" if text else "nothing"


def _advice(reducer: str, kind: str) -> str:
    """Return what to return in place of a refused value; empty for one that is kept."""
    try:
        _written(reducer, kind)
    except UnfitValueError as error:
        return (error.hint or error.message.partition("; ")[2]).replace("|", "/")
    return ""


def _written(reducer: str, kind: str) -> bytes:
    written: list[bytes] = []
    with value_of(kind) as value:
        REDUCERS[reducer].encode(value, written.append)
    return b"".join(written)


@contextlib.contextmanager
def _in_directory_with(files: dict[str, str]) -> Iterator[None]:
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as directory:
        for name, text in files.items():
            Path(directory, name).write_text(text, encoding="utf-8")
        os.chdir(directory)
        try:
            yield
        finally:
            os.chdir(before)

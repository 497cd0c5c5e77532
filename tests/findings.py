"""Reports for the tests of reporters: of real contracts, and with anything that a path or a text can hold."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from parallel_stage.contract import document
from parallel_stage.lint.diagnostic import (
    Diagnostic,
    Position,
    Report,
    Severity,
)
from parallel_stage.lint.engine.check_document import check_document, check_file
from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable


DIRECTORIES = ("", ".", "..", "../..", "/")
"""Names of what is no file: a directory that cannot be listed is reported as if it were a contract."""


def report_of_text(text: str, path: str = "parallel_stage.toml") -> Report:
    """What a check of that text finds; there need not be such a file."""
    return Report([path], check_document(document.parse(text.encode(), path)))


def report_of_files(paths: Iterable[str]) -> Report:
    """What a check of these files finds."""
    found = {path: check_file(path) for path in paths}
    return Report([*found], [diagnostic for diagnostics in found.values() for diagnostic in diagnostics])


def paths() -> st.SearchStrategy[str]:
    """Names as the system gives them: any bytes but zero, or a directory's."""
    names = st.one_of(st.binary(min_size=1, max_size=20), st.text(min_size=1, max_size=20).map(os.fsencode))
    return names.filter(lambda name: b"\0" not in name).map(os.fsdecode) | st.sampled_from(DIRECTORIES)


def _diagnostics(path: st.SearchStrategy[str]) -> st.SearchStrategy[Diagnostic]:
    positions = st.tuples(st.integers(1, 9), st.integers(1, 99)).map(lambda place: Position(*place))
    source = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=30)
    route = st.lists(st.one_of(st.text(max_size=5), st.integers(0, 3)), max_size=3).map(tuple)
    severities = st.sampled_from(Severity)
    fields = (st.sampled_from([*RULES]), severities, path, st.text(max_size=40), route, positions, positions, source)
    return st.builds(Diagnostic, *fields).map(_in_order)


def _in_order(diagnostic: Diagnostic) -> Diagnostic:
    start, end = sorted((diagnostic.start, diagnostic.end))
    return diagnostic._replace(start=start, end=end)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Any report: some files, and findings in some of them."""
    named = draw(st.lists(paths(), unique=True, max_size=3))
    found = draw(st.lists(_diagnostics(st.sampled_from(named)), max_size=4)) if named else []
    return Report(named, sorted(found, key=lambda diagnostic: named.index(diagnostic.path)))

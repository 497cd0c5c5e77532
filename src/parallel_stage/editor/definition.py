"""From a function's name in a contract to its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract import function
from parallel_stage.editor import entries, fields
from parallel_stage.pysource.definition import Found, NotCallable, Undefined
from parallel_stage.pysource.resolve import resolve

if TYPE_CHECKING:
    from parallel_stage.editor.open_document import Opened


class Target(NamedTuple):
    """A line of a file, from 1."""

    path: str
    line: int


def target(opened: Opened, offset: int) -> Target | None:
    """Where the function is defined whose name stands at an offset; its module where it is not found in there."""
    route = entries.at(opened, offset)
    if len(route) != 1 or route[0] not in fields.FUNCTIONS:
        return None
    named = [opened.text[slice(*each.place.value)] for each in entries.placed(opened) if each.route == route]
    ref = function.parse(named[0].strip("\"'")) if named else function.FunctionRef("", "")
    roots = function.search_roots(opened.directory, opened.search())
    path = function.locate(ref, roots) if ref.module else None
    return _defined(ref, path, roots) if path else None


def _defined(ref: function.FunctionRef, path: str, roots: tuple[str, ...]) -> Target:
    found = resolve(ref, path, roots)
    if isinstance(found, Found):
        return Target(found.module.path, found.node.lineno)
    if isinstance(found, NotCallable):
        return Target(found.path, found.line)
    return Target(found.module.path if isinstance(found, Undefined) else path, 1)

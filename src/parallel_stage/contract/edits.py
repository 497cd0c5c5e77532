"""Turn a change into edits of the text, with exact spans, so that comments and layout stay as they are."""

from __future__ import annotations

from copy import deepcopy
from functools import reduce
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.formats import spelling
from parallel_stage.contract.problem import Assign, AssignAll, NotADocumentError, Rename
from parallel_stage.contract.schema import schema
from parallel_stage.contract.text import Edit, Span, line_end

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parallel_stage.contract.document import Document
    from parallel_stage.contract.formats import EntrySpans
    from parallel_stage.contract.problem import Change

LONGEST = 1 << 16
"""The longest text that is edited, in code points; it is parsed again for every change."""


def edits_for(document: Document, change: Change) -> list[Edit]:
    """Return the edits that make a change, in the order of the text.

    The edited text is parsed again: where it differs from the document in more than the change, there are no
    edits. Nor are there any in a text longer than `LONGEST`.
    """
    if len(document.text) > LONGEST:
        return []
    found = _edits(document, change)
    if isinstance(change, AssignAll):
        found.sort(key=lambda edit: edit.span.start)  # those at one place stay in the schema's order
    try:
        after = document.format.parse(apply_edits(document.text, found))
    except NotADocumentError:
        return []
    return found if after == _changed(document.data, change) else []


def apply_edits(text: str, found: Sequence[Edit]) -> str:
    """Return a text after edits, which do not overlap and come in its order."""
    pieces, done = [], 0
    for (start, stop), new in found:
        pieces += [text[done:start], new]
        done = stop
    return "".join([*pieces, text[done:]])


def keeps_data(document: Document, found: Sequence[Edit]) -> bool:
    """Whether a text has the same data after edits, such as of comments."""
    try:
        # As text: NaN is not equal to itself.
        return repr(document.format.parse(apply_edits(document.text, found))) == repr(document.data)
    except NotADocumentError:
        return False


def _changed(data: Any, change: Change) -> Any:
    """Return the data with the change."""
    if isinstance(change, AssignAll):
        return reduce(_changed, change.assigns, data)
    after = deepcopy(data)
    *parents, last = change.route
    table = after
    for step in parents:
        table = table[step]
    if isinstance(change, Rename):
        table[change.name] = table.pop(last)
    else:
        table[last] = change.value
    return after


def _edits(document: Document, change: Change) -> list[Edit]:
    text = document.text
    if isinstance(change, AssignAll):
        return _all_edits(document, change)
    places = [place for place in document.entries() if place[0] == change.route]
    if not places:
        return [_insertion(document, change)] if isinstance(change, Assign) and len(change.route) == 1 else []
    _, key, value = places[0]
    if isinstance(change, Rename):
        return [Edit(Span(*key), spelling.key(change.name, text[slice(*key)]))] if len(places) == 1 else []
    return [Edit(Span(*value), spelling.value(document.format, change.value, text[slice(*value)]))]


def _all_edits(document: Document, change: AssignAll) -> list[Edit]:
    if any(len(place[0]) == 1 for place in document.entries()):
        return [edit for each in change.assigns for edit in _edits(document, each)]
    entries = [spelling.entry(document.format, str(each.route[0]), each.value) for each in change.assigns]
    between = ", " if "{" in document.text else line_end(document.text)
    return [_alone(document.text, between.join(entries))]


def _insertion(document: Document, change: Assign) -> Edit:
    """Insert a new key of the root after the nearest key that the schema lists before it."""
    text, name = document.text, str(change.route[0])
    members = {place[0][0]: place for place in document.entries() if len(place[0]) == 1}
    entry = spelling.entry(document.format, name, change.value)
    if not members:
        return _alone(text, entry)
    before = _before(name, document.data, members)
    first = next(iter(members.values()))
    insert = _member if text[: first[1][0]].rstrip().endswith("{") else _line
    return insert(text, entry, members[before] if before else first, behind=bool(before))


def _alone(text: str, entry: str) -> Edit:
    """Insert into a document without keys: between its braces, or at its end."""
    at = text.find("{") + 1
    if at:
        return Edit(Span(at, at), entry)
    end = line_end(text)
    start = "" if not text or text.endswith("\n") else end
    return Edit(Span(len(text), len(text)), f"{start}{entry}{end}")


def _before(name: str, data: Mapping[str, Any], members: Mapping[Any, EntrySpans]) -> str:
    """Return the nearest present key that the schema lists before a new one.

    Empty where none has a plain value.
    """
    order = list(schema()["properties"])
    earlier = reversed(order[: order.index(name)])
    return next((key for key in earlier if key in members and not isinstance(data[key], (dict, list))), "")


def _member(text: str, entry: str, neighbour: EntrySpans, *, behind: bool) -> Edit:
    """Insert between braces: with a comma, and the blanks that the neighbour has before it."""
    _, key, value = neighbour
    blanks = text[len(text[: key[0]].rstrip()) : key[0]]
    at, new = (value[1], f",{blanks or ' '}{entry}") if behind else (key[0], f"{entry},{blanks or ' '}")
    return Edit(Span(at, at), new)


def _line(text: str, entry: str, neighbour: EntrySpans, *, behind: bool) -> Edit:
    """Insert a line, indented like its neighbour."""
    _, key, value = neighbour
    start = text.rfind("\n", 0, key[0]) + 1
    indent = text[start : key[0]] if text[start : key[0]].isspace() else ""
    end = line_end(text)
    # The span of a YAML block may end where the next line starts.
    at = text.find("\n", max(value[1] - 1, 0)) + 1 if behind else start
    if behind and not at:  # the last line has no end
        return Edit(Span(len(text), len(text)), f"{end}{indent}{entry}")
    return Edit(Span(at, at), f"{indent}{entry}{end}")

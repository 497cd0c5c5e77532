"""Ways and places: the route to a value in the data, and the span where it stands in the text."""

# Annotations are evaluated here: a NamedTuple compiles each one that is text, and every check would pay for it.
from typing import NamedTuple, TypeAlias

Route: TypeAlias = tuple[str | int, ...]
"""The way from the document's root to one value: keys of tables and indexes of lists."""


class Span(NamedTuple):
    """A stretch of text: `start <= offset < stop`, in code points."""

    start: int
    stop: int


class Edit(NamedTuple):
    """What to write in place of a stretch of text; an empty stretch is an insertion."""

    span: Span
    text: str


class Place(NamedTuple):
    """Where a key and its value stand; elements of a list have no key of their own."""

    key: Span
    value: Span

"""Numbers, sizes and texts as people read them."""

from __future__ import annotations

from itertools import zip_longest

from parallel_stage.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_KIB = 1024
_LONGEST_NAME = 60


def plural(count: int, noun: str) -> str:
    """Return a number of things in words: `1 partition`, `2,000 partitions`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def size(count: float) -> str:
    """Return a number of bytes in powers of 1024: `512 B`, `1.4 MiB`."""
    value, unit = count, "B"
    for larger in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        if round(value, 1) < _KIB:
            break
        value, unit = value / _KIB, larger
    return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"


def printable(text: str) -> str:
    """Return a text on one line, with Python's escapes for characters that a terminal does not print."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def printable_lines(text: str) -> str:
    """Return a text of several lines, each made printable, with blanks for tabs."""
    return "\n".join(printable(line.expandtabs()) for line in text.split("\n"))


def abridged(text: str, longest: int) -> str:
    """Return a text of at most `longest` characters, with an ellipsis in place of its middle.

    The end of a message says what to write.
    """
    kept = longest // 2
    return text if len(text) <= longest else f"{text[:kept]}…{text[1 - kept :]}"


def shortened(text: str, longest: int) -> str:
    """Return a text of at most `longest` characters, with an ellipsis in place of the rest."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def wrapped(text: str, width: int | None, indent: str = "") -> str:
    """Return a text broken between words at the width, if there is one; words that are longer stay whole.

    What is longer than a line is a path or a glob, which people copy.
    """
    if width is None or len(text) <= width:
        return text
    from textwrap import wrap

    return "\n".join(wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))


def first_difference(one: Sequence[str], other: Sequence[str]) -> str:
    """Return where two different lists of columns differ first: `column 3 is 'a' in the first and …`."""
    pairs = enumerate(zip_longest(one, other), start=1)
    number, pair = next((number, pair) for number, pair in pairs if pair[0] != pair[1])
    first, second = ("missing" if name is None else shortened(repr(name), _LONGEST_NAME) for name in pair)
    return f"column {number} is {first} in the first and {second} in the second"

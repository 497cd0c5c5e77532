"""Numbers, sizes and texts as people read them."""

from __future__ import annotations

_KIB = 1024


def plural(count: int, noun: str) -> str:
    """A number of things: `1 partition`, `2,000 partitions`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def size(count: float) -> str:
    """A number of bytes in powers of 1024: `512 B`, `1.4 MiB`."""
    value, unit = count, "B"
    for larger in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        if round(value, 1) < _KIB:
            break
        value, unit = value / _KIB, larger
    return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"


def printable(text: str) -> str:
    """A text on one line: characters that a terminal would not print, or would obey, as Python's escapes."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)

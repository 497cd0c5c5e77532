"""Which known word a mistyped one means."""

from __future__ import annotations

import difflib
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_NEAR = 0.6  # of both words: worth a question
_SLIP = 0.8  # of both words: what can only be a slip of the finger


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a mistyped one most likely means."""
    return _closest(_folded(word), tuple(known))


@lru_cache(maxsize=256)
def _closest(word: str, known: tuple[str, ...]) -> str | None:
    """The same for a folded word; kept, since a slip is asked about as an unknown key and as a missing one."""
    folded = {_folded(name): name for name in known}
    found = difflib.get_close_matches(word, folded, n=1, cutoff=_NEAR)
    return folded[found[0]] if found else None


def is_slip(word: str, known: str) -> bool:
    """Whether a word is so close to a known one that it can only be meant."""
    return difflib.SequenceMatcher(None, _folded(word), _folded(known)).ratio() >= _SLIP


def is_variant(word: str, known: str) -> bool:
    """Whether two words differ only in what people write either way: case, dashes, blanks, the plural's s."""
    return _stem(word) == _stem(known)


def _folded(word: str) -> str:
    return word.lower().replace("_", "-")


def _stem(word: str) -> str:
    return _folded(word.strip()).replace(" ", "-").removesuffix("s")

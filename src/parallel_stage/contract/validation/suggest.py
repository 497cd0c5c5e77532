"""Suggest the known word that a mistyped one means."""

from __future__ import annotations

import difflib
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_NEAR = 0.6  # of both words: worth asking "did you mean …?"
_SLIP = 0.8  # of both words: certainly a slip of the finger


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that a mistyped one most likely means; None where none is near."""
    return _closest(_folded(word), tuple(known))


@lru_cache(maxsize=1 << 13)  # more than a contract has keys
def _closest(word: str, known: tuple[str, ...]) -> str | None:
    """Return the same for a folded word; cached, since an unknown key is a missing key's slip, too."""
    folded = _by_folded(known)
    found = difflib.get_close_matches(word, folded, n=1, cutoff=_NEAR)
    return folded[found[0]] if found else None


@lru_cache(maxsize=64)
def _by_folded(known: tuple[str, ...]) -> dict[str, str]:
    return {_folded(name): name for name in known}


def is_slip(word: str, known: str) -> bool:
    """Whether a word is so close to a known one that nothing else can be meant."""
    return difflib.SequenceMatcher(None, _folded(word), _folded(known)).ratio() >= _SLIP


def is_variant(word: str, known: str) -> bool:
    """Whether two words differ only in case, dashes, underscores, blanks or a plural's s."""
    return _stem(word) == _stem(known)


def _folded(word: str) -> str:
    return word.lower().replace("_", "-")


def _stem(word: str) -> str:
    return _folded(word.strip()).replace(" ", "-").removesuffix("s")

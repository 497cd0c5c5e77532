"""Suggest the known word that a mistyped one means."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CALL = re.compile(r"\([^()]*\)$")
_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+(?<!\.py)", re.ASCII)
_METHOD = re.compile(r"([\w./-]+):(\w+\.\w+)", re.ASCII)
_REFERENCE = re.compile(r"[\w./:-]+:[^\W\d]\w*", re.ASCII)
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


def meant_value(word: str, node: Mapping[str, Any]) -> str | None:
    """Return the value of a field's schema that a word means: by its synonyms there, or since it is near."""
    folded = _folded(word)
    by_meaning = (value for value, words in node.get("x-synonyms", {}).items() if folded in words)
    return next(by_meaning, None) or closest(word, node.get("enum", ()))


def meant_reference(text: str) -> str:
    """Return what to write in place of a text that is no `module_or_path:function_name`; empty where unknown."""
    text = text.strip()
    called, slashes, method = _CALL.sub("", text), text.replace("\\", "/"), _METHOD.fullmatch(text)
    causes = (
        (text.startswith("lambda"), "define a function in a module: a lambda has no name"),
        (called != text, f"name the function without calling it{_such_as(called)}"),
        (slashes != text, f"write / for every backslash{_such_as(slashes)}"),
        (_REFERENCE.fullmatch(text), f'write "{text}", without blanks around it'),
        (method, f"name a function of {text.partition(':')[0]} that calls it: a method cannot be named"),
        (_DOTTED.fullmatch(text), f'did you mean "{":".join(text.rsplit(".", 1))}"?'),
        (text.endswith(".py"), f'name the function in it, too, such as "{text}:process_file"'),
        (text.isidentifier(), f'name its module, too, such as "my_pipeline.process:{text}"'),
    )
    return next((words for holds, words in causes if holds), "")


def _such_as(reference: str) -> str:
    if dotted := _DOTTED.fullmatch(reference):
        reference = ":".join(dotted[0].rsplit(".", 1))
    return f', such as "{reference}"' if _REFERENCE.fullmatch(reference) else ""


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

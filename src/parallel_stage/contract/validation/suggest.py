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
_REFERENCE = re.compile(r"[\w./:-]+:[^\W\d]\w*", re.ASCII)
_NAMELESS = (
    (re.compile(r"(^|:) *lambda\b|<lambda>"), "define a function in a module: a lambda has no name"),
    (re.compile(r"<locals>"), "define the function at the top of its module: a nested one has no name there"),
    (re.compile(r"\bpartial\("), "give the partial a name in a module, and write that name"),
    (re.compile(r"\.ipynb\b"), "move the function to a .py file: a notebook cannot be imported"),
    (re.compile(r"^__main__\b"), "name the file of the function: __main__ is another program in a worker"),
    (
        re.compile(r"^([\w./-]+):\w+(?:\([^()]*\))?\.\w+(?:\(.*\))?$", re.ASCII),
        r"name a function of \1 that calls it: a method cannot be named",
    ),
)
"""What no reference can name, and what to do instead."""
_NEARLY = (
    (re.compile(r"^([\w./:-]+:[^\W\d]\w*)$", re.ASCII), r'write "\1", without blanks around it'),
    (re.compile(r"^from ([\w.]+) import (\w+)$", re.ASCII), r'did you mean "\1:\2"?'),
    (re.compile(r"^((?:[^\W\d]\w*\.)*[^\W\d]\w*)\.(?!py$)([^\W\d]\w*)$", re.ASCII), r'did you mean "\1:\2"?'),
    (re.compile(r"^([\w./-]+)/([^\W\d]\w*)$", re.ASCII), r'did you mean "\1.py:\2"?'),
    (
        re.compile(r"(?:^|\s)([\w./-]+\.py|^[\w./-]+(?=:)):?$", re.ASCII),
        r'name the function in it, too, such as "\1:process_file"',
    ),
    (re.compile(r"^:?([^\W\d]\w*)$"), r'name its module, too, such as "my_pipeline.process:\1"'),
)
"""What is not yet a reference, and the reference that it means."""
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
    bare = _bare(word)
    by_meaning = (value for value, words in node.get("x-synonyms", {}).items() if bare in map(_bare, words))
    return next(by_meaning, None) or closest(word, node.get("enum", ()))


def meant_reference(text: str) -> str:
    """Return what to write in place of a text that is no `module_or_path:function_name`; empty where unknown."""
    text = text.strip()
    called, slashes = _CALL.sub("", text), text.replace("\\", "/")
    for pattern, words in _NAMELESS:
        if found := pattern.search(text):
            return found.expand(words)
    if called != text:
        return f"name the function without calling it{_such_as(called)}"
    if slashes != text:
        return f"write / for every backslash{_such_as(slashes)}"
    return next((found.expand(words) for pattern, words in _NEARLY if (found := pattern.search(text))), "")


def _such_as(reference: str) -> str:
    if dotted := _DOTTED.fullmatch(reference):
        reference = ":".join(dotted[0].rsplit(".", 1))
    if reference.endswith(".py"):
        reference += ":process_file"
    return f', such as "{reference}"' if _REFERENCE.fullmatch(reference) else ""


def is_slip(word: str, known: str) -> bool:
    """Whether a word is so close to a known one that nothing else can be meant."""
    return difflib.SequenceMatcher(None, _folded(word), _folded(known)).ratio() >= _SLIP


def is_variant(word: str, known: str) -> bool:
    """Whether two words differ only in case, dashes, underscores, blanks or a plural's s."""
    return _stem(word) == _stem(known)


def _folded(word: str) -> str:
    return word.lower().replace("_", "-")


def _bare(word: str) -> str:
    """Return a word's letters and digits alone, without a plural's s: `ProcessPool` is `process-pools`."""
    return re.sub(r"[\W_]", "", word).lower().removesuffix("s")


def _stem(word: str) -> str:
    return _folded(word.strip()).replace(" ", "-").removesuffix("s")

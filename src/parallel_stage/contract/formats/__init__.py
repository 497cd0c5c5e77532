"""TOML, YAML and JSON: parse a text, and, on demand, find the span of every key and value.

A format is a module with three functions, `parse`, `entries` and `comments`, found by the suffix of a file's
name.
"""

from __future__ import annotations

import importlib
from functools import cache

from parallel_stage.contract.problem import NotADocumentError, Problem
from parallel_stage.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Protocol

    from parallel_stage.contract.text import Route

    EntrySpans = tuple[Route, tuple[int, int], tuple[int, int]]
    """A route with the spans of its key and its value, in code points."""

    class Format(Protocol):
        """The interface of every module in this package."""

        __name__: str

        @staticmethod
        def parse(text: str, most: int | None = None) -> Any:
            """Return the data in a text.

            Raises:
                NotADocumentError: At the first mistake, or where there are more than `most` keys and values.
            """

        @staticmethod
        def entries(text: str) -> Iterator[EntrySpans]:
            """Yield every route with the spans of its key and its value, in code points.

            A broken text raises nothing.
            """

        @staticmethod
        def comments(text: str) -> Iterator[tuple[int, int]]:
            """Yield the span of every comment of a text that parses, in code points, without the line end."""


SUFFIXES = {".toml": "toml", ".yaml": "yaml", ".yml": "yaml", ".json": "json"}
"""The module that reads each suffix; a name with another one is read as TOML."""

_MARKDOWN = (".md", ".markdown")
"""The suffixes of files whose fenced code blocks may be contracts."""

_STEM = "parallel_stage"

DEEPEST = 32
"""The levels of tables and lists that get spans; a contract has two, hostile files have thousands."""

TOO_LONG = "an integer does not fit into 64 bits, so readers differ in what they make of it; write a smaller one"
"""The message for an integer that a reader refuses, or that Python cannot print."""


def is_contract_name(name: str) -> bool:
    """Whether a file has a contract's name: `parallel_stage.toml`, `NAME.parallel_stage.toml`, YAML, JSON."""
    stem, dot, suffix = name.rpartition(".")
    prefix, separator, last = stem.rpartition(".")
    return f"{dot}{suffix}" in SUFFIXES and last == _STEM and bool(prefix or not separator)


def is_markdown(path: str) -> bool:
    """Whether a file of this name is Markdown, which may have contracts in it."""
    return path.lower().endswith(_MARKDOWN)


def of(path: str) -> Format:
    """Return the module that reads a file of this name."""
    dot = path.rfind(".")
    return named(SUFFIXES.get(path[dot:].lower() if dot >= 0 else "", "toml"))


@cache
def named(name_: str) -> Format:
    """Return the module of a format by its name."""
    module: Any = importlib.import_module(f"{__name__}.{name_}")
    found: Format = module
    return found


def name(format_: Format) -> str:
    """Return the format's name: `toml`, `yaml` or `json`."""
    return format_.__name__.rpartition(".")[2]


def refuse_excess(data: Any, most: int | None, text: str) -> None:
    """Raise `NotADocumentError` where there are more than `most` keys and values in the data of a text.

    TOML and JSON have no references, so each takes at least one character and a short text cannot hold many.
    """
    if most is None or len(text) <= most:
        return
    waiting, count = [data], 1
    for value in waiting:  # which grows meanwhile
        if isinstance(value, (dict, list)):
            members = value.values() if isinstance(value, dict) else value
            count += len(members) * (1 + isinstance(value, dict))
            if count > most:
                raise NotADocumentError(Problem("syntax-error", too_many(most), offset=0), text)
            waiting += members


def too_many(most: int) -> str:
    """Return the message for a text with more than `most` keys and values."""
    return f"there are more than {most:,} keys and values; a contract has a few dozen"


def twice(key: str) -> str:
    """Return the message for a key that a table has twice."""
    return f'the key "{key}" is there twice; keep one'

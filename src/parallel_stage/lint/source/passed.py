"""What a split passes to the function, and the types that it can never have."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

from parallel_stage.lint.source.module import KEPT
from parallel_stage.lint.source.signature import first_annotation, meanings

if TYPE_CHECKING:
    from parallel_stage.lint.source.definition import Found

_TABLES = frozenset(("numpy.ndarray", "pandas.DataFrame", "polars.DataFrame", "polars.LazyFrame", "pyarrow.Table"))
_STREAMS = frozenset(("typing.BinaryIO", "typing.IO", "typing.TextIO", "builtins.bytes"))
_NEVER_AN_ITEM = (
    _TABLES
    | _STREAMS
    | {
        "builtins.set",
        "builtins.tuple",
        "datetime.date",
        "datetime.datetime",
        "os.PathLike",
        "parallel_stage.Chunk",
        "pathlib.Path",
        "pathlib.PurePath",
    }
)
"""Items of a grid are what JSON can hold: an object gives dicts, but a list is taken as it is."""

_NEVER_A_PATH = (
    _TABLES
    | _STREAMS
    | {
        f"{module}.{name}"
        for module, names in (
            ("builtins", ("bool", "dict", "float", "frozenset", "int", "list", "set", "tuple")),
            ("collections.abc", ("Iterable", "Iterator", "Mapping", "Sequence")),
            ("typing", ("Dict", "Iterable", "Iterator", "List", "Mapping", "Sequence", "Set", "Tuple")),
        )
        for name in names
    }
)
"""`str` is not among them: much that takes text takes a path."""


@lru_cache(maxsize=KEPT)
def contradiction(found: Found, split: str) -> str:
    """The annotation of the argument where no type that it allows can be passed; empty where one may be."""
    annotation = None if found.wrapped else first_annotation(found)
    types = meanings(found.module, annotation) if annotation else frozenset()
    never = _NEVER_AN_ITEM if split == "parameter-sweep" else _NEVER_A_PATH
    return ast.unparse(annotation) if annotation and types and types <= never else ""

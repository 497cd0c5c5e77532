"""Signatures: the arguments that a definition takes, and the types that the first one allows."""

from __future__ import annotations

import ast
from functools import lru_cache

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.pysource.module import KEPT
from parallel_stage.pysource.names import bound_to, qualified, shown

if TYPE_CHECKING:
    from parallel_stage.pysource.definition import Found
    from parallel_stage.pysource.module import Module

_DEEPEST = 10
_UNKNOWN = frozenset(("",))
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
"""Types that no JSON value has; an item of a grid may be any JSON value."""

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
"""Types that a path does not fit; `str` is not one of them, since much code for text takes a path."""


def accepts(found: Found, count: int) -> bool:
    """Whether a call with that many positional arguments binds (the rules of `inspect.Signature.bind`)."""
    taken = found.arguments
    positional = [*taken.posonlyargs, *taken.args]
    if len(positional) < found.implicit + count and not taken.vararg:
        return False
    given = positional[found.implicit :][:count]
    twice = any(a.arg in found.named for a in given if a not in taken.posonlyargs)
    return not twice and not required_beyond(found, count)


def required_beyond(found: Found, count: int) -> list[str]:
    """Return the parameters without a value in a call with that many positional arguments."""
    taken = found.arguments
    rest = [*taken.posonlyargs, *taken.args][found.implicit :][count:]
    required = rest[: max(len(rest) - len(taken.defaults), 0)]
    keyword_only = [a for a, default in zip(taken.kwonlyargs, taken.kw_defaults, strict=True) if default is None]
    return [a.arg for a in [*required, *keyword_only] if a.arg not in found.named]


def parameters(found: Found) -> str:
    """Return the parameters that are left to a caller: `(path, *, minutes)`, or `no argument`."""
    taken = found.arguments
    positional = [a.arg for a in [*taken.posonlyargs, *taken.args][found.implicit :]]
    keyword_only = [a.arg for a in taken.kwonlyargs if a.arg not in found.named]
    star = [f"*{taken.vararg.arg}"] if taken.vararg else ["*"] if keyword_only else []
    names = [name for name in positional if name not in found.named] + star + keyword_only
    return f"({', '.join(names)})" if names else "no argument"


def first_parameter(found: Found) -> ast.arg | None:
    """Return the named parameter that gets the first positional argument."""
    taken = found.arguments
    free = [*taken.posonlyargs, *taken.args][found.implicit :]
    return free[0] if free else None


def first_annotation(found: Found) -> ast.expr | None:
    """Return the annotation of the parameter that gets the first positional argument."""
    first = first_parameter(found) or found.arguments.vararg
    return first.annotation if first else None


@lru_cache(maxsize=KEPT)
def contradicting_annotation(found: Found, split: str) -> str:
    """Return the annotation of the argument where it allows no type that is passed; else empty."""
    annotation = None if found.wrapped else first_annotation(found)
    types = _Types(found.module).allowed(annotation, 0) if annotation else frozenset()
    never = _NEVER_AN_ITEM if split == "parameter-sweep" else _NEVER_A_PATH
    return shown(annotation, " or ".join(sorted(types))) if annotation and types and types <= never else ""


class _Types:
    """The full names of the types that annotations allow, "" for an unknown one, without None."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._aliases: dict[str, frozenset[str]] = {}

    def allowed(self, annotation: ast.expr, depth: int) -> frozenset[str]:
        if depth > _DEEPEST:
            return _UNKNOWN
        if isinstance(annotation, ast.Constant):
            return self._text(annotation, depth)
        if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
            sides = (self.allowed(side, depth + 1) for side in (annotation.left, annotation.right))
            return frozenset().union(*sides)
        if isinstance(annotation, ast.Subscript):
            return self._generic(annotation, depth)
        name = qualified(self._module, annotation)
        return self._alias(annotation, depth) if isinstance(annotation, ast.Name) and not name else frozenset((name,))

    def _alias(self, name: ast.Name, depth: int) -> frozenset[str]:
        if name.id not in self._aliases:  # once each: an alias may be made of many that are made of many
            self._aliases[name.id] = _UNKNOWN
            value = bound_to(self._module, name)
            if isinstance(value, (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp)):
                self._aliases[name.id] = self.allowed(value, depth + 1)
        return self._aliases[name.id]

    def _text(self, annotation: ast.Constant, depth: int) -> frozenset[str]:
        """Return the types of an annotation that is text, or None."""
        if annotation.value is None:
            return frozenset()
        if not isinstance(annotation.value, str):
            return _UNKNOWN
        try:
            return self.allowed(ast.parse(annotation.value, mode="eval").body, depth + 1)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return _UNKNOWN

    def _generic(self, annotation: ast.Subscript, depth: int) -> frozenset[str]:
        name = qualified(self._module, annotation.value)
        parts = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        last = name.rpartition(".")[2]
        if last == "Annotated":
            parts = parts[:1]
        elif last not in ("Union", "Optional"):
            return frozenset((name,))
        return frozenset().union(*(self.allowed(part, depth + 1) for part in parts))

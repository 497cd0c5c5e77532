"""The possible results of resolving a reference, once its module is found."""

from __future__ import annotations

from parallel_stage.contract.function import NotFound, Unreadable, Unresolved
from parallel_stage.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import ast

    from parallel_stage.pysource.bindings import Bindings
    from parallel_stage.pysource.module import Module


class Found(NamedTuple):
    """Something that can be called.

    Attributes:
        node: Its definition: a function, a lambda, or the class that is constructed by the call.
        module: The module of the definition.
        arguments: The parameters of the function, or of the class's `__init__`.
        implicit: The number of positional arguments that are bound: `self`, or those of a `partial`.
        named: The parameters that a `partial` has bound by their names.
        wrapped: True where a decorator may have changed how it is called and what it returns.
    """

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
    module: Module
    arguments: ast.arguments
    implicit: int = 0
    named: frozenset[str] = frozenset()
    wrapped: bool = False

    @property
    def name(self) -> str:
        """Its name in the definition."""
        return getattr(self.node, "name", "a lambda")


class Undefined(NamedTuple):
    """A module that does not define a name, and the names that it defines."""

    name: str
    module: Module
    known: Bindings


class NotCallable(NamedTuple):
    """A name of something that cannot be called: what, and where it is defined."""

    what: str
    path: str
    line: int


class Effect(NamedTuple):
    """An effect of a function: a name or path, and the line."""

    name: str
    line: int


Resolution = Found | NotFound | Undefined | NotCallable | Unreadable | Unresolved

"""What a reference can turn out to be, once its module is found."""

# No postponed annotations: a NamedTuple would compile each string annotation at import.
import ast
from typing import NamedTuple

from parallel_stage.contract.function import NotFound, Unresolved
from parallel_stage.pysource.module import Module


class Found(NamedTuple):
    """Something that can be called.

    Attributes:
        node: Its definition: a function, a lambda, or the class that is constructed by the call.
        module: The module that the definition stands in.
        arguments: The parameters of the function, or of the class's `__init__`.
        implicit: How many positional arguments are there already: `self`, or what a `partial` has bound.
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
        """As its definition has it."""
        return getattr(self.node, "name", "a lambda")


class Undefined(NamedTuple):
    """A module that does not define a name, and the names it does define."""

    name: str
    module: Module
    known: tuple[str, ...]


class NotCallable(NamedTuple):
    """A name that stands for something which cannot be called: what, and where it is defined."""

    what: str
    path: str
    line: int


class Effect(NamedTuple):
    """Something that a function does: a name or path, and the line."""

    name: str
    line: int


Resolution = Found | NotFound | Undefined | NotCallable | Unresolved

"""A problem of a contract, and the change that would fix it; both by route, without line numbers."""

from __future__ import annotations

from parallel_stage.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import TypeAlias

    from parallel_stage.contract.text import Route


class Assign(NamedTuple):
    """Set a key to this value; a missing key is written.

    Attributes:
        route: The key.
        value: Text or an integer.
        safe: Whether the contract certainly keeps its meaning, or gets the one its author intended.
    """

    route: Route
    value: str | int
    safe: bool = True


class Rename(NamedTuple):
    """Rename a key, and keep its value.

    Attributes:
        route: The key as it is.
        name: Its new name.
        safe: As in `Assign`.
    """

    route: Route
    name: str
    safe: bool = True


class AssignAll(NamedTuple):
    """Write several missing keys of the root.

    Attributes:
        assigns: The keys in the schema's order, with their values.
        safe: As in `Assign`.
    """

    assigns: tuple[Assign, ...]
    safe: bool = True


Change: TypeAlias = Assign | Rename | AssignAll


class Problem(NamedTuple):
    """One problem.

    Attributes:
        rule: The id of the rule that found it.
        message: The value found, what is allowed, what to write.
        route: The value that it is about.
        on_key: Whether the key is at fault rather than its value.
        offset: The place in the text, in code points, where there is no data and so no route.
        change: The change that would fix it, where there is one.
    """

    rule: str
    message: str
    route: Route = ()
    on_key: bool = False
    offset: int | None = None
    change: Change | None = None


class NotADocumentError(Exception):
    """A file holds no data: it cannot be read, or is not TOML, YAML or JSON.

    Attributes:
        problem: The reason.
        text: The file's text, as far as it could be read.
    """

    def __init__(self, problem: Problem, text: str = "") -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.text = text

"""What is wrong with a contract and what change would fix it, by route: nothing here knows of lines."""

# Annotations are evaluated here, as in `contract.text`.
from typing import NamedTuple, TypeAlias

from parallel_stage.contract.text import Route


class Assign(NamedTuple):
    """Give a key this value, which writes the key where it is not there.

    Attributes:
        route: The key.
        value: Text or an integer.
        safe: Whether the contract certainly means the same, or what its author meant.
    """

    route: Route
    value: str | int
    safe: bool = True


class Rename(NamedTuple):
    """Call a key otherwise, and keep its value.

    Attributes:
        route: The key as it is.
        name: What to call it.
        safe: As in `Assign`.
    """

    route: Route
    name: str
    safe: bool = True


Change: TypeAlias = Assign | Rename


class Problem(NamedTuple):
    """One finding.

    Attributes:
        rule: The id of the rule that found it.
        message: The value found, what is allowed, what to write.
        route: Which value it is about; the root where that value is missing.
        on_key: True where the key is at fault rather than its value.
        offset: Where in the text it is, in code points, when there is no data to point into.
        change: What would mend it, where that can be told.
    """

    rule: str
    message: str
    route: Route = ()
    on_key: bool = False
    offset: int | None = None
    change: Change | None = None


class NotADocumentError(Exception):
    """A file that gives no data at all: it cannot be read, or is not TOML, YAML or JSON.

    Attributes:
        problem: What is wrong.
        text: The file's text as far as it could be read.
    """

    def __init__(self, problem: Problem, text: str = "") -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.text = text

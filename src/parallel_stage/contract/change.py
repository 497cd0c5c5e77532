"""What could be done about a problem, said by route: the text that it takes is found in `contract.edits`."""

# Annotations are evaluated here, as in `contract.spans`.
from typing import NamedTuple, TypeAlias

from parallel_stage.contract.spans import Route


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

"""Reducers merge partition outputs into one result: a module for each value of the contract's `reducer`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from parallel_stage.run.reducers.encoded import Encoded, Write
    from parallel_stage.run.storage.digest import Measure
    from parallel_stage.run.storage.part import PartitionOutput


class Reducer(Protocol):
    """The interface of a reducer: `encode` runs in a worker, `merge` in the runner."""

    def encode(self, value: object, write: Write) -> Encoded:
        """Write the function's value as bytes, piece by piece.

        Raise UnfitValueError for a value that does not fit.
        """

    def merge(self, outputs: Iterable[PartitionOutput], target: Path) -> Measure:
        """Merge the outputs, in plan order, into the new file or directory `target`; return its measure.

        Raises:
            ReducerFailedError: Where the outputs do not fit together.
        """


class _LoadedOnUse:
    """A reducer whose module is loaded when it is used: a worker needs one of them."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        """Return a function of the module; called once for each."""
        found = getattr(import_module(f"{__name__}.{self._module}"), name)
        setattr(self, name, found)
        return found


REDUCERS = {
    name: cast("Reducer", _LoadedOnUse(name.replace("-", "_")))
    for name in ("collect-json", "concat-jsonl", "concat-csv", "custom")
}
"""The reducers by their names in contracts; a test compares the names with the schema's."""

"""Reducers merge partition outputs into one result: a module for each value of the contract's `reducer`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from parallel_stage.run.reducers import collect_json, concat_csv, concat_jsonl, custom

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from parallel_stage.run.reducers.encoded import Encoded, Write
    from parallel_stage.run.storage.part import PartitionOutput


class Reducer(Protocol):
    """The interface of a reducer: `encode` runs in a worker, `merge` in the runner."""

    def encode(self, value: object, write: Write) -> Encoded:
        """Write the function's value as bytes, piece by piece.

        Raise UnfitValueError for a value that does not fit.
        """

    def merge(self, outputs: Iterable[PartitionOutput], target: Path) -> None:
        """Merge the outputs, in plan order, into the new file or directory `target`.

        Raises:
            ReducerFailedError: Where the outputs do not fit together.
        """


REDUCERS: dict[str, Reducer] = {
    "collect-json": collect_json,
    "concat-jsonl": concat_jsonl,
    "concat-csv": concat_csv,
    "custom": custom,
}
"""The reducers by their names in contracts; a test compares the names with the schema's."""

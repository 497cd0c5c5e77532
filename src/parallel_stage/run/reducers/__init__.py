"""How partition outputs become one result; one module for each value of the contract's `reducer`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from parallel_stage.run.reducers import collect_json, concat_csv, concat_jsonl, custom

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from parallel_stage.run.reducers.encoded import Encoded, Write
    from parallel_stage.run.storage.part import PartitionOutput


class Reducer(Protocol):
    """What a reducer is: a worker's half and the runner's half.

    `encode` turns what the function returned into bytes, piece by piece, and raises `UnfitValueError` for a
    value that it cannot take. `merge` writes the result of all slices, which come in plan order, to the new
    file (or directory) `target`, and raises `ReducerFailedError` where they do not go together.
    """

    def encode(self, value: object, write: Write) -> Encoded:
        """The worker's half."""

    def merge(self, outputs: Iterable[PartitionOutput], target: Path) -> None:
        """The runner's half."""


REDUCERS: dict[str, Reducer] = {
    "collect-json": collect_json,
    "concat-jsonl": concat_jsonl,
    "concat-csv": concat_csv,
    "custom": custom,
}
"""By the name that contracts use; a test holds the names equal to the schema's."""

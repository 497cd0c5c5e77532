"""`collect-json`: a JSON array with one item for each partition, each on its own line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_stage.contract.output_names import suffix
from parallel_stage.run.reducers import strict_json
from parallel_stage.run.reducers.encoded import Encoded
from parallel_stage.run.storage.digest import MeasuredFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from parallel_stage.run.reducers.encoded import Write
    from parallel_stage.run.storage.digest import Measure
    from parallel_stage.run.storage.part import PartitionOutput

_ONE = Encoded(1, suffix("collect-json"))


def encode(value: object, write: Write) -> Encoded:
    """Take any JSON-compatible value. Raise UnfitValueError with the JSON path of what does not fit."""
    write(strict_json.encoded(value))
    return _ONE


def merge(outputs: Iterable[PartitionOutput], target: Path) -> Measure:
    """Write the array."""
    with MeasuredFile(target) as file:
        before = b"[\n"
        for output in outputs:
            file.write(before)
            file.writelines(output.blocks())
            before = b",\n"
        file.write(b"\n]\n")
    return file.measure

"""The partitions of a plan that was written, without reading the document as a whole.

A plan that is not listed in `plan.json`, of a large sweep, has its ids in `plan.ids`, 8 bytes each.
"""

from __future__ import annotations

import re
import sys
from array import array
from contextlib import suppress
from typing import TYPE_CHECKING

from parallel_stage.plan.document import is_listed, write_plan
from parallel_stage.run.storage import layout
from parallel_stage.run.storage.part import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parallel_stage.plan.plan import Plan

_PARTITION = re.compile(rb' {4}\{"id": "([0-9a-f]{16})", "index": (\d+),')
"""A partition in `plan.json`, which has one a line."""
_AT_ONCE = 8_192


def write(plan: Plan, run: Path) -> None:
    """Write a plan into a run directory."""
    with replacing(run / layout.PLAN) as file, open(file.fileno(), "w", encoding="utf-8", closefd=False) as stream:
        write_plan(plan, stream)
    if is_listed(plan):
        (run / layout.PLAN_IDS).unlink(missing_ok=True)
        return
    with replacing(run / layout.PLAN_IDS) as file:
        block = array("Q")
        for known in plan.ids():
            block.append(int(known, 16))
            if len(block) == _AT_ONCE:
                file.write(_little(block))
                block = array("Q")
        file.write(_little(block))


def known_ids(run: Path) -> Iterator[str] | None:
    """Return the ids of the plan of a run, in its order; None where they are in `plan.json`."""
    path = run / layout.PLAN_IDS
    return _ids(path) if path.exists() else None


def planned(run: Path) -> Iterator[tuple[str, int]]:
    """Yield the id and the index of each partition of a run's plan; of one that is not there, none."""
    with suppress(OSError):
        ids = known_ids(run)
        if ids is None:
            yield from _listed(run / layout.PLAN)
        else:
            yield from ((known, index) for index, known in enumerate(ids))


def _listed(path: Path) -> Iterator[tuple[str, int]]:
    with path.open("rb") as file:
        for line in file:
            if found := _PARTITION.match(line):
                yield found[1].decode(), int(found[2])


def _ids(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        while content := file.read(8 * _AT_ONCE):
            block = array("Q", content[: len(content) // 8 * 8])
            yield from map("{:016x}".format, _swapped(block))


def _little(block: array[int]) -> bytes:
    return _swapped(array("Q", block)).tobytes()


def _swapped(block: array[int]) -> array[int]:
    """Swap the bytes of numbers between those of this machine and little-endian ones."""
    if sys.byteorder == "big":
        block.byteswap()
    return block

"""Cut a surveyed file into chunks of whole records, by bytes or by records."""

from __future__ import annotations

import heapq
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from parallel_stage.plan.records.reader import changed, opened
from parallel_stage.plan.records.survey import Ends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.plan.records.reader import Reader
    from parallel_stage.plan.records.survey import Survey


@dataclass(frozen=True, slots=True)
class Cuts:
    """The cuts of a file: chunk k is `bounds[k] <= byte < bounds[k + 1]`.

    `rows` counts the records of each chunk, and is empty where they were not counted.
    """

    proof: str
    header: int
    bounds: tuple[int, ...]
    rows: tuple[int, ...] = ()


def cut_bytes(found: Survey, parts: int) -> Cuts:
    """Cut a surveyed file where records end next to equal shares of its bytes.

    A record longer than a share stays whole; the other records then make as many chunks as are missing, so
    that there are fewer than `parts` only where the file has fewer records.

    Raises:
        InputChangedError: Where the file has another size than when it was surveyed.
        OSError: Where it cannot be read.
    """
    bounds, length = [found.header], found.size - found.header
    with _again(found) as reader:
        ends = Ends(reader, found)
        for part in range(1, parts):
            wanted = found.header + length * part // parts
            if wanted > bounds[-1]:
                bounds.append(ends.from_offset(wanted, bounds[-1]))
        while bounds[-1] >= found.size > found.header:
            bounds.pop()
        bounds = _filled([*bounds, found.size], parts, ends)
    return Cuts(found.proof, found.header, tuple(bounds))


def cut_records(found: Survey, parts: int) -> Cuts:
    """Cut a surveyed file with counted records into chunks of equal numbers of records.

    Raise as `cut_bytes`.
    """
    parts = max(1, min(parts, found.records))
    numbers = [found.records * part // parts for part in range(parts + 1)]
    bounds = [found.header]
    with _again(found) as reader:
        ends = Ends(reader, found)
        for seen, wanted in pairwise(numbers[:-1]):
            bounds.append(ends.of_record(wanted, (bounds[-1], seen)))
    rows = tuple(stop - start for start, stop in pairwise(numbers))
    return Cuts(found.proof, found.header, (*bounds, found.size), rows)


def _filled(bounds: list[int], parts: int, ends: Ends) -> list[int]:
    """Cut the largest chunks that have more than one record until there are enough chunks."""
    missing = parts + 1 - len(bounds)
    chunks = [(start - stop, start, stop) for start, stop in pairwise(bounds)] if missing > 0 else []
    heapq.heapify(chunks)
    while chunks and missing > 0:
        _, start, stop = heapq.heappop(chunks)
        end = ends.inside(start, stop)
        if end:
            bounds.append(end)
            missing -= 1
            heapq.heappush(chunks, (start - end, start, end))
            heapq.heappush(chunks, (end - stop, end, stop))
    return sorted(bounds)


@contextmanager
def _again(found: Survey) -> Iterator[Reader]:
    """Open a surveyed file again; its size must be the same."""
    with opened(found.path) as reader:
        if reader.size != found.size:
            raise changed(found.path, found.size, reader.size)
        yield reader

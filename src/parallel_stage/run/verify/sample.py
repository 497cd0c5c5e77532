"""A sample of a plan's records, and other legal cuts of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from parallel_stage.plan.dialect import dialect_of
from parallel_stage.plan.partition import ByteRange
from parallel_stage.plan.records.reader import opened
from parallel_stage.plan.records.survey import Ends, survey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.plan.dialect import Dialect
    from parallel_stage.plan.partition import Shares
    from parallel_stage.plan.plan import Plan

RECORDS = 256
"""How many records a sample has by default."""

_REGIONS = 4
_FIRST_CUT = 7  # the cut that showed each dependent function of the prototype's corpus, with one before the last
_MOST_BLANKS = 8


@dataclass(frozen=True, slots=True)
class Region:
    """Records that stand together in a file.

    Attributes:
        path: The file, as the plan names it.
        header: The length of its header in bytes.
        bounds: The offset of the first record, and the end of each.
        blanks: The places, from 0, of records with an empty value.
    """

    path: str
    header: int
    bounds: tuple[int, ...]
    blanks: tuple[int, ...]

    @property
    def count(self) -> int:
        """The number of records."""
        return len(self.bounds) - 1

    def cut(self, places: set[int]) -> Shares:
        """Return the region as chunks that start at its first record and at the records of these places."""
        inner = sorted(place for place in places if 0 < place < self.count)
        ends = [self.bounds[place] for place in (0, *inner, self.count)]
        return [(ByteRange(self.path, start, stop, self.header), stop - start) for start, stop in pairwise(ends)]


def regions_of(plan: Plan, most: int = RECORDS) -> list[Region]:
    """Return the sample of a plan: records at its start and at three more chunks, spread over it.

    Empty where the plan cuts no text file.

    Args:
        plan: The plan.
        most: The most records of all regions together.

    Raises:
        OSError: Where a file cannot be read.
    """
    works = [work for work, _ in plan.shares if isinstance(work, ByteRange)]
    count = min(_REGIONS, len(works))
    picked = [works[len(works) * number // count] for number in range(count)]
    each = max(2, most // count) if count else 0
    found: list[Region] = []
    for path in dict.fromkeys(work.path for work in picked):
        found += _of_file(plan, path, [work for work in picked if work.path == path], each)
    return found


def cuts_of(regions: list[Region]) -> dict[str, Shares]:
    """Return other legal cuts of a sample, by name; the first leaves each region whole."""
    near_ends = [part for region in regions for part in region.cut({_FIRST_CUT, region.count - 1})]
    at_blanks = [part for region in regions for part in region.cut({region.count // 2, *_beside_blanks(region)})]
    whole = [part for region in regions for part in region.cut(set())]
    return {"each region whole": whole, "cut near its ends": near_ends, "cut at blank values": at_blanks}


def _beside_blanks(region: Region) -> set[int]:
    """Return the places before and after records with an empty value, which may be filled from either side."""
    return {place + side for place in region.blanks[:_MOST_BLANKS] for side in (0, 1)}


def _of_file(plan: Plan, path: str, works: list[ByteRange], each: int) -> Iterator[Region]:
    """Yield the regions of one file; those that touch are one."""
    name = os.path.join(plan.root, path)
    dialect = dialect_of(path, plan.contract.input_format)
    facts = survey(name, dialect, count=False)
    limits = [*(work.start for work in works[1:]), facts.size]
    bounds: list[int] = []
    with opened(name) as reader:
        ends = Ends(reader, facts)
        for work, limit in zip(works, limits, strict=True):
            if bounds and bounds[-1] != work.start:
                yield _region(name, works[0], bounds, dialect)
                bounds = []
            bounds = bounds or [work.start]
            for _ in range(each):
                if bounds[-1] >= limit:
                    break
                bounds.append(ends.from_offset(bounds[-1] + 1, bounds[-1]))
    yield _region(name, works[0], bounds, dialect)


def _region(name: str, work: ByteRange, bounds: list[int], dialect: Dialect) -> Region:
    with open(name, "rb") as file:
        file.seek(bounds[0])
        records = [file.read(stop - start) for start, stop in pairwise(bounds)]
    blanks = tuple(place for place, record in enumerate(records) if _has_blank(record, dialect))
    return Region(work.path, work.header, tuple(bounds), blanks)


def _has_blank(record: bytes, dialect: Dialect) -> bool:
    if dialect.kind == "jsonl":
        return b"null" in record
    delimiter = dialect.delimiter.encode()
    return b"" in record.rstrip(b"\r\n").split(delimiter)

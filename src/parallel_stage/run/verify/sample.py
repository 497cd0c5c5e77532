"""A sample of a plan's records as files of their own, and legal cuts of these."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.plan.partition import ByteRange, Input, RowGroups
from parallel_stage.run.verify.records import table_of
from parallel_stage.run.verify.striking import striking

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_stage.plan.partition import Shares
    from parallel_stage.plan.plan import Plan
    from parallel_stage.run.verify.records import Record, Table

    Cuttable = ByteRange | RowGroups

RECORDS = 256
"""How many records a sample has by default."""

_REGIONS = 4
_SCANS, _SCANNED = 16, 1 << 18
"""In how many chunks, spread over the data, the reader looks for striking values, and at how many records."""
_FIRST_CUT = 7  # the cut that showed each dependent function of a corpus, with one before the last
_MOST_CUTS = 32

WHOLE = "one partition"


class Part(NamedTuple):
    """One partition of a cut: the records `first <= place < stop` of a sample."""

    sample: Sample
    first: int
    stop: int

    def __str__(self) -> str:
        """Return where its records come from, in words."""
        origin = self.sample.origin
        first, last = (origin.place_of(self.sample.starts[place]) for place in (self.first, self.stop - 1))
        count = self.stop - self.first
        where = f"{count} records from {first} to {last}" if count > 1 else f"the record at {first} alone"
        return f"{self.sample.path}, {where}"


@dataclass(frozen=True, slots=True)
class Cut:
    """Partitions of a sample.

    Attributes:
        parts: Where the records of each come from; the text says it in words.
        shares: The work of each.
    """

    parts: tuple[object, ...]
    shares: Shares


@dataclass(frozen=True, slots=True)
class Sample:
    """Records of one file, in its order, in a file of their own.

    Attributes:
        path: The file that they come from, as the plan names it.
        origin: The same, to be read.
        starts: Where each record starts there.
        input: Their own file, as the input of a plan.
        table: The same, to be cut.
        bounds: Where each record starts there, and where the last one ends.
        cuts: The places, from 0, of records before which it is cut, by the name of the cut.
    """

    path: str
    origin: Table
    starts: tuple[int, ...]
    input: Input
    table: Table
    bounds: tuple[int, ...]
    cuts: dict[str, set[int]]

    def cut(self, name: str) -> Cut:
        """Return one of its cuts."""
        parts = [Part(self, *ends) for ends in pairwise([0, *sorted(self.cuts[name]), len(self.starts)])]
        bounds = [(self.bounds[part.first], self.bounds[part.stop]) for part in parts]
        return Cut(tuple(parts), [(self.table.piece(self.input.path, *ends), ends[1] - ends[0]) for ends in bounds])


def samples_of(plan: Plan, home: Path, most: int = RECORDS) -> list[Sample]:
    """Write a sample of a plan's records: of each of up to four of the files that it cuts.

    It has records that stand together at the start of up to four chunks, spread over the data; with them, of
    each column, a value that is blank, with its neighbours, and two that are equal, wherever the reader has found
    them. Empty where the plan cuts no file.

    Args:
        plan: The plan.
        home: A directory below the plan's root, in which the files are written.
        most: The most records of all samples together.

    Raises:
        OSError: Where a file cannot be read or written.
        PlanRefusedError: Where a file is no CSV.
    """
    works = [work for work, _ in plan.shares if isinstance(work, (ByteRange, RowGroups))]
    picked = _spread(works, min(_REGIONS, max(1, most // 2)))
    found = []
    for number, path in enumerate(dict.fromkeys(work.path for work in picked)):
        own, regions = ([work for work in some if work.path == path] for some in (works, picked))
        origin = table_of(plan, own[0])
        ranges = _chosen(origin, own, regions, most * len(regions) // len(picked), len(picked))
        file = home / str(number) / Path(*[part for part in PurePosixPath(path).parts if part not in ("/", "..")])
        found.append(_sample(plan, path, origin, ranges, file))
    return found


def cuts_of(samples: Sequence[Sample]) -> dict[str, Cut]:
    """Return the different cuts of samples together, by name; the first has one partition a file."""
    cuts: dict[str, Cut] = {}
    for name in samples[0].cuts:
        one = [sample.cut(name) for sample in samples]
        cut = Cut(tuple(part for each in one for part in each.parts), [share for each in one for share in each.shares])
        if all(cut.parts != other.parts for other in cuts.values()):
            cuts[name] = cut
    return cuts


def _spread(works: Sequence[Cuttable], count: int) -> list[Cuttable]:
    count = min(count, len(works))
    return [works[len(works) * number // count] for number in range(count)]


def _chosen(
    table: Table, works: Sequence[Cuttable], regions: Sequence[Cuttable], most: int, files: int
) -> list[tuple[int, int]]:
    """Return the ranges of at most so many records: striking ones, and those at the start of regions."""
    scanned = _spread(works, max(1, _SCANS // files))
    chosen = set(_striking_ranges(table, scanned, _SCANNED // files // len(scanned))[: most // 2])
    for left, work in zip(range(len(regions), 0, -1), regions, strict=True):
        room = max(1, (most - len(chosen)) // left)
        fresh = (record[:2] for record in table.records(table.start_of(work)) if record[:2] not in chosen)
        chosen.update([*islice(fresh, room)])
    return sorted(chosen)


def _striking_ranges(table: Table, scanned: Sequence[Cuttable], most: int) -> list[tuple[int, int]]:
    """Return the ranges of striking records, with those beside or equal to them; the rarest kind first.

    Args:
        table: The file.
        scanned: The work at the start of which, and beyond, records are looked at.
        most: The most records for each.
    """
    ranges: list[tuple[int, int]] = []

    def records() -> Iterator[Record]:
        for start, limit in pairwise([*map(table.start_of, scanned), float("inf")]):
            for record in islice(table.records(int(start)), most):
                if record.start >= limit:
                    break
                ranges.append(record[:2])
                yield record

    found = striking(records())
    kinds = sorted(found.together, key=max, reverse=True)
    places = dict.fromkeys(place for kind in kinds for place in kind)
    return [ranges[place] for place in places if 0 <= place < len(ranges)]


def _sample(plan: Plan, path: str, origin: Table, ranges: list[tuple[int, int]], file: Path) -> Sample:
    """Write the records of these ranges to a file, and look where to cut it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    table = origin.copy(ranges, file)
    records = [*table.records(table.first)]
    found = striking(records, combined=True)
    places = {
        WHOLE: [],
        "cut near its ends": [_FIRST_CUT, len(records) - 1],
        "cut at blank values": [len(records) // 2, *(at + side for at in found.blanks.values() for side in (0, 1))],
        "cut between equal values": found.repeats,
        "cut at the largest steps": [*found.steps.values()],
    }
    inner = range(1, len(records))
    cuts = {name: {*[at for at in dict.fromkeys(cut) if at in inner][:_MOST_CUTS]} for name, cut in places.items()}
    status = file.stat()
    item = Input(file.relative_to(plan.root).as_posix(), status.st_size, status.st_mtime_ns)
    starts = tuple(start for start, _ in ranges)
    return Sample(path, origin, starts, item, table, (*(record.start for record in records), records[-1].stop), cuts)

"""The partitions of a table by the values of a column, and its records with the partition of each."""

from __future__ import annotations

from array import array
from contextlib import contextmanager
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import InputChangedError, PlanRefusedError
from parallel_stage.plan.groups.keys import in_order
from parallel_stage.plan.groups.scan import Scan
from parallel_stage.plan.partition import Group, Piece
from parallel_stage.plan.records.header import header_length

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.plan.groups.batch import Batch
    from parallel_stage.plan.groups.places import Places
    from parallel_stage.plan.groups.scan import Runs
    from parallel_stage.plan.groups.table import Table
    from parallel_stage.plan.partition import Work


def groups_of(table: Table) -> Groups:
    """Read a table once, and return its partitions.

    Raises:
        PlanRefusedError: Where it has no records or no such column, a record has no key, or there are too many keys.
        InputChangedError: Where a file changes meanwhile.
        OSError: Where one cannot be read.
    """
    places = table.places()
    scan = Scan(places)
    for number, file in enumerate(table.files):
        for batch in table.batches(number):
            scan.add(file.item.path, table.by.column, number, batch)
    if not scan.rows:
        message = f"{table.contract.input} has no records, so that {table.by.column!r} has no value"
        raise PlanRefusedError(message, "check the input, or leave partition_by out")
    if not places.has_values:
        raise table.no_such_column()
    return Groups(table, places, scan)


class Groups:
    """Each partition's work, with its weight in bytes.

    Attributes:
        table: The table.
        scratch: The bytes that a run writes before the first partition starts; 0 where the records of each
            partition stand together in each file already. Of Parquet, about as many.
    """

    def __init__(self, table: Table, places: Places, scan: Scan) -> None:
        """Take a table, the place of each key, and what is known of all records."""
        keys = list(places.keys_seen)
        order = in_order(keys, table.by.kind)
        self.table = table
        self._keys = [keys[place] for place in order]
        self._rows = array("q", (scan.rows[place] for place in order))
        self._sizes = array("q", (scan.sizes[place] for place in order))
        if table.is_parquet:
            self._sizes = _bytes_of_rows(table, self._rows)
        self._runs = scan.runs
        if scan.runs and table.is_parquet and _read_too_often(table, scan.runs):
            self._runs = None
        # Of each key, in the order of first appearance, as which the runs have it.
        self._index = array("q", sorted(range(len(order)), key=order.__getitem__) if self._runs else ())
        self._header = 0 if table.is_parquet else header_length(table.files[0].path, table.files[0].dialect)
        self.scratch = 0 if self._runs else self._header + sum(self._sizes)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[tuple[Work, int]]:
        paths = tuple(file.item.path for file in self.table.files)
        pieces = self._in_scratch() if self._runs is None else self._in_files(self._runs)
        for key, rows, weight, where in zip(self._keys, self._rows, self._sizes, pieces, strict=True):
            yield Group(key, self.table.by, rows, paths, self._header, where), weight

    def header(self) -> bytes:
        """Return what every partition starts with. Raise as `records`."""
        first = self.table.files[0]
        with self._as_planned(first.item.path), open(first.path, "rb") as file:
            return file.read(self._header)

    def bounds(self) -> list[int]:
        """Return where each partition's records start in the scratch, and where the last one's end.

        After the header, in bytes; of Parquet, in rows.
        """
        return list(accumulate(self._rows if self.table.is_parquet else self._sizes, initial=self._header))

    @property
    def record_count(self) -> int:
        """The number of records."""
        return sum(self._rows)

    @property
    def largest(self) -> tuple[str, float]:
        """The key of most records, and its share of all."""
        place = max(range(len(self)), key=self._rows.__getitem__)
        return self._keys[place], self._rows[place] / self.record_count

    def records(self) -> Iterator[tuple[Batch, list[int]]]:
        """Yield the records of text again in batches, with the index of each one's partition.

        Raises:
            InputChangedError: Where they are not those of the plan, or a file cannot be read any more.
        """
        places = self._known_places()
        for number, file in enumerate(self.table.files):
            with self._as_planned(file.item.path):
                for batch in self.table.batches(number):
                    yield batch, self._indexes(file.item.path, places, batch)

    def parquet_rows(self) -> Iterator[tuple[Any, list[int]]]:
        """Yield the rows of Parquet again in record batches of pyarrow, with the index of each one's partition.

        Raise as `records`.
        """
        from parallel_stage.plan.groups.parquet_records import whole_rows

        places = self._known_places()
        for file in self.table.files:
            with self._as_planned(file.item.path):
                for rows, batch in whole_rows(file, self.table.by.column):
                    yield rows, self._indexes(file.item.path, places, batch)

    def _known_places(self) -> Places:
        """Return what gives the index of a key's partition."""
        places = self.table.places()
        places.keys_seen.update({key: index for index, key in enumerate(self._keys)})
        return places

    def _indexes(self, path: str, places: Places, batch: Batch) -> list[int]:
        found = places.of(path, self.table.by.column, batch)
        if len(places.keys_seen) > len(self):
            raise changed_since_plan(path)
        return found

    @contextmanager
    def _as_planned(self, path: str) -> Iterator[None]:
        """Raise InputChangedError for errors in a `with` block that a file did not have when the plan was made."""
        try:
            yield
        except PlanRefusedError as error:
            raise changed_since_plan(path) from error
        except OSError as error:
            message = f"input changed: {path} cannot be read any more ({error.strerror})"
            raise InputChangedError(message, "run again") from error

    def _in_scratch(self) -> Iterator[tuple[Piece, ...]]:
        bounds = self.bounds()
        for index in range(len(self)):
            yield (Piece("", bounds[index], bounds[index + 1]),)

    def _in_files(self, runs: Runs) -> Iterator[tuple[Piece, ...]]:
        def index(run: int) -> int:
            return self._index[runs.places[run]]

        for _, found in groupby(sorted(range(len(runs.places)), key=index), key=index):
            yield tuple(self._piece(runs, run) for run in found)

    def _piece(self, runs: Runs, run: int) -> Piece:
        item = self.table.files[runs.files[run]].item
        end = runs.ends[run]
        # A line end that the last record of a file lacks is counted, since others may follow it.
        return Piece(item.path, runs.starts[run], end if self.table.is_parquet else min(end, item.size))


def changed_since_plan(path: str) -> InputChangedError:
    """Return the error for a table whose records are not those of the plan."""
    return InputChangedError(f"input changed: {path} has other records than when the plan was made", "run again")


def _bytes_of_rows(table: Table, rows: array[int]) -> array[int]:
    """Return the bytes of each partition of Parquet, as if all rows were of one size."""
    total = sum(file.item.size for file in table.files)
    return array("q", (max(1, total * count // sum(rows)) for count in rows))


def _read_too_often(table: Table, runs: Runs) -> bool:
    from parallel_stage.plan.groups.parquet_records import reads_too_often

    return reads_too_often([file.path for file in table.files], runs)

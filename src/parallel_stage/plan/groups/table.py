"""A table that is cut by the values of a column: its files, and how the records of each are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from parallel_stage.errors import PlanRefusedError
from parallel_stage.plan.divisible import why_whole
from parallel_stage.plan.groups.csv_records import CsvRecords
from parallel_stage.plan.groups.json_records import json_records
from parallel_stage.plan.groups.keys import keys_of
from parallel_stage.plan.groups.places import Places
from parallel_stage.plan.inputs import DataFile, data_files
from parallel_stage.plan.records.block_facts import worth_numpy
from parallel_stage.plan.splits.table import column_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_stage.contract.model import Contract, PartitionBy
    from parallel_stage.plan.groups.batch import Batch
    from parallel_stage.plan.partition import Input

_MOST_NAMES = 10


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and how it is cut.

    Attributes:
        contract: The contract, which has `partition_by`.
        root: Where relative paths start.
        files: The files that hold its records.
        column: The place of the column in each record, from 0.
    """

    contract: Contract
    root: str
    files: tuple[DataFile, ...]
    column: int

    @property
    def by(self) -> PartitionBy:
        """The column, and the kind of key."""
        assert self.contract.partition_by is not None  # noqa: S101 - no table is cut without it
        return self.contract.partition_by

    @property
    def is_parquet(self) -> bool:
        """Whether its files are Parquet, so that ranges count rows."""
        return self.files[0].dialect.kind == "parquet"

    def places(self) -> Places:
        """Return what gives the place of a record's key, with no key yet."""
        dialect = self.files[0].dialect
        encoding = "utf-8" if dialect.encoding == "utf-8-sig" else dialect.encoding
        return Places(keys_of(self.by, self.contract.target_partitions, typed=dialect.kind != "csv"), encoding)

    def batches(self, number: int) -> Iterable[Batch]:
        """Return the records of one of its files; see the readers of each kind for what is raised."""
        file = self.files[number]
        joined = number + 1 < len(self.files)
        if file.dialect.kind == "parquet":
            from parallel_stage.plan.groups.parquet_records import parquet_records

            return parquet_records(file, self.by.column)
        if file.dialect.kind == "jsonl":
            return json_records(file, self.by.column, joined=joined)
        numpy = worth_numpy(sum(each.item.size for each in self.files))
        return CsvRecords(file, (self.by.column, self.column), numpy=numpy, joined=joined)

    def no_such_column(self) -> PlanRefusedError:
        """Return the error for a column that no record has."""
        item, _, dialect = self.files[0]
        return _no_such_column(item.path, self.by.column, column_names(self.root, item, dialect))


def table_by_column(contract: Contract, root: str, inputs: Sequence[Input]) -> Table:
    """Return the table of a contract with `partition_by`.

    Raises:
        PlanRefusedError: Where it has no such column, or its records cannot be told apart.
        MissingExtraError: For Parquet, without pyarrow.
        OSError: Where a file cannot be read.
    """
    files = data_files(inputs, root, contract.input_format)
    first, column = files[0], contract.partition_by.column if contract.partition_by else ""
    for file in files:
        reason = why_whole(file.path, file.dialect, contract.input_format) if file.item.size else ""
        if reason:
            message = f"{file.item.path} cannot be cut by {column!r}: {reason}"
            raise PlanRefusedError(message, "change the file or input_format, or leave partition_by out")
    if first.dialect.kind == "jsonl":
        return Table(contract, root, files, 0)
    names = column_names(root, first.item, first.dialect)
    if names.count(column) != 1:
        raise _no_such_column(first.item.path, column, names)
    return Table(contract, root, files, names.index(column))


def _no_such_column(path: str, column: str, names: list[str]) -> PlanRefusedError:
    if column in names:
        message = f"{path} has {names.count(column)} columns {column!r}"
        return PlanRefusedError(message, "give each column of the table its own name")
    there = f"{', '.join(map(repr, names[:_MOST_NAMES]))}{', …' if len(names) > _MOST_NAMES else ''}"
    hint = f"it has {there}" if names else "its columns have no names: give it a header, or leave partition_by out"
    return PlanRefusedError(f"{path} has no column {column!r}, which partition_by names", hint)

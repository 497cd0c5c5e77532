"""Parquet files, cut by row groups with pyarrow."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import MissingExtraError, PlanRefusedError
from parallel_stage.plan.partition import InputNote, RowGroups, WholeFile
from parallel_stage.plan.records.reader import opened
from parallel_stage.wording import plural

if TYPE_CHECKING:
    from parallel_stage.plan.partition import Input, Shares


_MAGIC, _ENCRYPTED = b"PAR1", b"PARE"
_SMALLEST = 12  # magic, length of the footer, magic
_AGAIN = "write or copy it again, or leave it out"


class NotParquetError(PlanRefusedError):
    """A file that should be Parquet and is not.

    Attributes:
        clause: What is wrong with it, and what to do, without its name.
    """

    def __init__(self, path: str, fault: str, hint: str) -> None:
        super().__init__(f"{path} cannot be read as Parquet: {fault}", hint)
        self.clause = f"{fault}: {hint}"


@dataclass(frozen=True, slots=True)
class Groups:
    """A Parquet file: the rows and the bytes of each row group."""

    item: Input
    rows: tuple[int, ...]
    sizes: tuple[int, ...]

    @property
    def weight(self) -> int:
        """Its number of rows."""
        return sum(self.rows)

    @property
    def limit(self) -> int:
        """The most chunks: each has at least one row group."""
        return max(1, len(self.rows))

    def cut(self, parts: int) -> tuple[Shares, InputNote]:
        """Return ranges of row groups with similar numbers of rows, or the file itself for one piece."""
        count = plural(len(self.rows), "row group")
        if parts == 1:
            note = InputNote(self.item.path, splittable=self.limit > 1, proof="", reason=count)
            return [(WholeFile(self.item.path, self.item.size), self.item.size)], note
        bounds = _bounds(self.rows, parts)
        pieces: Shares = [
            (RowGroups(self.item.path, first, stop, sum(self.rows[first:stop])), sum(self.sizes[first:stop]))
            for first, stop in pairwise(bounds)
        ]
        return pieces, InputNote(self.item.path, splittable=True, proof="row-groups", reason=count)


def row_groups(path: str, item: Input) -> Groups:
    """Return the row groups of a Parquet file.

    Raises:
        MissingExtraError: Without pyarrow.
        NotParquetError: Where the file is not Parquet, or not all of it.
        OSError: Where it cannot be read.
    """
    metadata = _opened(path).metadata
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    rows, sizes = tuple(group.num_rows for group in groups), tuple(group.total_byte_size for group in groups)
    return Groups(item, rows, sizes)


def schema(path: str) -> Any:
    """Return the columns of a Parquet file, as a pyarrow schema without metadata.

    Raise as `row_groups` does.
    """
    return _opened(path).schema_arrow.remove_metadata()


def _opened(path: str) -> Any:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        message = f"{path} is Parquet, which needs pyarrow"
        raise MissingExtraError(message, "pip install 'parallel-stage[parquet]'") from None
    try:
        with ParquetFile(path) as file:
            return file
    except (ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:  # of the system; Parquet's own have no number
            raise
        raise NotParquetError(path, *_fault(path)) from None


def _fault(path: str) -> tuple[str, str]:
    """Return what is wrong with a file that pyarrow cannot read, as a clause, and what to do."""
    with opened(path) as reader:
        start, _, _ = reader.around(0, len(_MAGIC))
        data, at, _ = reader.around(max(0, reader.size - len(_MAGIC)), len(_MAGIC))
        end, size = data[at:], reader.size
    if not start:
        return "it is empty", _AGAIN
    if start == end == _ENCRYPTED:
        return "its footer is encrypted", "write it with a plain footer, or have each file processed whole"
    if start != _MAGIC:
        return "it does not start with PAR1, as Parquet does", "set input_format.kind if it holds something else"
    if end != _MAGIC or size < _SMALLEST:
        return "it starts as Parquet does, but does not end with PAR1: it is cut short, or still being written", _AGAIN
    return "its footer cannot be read", _AGAIN


def _bounds(rows: tuple[int, ...], parts: int) -> list[int]:
    """Return the bounds of `parts` ranges of row groups, none empty, each with a similar number of rows."""
    ends = list(accumulate(rows))
    bounds = [0]
    for part in range(1, parts):
        wanted = ends[-1] * part / parts
        first, last = bounds[-1] + 1, len(rows) - (parts - part)
        bounds.append(min(range(first, last + 1), key=lambda index: abs(ends[index - 1] - wanted)))
    return [*bounds, len(rows)]

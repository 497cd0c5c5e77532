"""Why data files cannot be cut, or only by a guess about their quotes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_stage.errors import InputChangedError, MissingExtraError
from parallel_stage.plan import divisible
from parallel_stage.plan.records.block_facts import worth_numpy
from parallel_stage.plan.splits.parquet import NotParquetError, row_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_stage.plan.inputs import DataFile


def why_whole(file: DataFile) -> str:
    """Return why a file cannot be cut whatever its quotes are, as a clause; empty where quotes decide."""
    try:
        reason = divisible.unsplittable(file.path, file.dialect)
        if not reason and file.dialect.kind == "parquet":
            row_groups(file.path, file.item)
    except MissingExtraError:  # no problem of the contract
        return ""
    except InputChangedError as error:
        return error.message
    except NotParquetError as error:
        return error.clause
    except OSError as error:
        return _unreadable(error)
    return reason


def doubtful_quotes(files: Sequence[DataFile]) -> list[tuple[DataFile, str]]:
    """Return the files whose quotes break RFC 4180, each with how it does, as a clause; all may be cut."""
    numpy = worth_numpy(sum(file.item.size for file in files))
    return [(file, reason) for file in files if (reason := _doubtful_quote(file, numpy=numpy))]


def _doubtful_quote(file: DataFile, *, numpy: bool) -> str:
    try:
        return divisible.doubtful_quote(file.path, file.dialect, numpy=numpy)
    except InputChangedError as error:
        return error.message
    except OSError as error:
        return _unreadable(error)


def _unreadable(error: OSError) -> str:
    return f"it cannot be read ({error.strerror or error})"

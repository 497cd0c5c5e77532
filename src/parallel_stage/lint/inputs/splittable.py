"""Why data files cannot be cut, or only by a guess about their quotes; files are grouped by reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.errors import InputChangedError, MissingExtraError, PlanRefusedError
from parallel_stage.plan import divisible
from parallel_stage.plan.block_facts import numpy_for
from parallel_stage.plan.splits.parquet import row_groups
from parallel_stage.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_stage.plan.dialect import Dialect
    from parallel_stage.plan.partition import Input


class DataFile(NamedTuple):
    """A file whose records are processed.

    Attributes:
        item: The file as in a plan.
        path: Its path from the current directory, or absolute.
        dialect: How it is read.
    """

    item: Input
    path: str
    dialect: Dialect


class ReasonGroup(NamedTuple):
    """One reason, and the files that have it.

    Attributes:
        reason: The reason for the first file, as a clause.
        first: The first file, relative to the contract.
        files: The number of files.
    """

    reason: str
    first: str
    files: int

    @property
    def others(self) -> str:
        """The number of other files, in parentheses with a blank before; empty where there are none."""
        return f" (as with {plural(self.files - 1, 'more file')})" if self.files > 1 else ""


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
    except PlanRefusedError:
        return "pyarrow cannot read it as Parquet: set input_format.kind if it holds something else"
    except OSError as error:
        return _unreadable(error)
    return reason


def doubtful_quotes(files: Sequence[DataFile]) -> list[tuple[DataFile, str]]:
    """Return the files whose quotes break RFC 4180, each with how it does, as a clause; all may be cut."""
    numpy = numpy_for(sum(file.item.size for file in files))
    return [(file, reason) for file in files if (reason := _doubtful_quote(file, numpy))]


def _doubtful_quote(file: DataFile, numpy: Any) -> str:
    try:
        return divisible.doubtful_quote(file.path, file.dialect, numpy)
    except InputChangedError as error:
        return error.message
    except OSError as error:
        return _unreadable(error)


def group_by_reason(found: Iterable[tuple[DataFile, str]]) -> list[ReasonGroup]:
    """Group the files that have a reason by it, in the order of the first file of each."""
    paths: dict[str, list[str]] = {}
    for file, reason in found:
        if reason:
            paths.setdefault(reason, []).append(file.item.path)
    return [ReasonGroup(reason, same[0], len(same)) for reason, same in paths.items()]


def _unreadable(error: OSError) -> str:
    return f"it cannot be read ({error.strerror or error})"

"""Why data files cannot be cut, or only by a guess about their quotes; files are grouped by reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.errors import MissingExtraError
from parallel_stage.plan import divisible
from parallel_stage.plan.splits.parquet import NotParquetError, row_groups
from parallel_stage.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    except NotParquetError as error:
        return error.clause
    except OSError as error:
        return _unreadable(error)
    return reason


def doubtful_quote(file: DataFile) -> str:
    """Return how the quotes of a file that may be cut break RFC 4180, as a clause.

    Empty where they do not.
    """
    try:
        return divisible.doubtful_quote(file.path, file.dialect)
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

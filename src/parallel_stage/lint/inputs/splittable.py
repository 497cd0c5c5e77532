"""Why data files cannot be cut, or only by assuming what their quotes mean: many files, few reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.errors import MissingExtraError, PlanRefusedError
from parallel_stage.plan import divisible
from parallel_stage.plan.splits.parquet import row_groups
from parallel_stage.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_stage.plan.dialect import Dialect
    from parallel_stage.plan.partition import Input


class DataFile(NamedTuple):
    """A file whose records are processed.

    Attributes:
        item: The file as the plan would have it.
        path: How it can be opened from anywhere.
        dialect: How it is read.
    """

    item: Input
    path: str
    dialect: Dialect


class ReasonGroup(NamedTuple):
    """One reason, and the files that have it.

    Attributes:
        reason: What is the matter with the first one, as a clause.
        first: The first file, as seen from the contract.
        files: How many files there are.
    """

    reason: str
    first: str
    files: int

    @property
    def others(self) -> str:
        """How many other files there are, in parentheses with a blank before; empty where there are none."""
        return f" (as with {plural(self.files - 1, 'more file')})" if self.files > 1 else ""


def why_whole(file: DataFile) -> str:
    """Why nothing could cut a file, as a clause; empty where its quotes alone decide."""
    try:
        reason = divisible.unsplittable(file.path, file.dialect)
        if not reason and file.dialect.kind == "parquet":
            row_groups(file.path, file.item)
    except MissingExtraError:  # which says nothing of the contract
        return ""
    except PlanRefusedError:
        return "pyarrow cannot read it as Parquet: set input_format.kind if it holds something else"
    except OSError as error:
        return _unreadable(error)
    return reason


def doubtful_quote(file: DataFile) -> str:
    """What is wrong with the quotes of a file that may be cut, as a clause; empty where nothing."""
    try:
        return divisible.doubtful_quote(file.path, file.dialect)
    except OSError as error:
        return _unreadable(error)


def group_by_reason(found: Iterable[tuple[DataFile, str]]) -> list[ReasonGroup]:
    """The files that have a reason, put together by it, in the order in which the reasons first come."""
    paths: dict[str, list[str]] = {}
    for file, reason in found:
        if reason:
            paths.setdefault(reason, []).append(file.item.path)
    return [ReasonGroup(reason, same[0], len(same)) for reason, same in paths.items()]


def _unreadable(error: OSError) -> str:
    return f"it cannot be read ({error.strerror or error})"

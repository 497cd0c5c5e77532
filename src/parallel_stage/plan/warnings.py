"""What may make a result differ from that of the whole files, or a run slow, although a plan can be made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.errors import ParallelStageError
from parallel_stage.plan import head
from parallel_stage.plan.divisible import why_whole
from parallel_stage.plan.splits.unmatched import unmatched
from parallel_stage.wording import plural, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from parallel_stage.contract.model import Contract, InputFormat
    from parallel_stage.plan.groups.groups import Groups
    from parallel_stage.plan.inputs import DataFile
    from parallel_stage.plan.splits.sweep import Grid
    from parallel_stage.pysource.closure import Code

_LARGE_SHARE = 0.1
_MANY_MEANS = 4
_MOST_OF_ALL = 0.5
_LONGEST_KEY = 60


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


def group_by_reason(found: Iterable[tuple[DataFile, str]]) -> list[ReasonGroup]:
    """Group the files that have a reason by it, in the order of the first file of each."""
    paths: dict[str, list[str]] = {}
    for file, reason in found:
        if reason:
            paths.setdefault(reason, []).append(file.item.path)
    return [ReasonGroup(reason, same[0], len(same)) for reason, same in paths.items()]


def unusual_heads(files: Iterable[DataFile]) -> Iterator[str]:
    """Yield a sentence for each way in which files do not start with one header; they are cut, or joined."""
    for group in _faults(files, head.unusual_head):
        yield f"{group.first} does not start with one header{group.others}: {group.reason}"


def not_records(files: Iterable[DataFile]) -> Iterator[str]:
    """Yield a sentence for each way in which files of JSON Lines have no value on a line."""
    for group in _faults(files, head.no_json_line):
        message = f"{group.first} cannot be cut into records{group.others}: {group.reason}; write one value a line"
        yield f'{message}, or partition_strategy = "one-file-per-partition"'


def skewed_input(files: Sequence[DataFile], declared: InputFormat | None) -> Iterator[str]:
    """Yield a sentence about the largest of the files that are a partition each, where it should be cut.

    It has more than a tenth of the data, is four times as large as the mean, and can be cut.
    """
    total = sum(file.item.size for file in files)
    largest = max(files, key=lambda file: file.item.size, default=None)
    if largest is None or largest.item.size <= max(_LARGE_SHARE * total, _MANY_MEANS * total / len(files)):
        return
    try:
        if why_whole(largest.path, largest.dialect, declared):
            return
    except (OSError, ParallelStageError):  # a plan or another rule says so
        return
    share, mean = largest.item.size / total, largest.item.size * len(files) / total
    yield (
        f"{largest.item.path} has {share:.0%} of the data, {mean:.1f} times as much as the mean file, and is one "
        'partition, so that other workers wait for it; partition_strategy = "file-chunks" cuts it'
    )


def skewed_groups(groups: Groups) -> Iterator[str]:
    """Yield a sentence about the partition by a column that has most of the table's records."""
    key, share = groups.largest
    if len(groups) > 1 and share > _MOST_OF_ALL:
        yield (
            f"{share:.0%} of the records have {groups.table.by.column} = {shortened(key, _LONGEST_KEY) or '(blank)'} "
            "and are one partition, so that other workers wait for it"
        )


def crowded_cores(contract: Contract, workers: int, cores: int) -> Iterator[str]:
    """Yield a sentence about more threads than cores, where the workers are processes of this machine."""
    threads = workers * contract.threads_per_worker
    if contract.backend == "pool" and contract.threads_per_worker > 1 and threads > cores:
        yield (
            f"{workers} workers x {contract.threads_per_worker} threads_per_worker are {threads} threads for "
            f"{plural(cores, 'core')}, so that they wait for each other; write less of either"
        )


def excluding_nothing(grid: Grid, path: str) -> Iterator[str]:
    """Yield a sentence about entries of a grid's `exclude` that match no parameter set."""
    found = unmatched(grid)
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        yield f"{path}: {found[0]}{more}; correct or remove it"


def _faults(files: Iterable[DataFile], fault: Callable[[DataFile], str]) -> list[ReasonGroup]:
    return group_by_reason((file, _fault_of(file, fault)) for file in files)


def _fault_of(file: DataFile, fault: Callable[[DataFile], str]) -> str:
    try:
        return fault(file)
    except OSError:  # a plan or another rule says so
        return ""


def unseen_imports(code: Code) -> Iterator[str]:
    """Yield a sentence where the code of a function imports modules that its text does not name."""
    if code.unseen:
        more = len(code.unseen) - 1
        others = f" (as do {plural(more, 'more module')})" if more else ""
        yield (
            f"{code.unseen[0]} imports modules by names or paths that are computed{others}: "
            "the ids of partitions do not change with those, and workers are not compared in them"
        )

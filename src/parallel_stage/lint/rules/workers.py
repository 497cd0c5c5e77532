"""Rules about workers: the requested ones can be busy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Finding, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.lint.rule import Subject


@rule(Severity.WARNING, "workers")
def single_worker(subject: Subject) -> Iterator[Finding]:
    """One worker does not parallelize.

    Ignore it where the stage is only previewed; one worker is right for nothing else.

    Bad:
        workers = 1

    Good:
        workers = "auto"
    """
    if subject.fields["workers"] == 1:
        message = 'workers is 1, which previews the stage but does not parallelize it; write "auto" or more workers'
        yield Finding(message, ("workers",))


@rule(Severity.WARNING, "workers", "backend")
def dask_single_worker(subject: Subject) -> Iterator[Finding]:
    """A Dask cluster with one worker.

    The scheduler costs start-up time and a millisecond or two per task, and one worker gains nothing from it.
    Ignore it where runs go to a running scheduler (`--scheduler`), whose own workers do the work.

    Bad:
        workers = 1
        backend = "dask"

    Good:
        workers = "auto"
        backend = "dask"
    """
    if subject.fields["workers"] == 1 and subject.fields["backend"] == "dask":
        message = 'backend is "dask" with one worker, which only adds its overhead; write more workers, or "local"'
        yield Finding(message, ("backend",))


@rule(Severity.WARNING, "split", "partition_strategy", "workers", "input")
def idle_workers(subject: Subject) -> Iterator[Finding]:
    """A fixed number of workers with one file per partition.

    Where there are fewer files than workers, the file count caps the useful parallelism and the rest stand
    idle. Where inputs are checked, the files are counted, and the rule is silent if there are enough of them.
    Ignore it where there are always at least as many files as workers.

    Bad:
        partition_strategy = "one-file-per-partition"
        target_partitions = 0
        workers = 8

    Good:
        partition_strategy = "one-file-per-partition"
        target_partitions = 0
        workers = "auto"
    """
    fields = subject.fields
    workers = fields["workers"]
    if fields["split"] != "files" or fields["partition_strategy"] != "one-file-per-partition":
        return
    if workers in ("auto", 1):
        return
    few = _few_files(subject, workers) if subject.inputs else f"fewer than {workers} files leave workers idle"
    if few:
        message = (
            f'workers is {workers} with one-file-per-partition: {few}; write "auto", or cut the files with file-chunks'
        )
        yield Finding(message, ("workers",))


def _few_files(subject: Subject, workers: int) -> str:
    """Return how many files leave how many workers idle, as a clause; empty where none are known to be."""
    from parallel_stage.lint.inputs.inspect import inspect_inputs
    from parallel_stage.wording import plural

    inspection = inspect_inputs(subject)
    if not isinstance(inspection.listing, tuple) or inspection.faults or len(inspection.listing) >= workers:
        return ""
    idle = workers - len(inspection.listing)
    return f"{plural(len(inspection.listing), 'file')} would leave {plural(idle, 'worker')} idle"


@rule(Severity.INFO, "workers", "backend")
def local_ignores_workers(subject: Subject) -> Iterator[Finding]:
    """The local backend runs in one process.

    It takes one partition after the other whatever `workers` says; the figure counts once the backend is
    `pool` or `dask`. Ignore it where runs choose another backend with `--backend`.

    Bad:
        workers = 8
        backend = "local"

    Good:
        workers = 8
        backend = "pool"
    """
    workers = subject.fields["workers"]
    if subject.fields["backend"] == "local" and workers not in ("auto", 1):
        message = f'workers is {workers}, but backend = "local" runs in one process; it counts for "pool" and "dask"'
        yield Finding(message, ("workers",))


RULES = (single_worker, dask_single_worker, idle_workers, local_ignores_workers)

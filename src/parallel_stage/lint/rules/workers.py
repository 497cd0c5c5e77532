"""Rules about workers: the requested ones can be busy."""

from __future__ import annotations

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Finding, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.lint.rule import Subject


@rule(Severity.WARNING, "workers", since="0.1.0")
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


@rule(Severity.WARNING, "workers", "backend", since="0.1.0")
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


@rule(Severity.WARNING, "split", "partition_strategy", "workers", "input", since="0.1.0", reads_data=True)
def idle_workers(subject: Subject) -> Iterator[Finding]:
    """There are fewer files than workers, with one file per partition.

    The file count caps the useful parallelism, and the rest of the workers stand idle. Ignore it where more
    files come later.

    Bad:
        partition_strategy = "one-file-per-partition"
        target_partitions = 0
        workers = 8
        # data/january.csv:
        #     carrier,delay

    Good:
        partition_strategy = "one-file-per-partition"
        target_partitions = 0
        workers = "auto"
        # data/january.csv:
        #     carrier,delay
    """
    fields = subject.fields
    workers = fields["workers"]
    if fields["split"] != "files" or fields["partition_strategy"] != "one-file-per-partition":
        return
    if workers in ("auto", 1):
        return
    from parallel_stage.lint.inputs.inspect import inspect_inputs
    from parallel_stage.wording import plural

    inspection = inspect_inputs(subject)
    if not isinstance(inspection.listing, tuple) or inspection.faults or len(inspection.listing) >= workers:
        return
    files, idle = len(inspection.listing), workers - len(inspection.listing)
    message = (
        f"workers is {workers} with one-file-per-partition: {plural(files, 'file')} would leave "
        f'{plural(idle, "worker")} idle; write "auto", or cut the files with file-chunks'
    )
    yield Finding(message, ("workers",))


@rule(Severity.INFO, "workers", "backend", since="0.1.0")
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

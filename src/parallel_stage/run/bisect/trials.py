"""Trials of parts of failed partitions, on the workers of the run, and what is written of the guilty ones."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import BackendLostError
from parallel_stage.plan.partition import ByteRange, Partition, RowGroups, describe_work
from parallel_stage.run.batching import Batches
from parallel_stage.run.bisect.halves import Halves, UncuttableError
from parallel_stage.run.bisect.search import HALVED, search
from parallel_stage.run.dispatch import Dispatch
from parallel_stage.run.storage import directory, layout
from parallel_stage.run.worker.argument import copy_work
from parallel_stage.wording import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from parallel_stage.plan.partition import Input, Work
    from parallel_stage.run.backends.protocol import Workers
    from parallel_stage.run.task import Failure, Stage, Task, TaskReceipt


class Trials:
    """Finds the guilty records of failed partitions; each trial has a run directory of its own in the scratch."""

    def __init__(
        self, stage: Stage, inputs: Mapping[str, Input], workers: Workers, note: Callable[[str], None]
    ) -> None:
        self._stage = stage
        self._inputs = inputs
        self._workers = workers
        self._note = note
        self._halves = Halves(stage.contract, stage.root, inputs)
        self._count = 0

    def guilty(self, failed: Sequence[tuple[Partition, Failure]]) -> list[dict[str, Any]]:
        """Return what is guilty in each failed partition, as the manifest has it; write the records."""
        wanted = [(partition, failure) for partition, failure in failed if failure.kind in HALVED]
        if wanted:
            self._note(f"halving {plural(len(wanted), 'failed partition')}")
        return [self._guilty(partition, failure) for partition, failure in wanted]

    def _guilty(self, partition: Partition, failure: Failure) -> dict[str, Any]:
        before, source, file, note = self._count, describe_work(partition.work), "", ""
        try:
            whole = self._halves.whole(partition.work)
            found = search(whole, failure, self._halves.halve, lambda work: self._fails(partition, work))
            if found.work == whole and found.note:
                note = found.note
            else:
                source, file = self._written(partition.index, found.work)
                failure, note = found.failure, found.note
        except UncuttableError as error:
            note = str(error)
        except BackendLostError as error:
            note = f"the search ended: {error}"
        how = {"kind": failure.kind, "type": failure.type, "message": failure.message}
        trials = self._count - before
        return {"index": partition.index, "source": source, "file": file, **how, "note": note, "trials": trials}

    def _fails(self, partition: Partition, work: Work) -> Failure | None:
        """Execute a part of a partition as if it were all of it; return how it fails."""
        failures: list[Failure] = []

        def record(_: Task, receipt: TaskReceipt) -> None:
            failures.extend(receipt.failures().values())

        where = layout.trial(self._stage.directory, self._count)
        self._count += 1
        directory.make_folders(where)
        stage = replace(self._stage, directory=where)
        tried = partition._replace(work=work)
        Dispatch(stage, self._inputs, self._workers, record, self._note).run(Batches([tried], 1))
        shutil.rmtree(where, ignore_errors=True)
        return failures[0] if failures else None

    def _written(self, index: int, work: Work) -> tuple[str, str]:
        """Write guilty work beside the run's evidence; return it in words, and the name of the file."""
        assert isinstance(work, (ByteRange, RowGroups))  # noqa: S101 -- what `whole` and `halve` return
        name = layout.guilty_name(index, work.path)
        copy_work(work, self._stage, self._stage.directory / name)
        return self._halves.place(work), name

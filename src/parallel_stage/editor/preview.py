"""The preview of a plan: how many partitions and workers, from the names and sizes of the inputs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from parallel_stage.contract.document import SIZE_LIMIT
from parallel_stage.contract.model import Contract
from parallel_stage.contract.text import Span
from parallel_stage.editor import entries
from parallel_stage.errors import ParallelStageError
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.plan import policy
from parallel_stage.plan.dialect import TEXT_KINDS, dialect_of
from parallel_stage.plan.divisible import opaque
from parallel_stage.plan.inputs import inputs_of
from parallel_stage.plan.planner import make_plan
from parallel_stage.plan.splits.sources import refuse_too_many
from parallel_stage.wording import plural

if TYPE_CHECKING:
    from parallel_stage.editor.open_document import Diagnosis, OpenDocument
    from parallel_stage.plan.partition import Input


def preview(opened: OpenDocument, diagnosis: Diagnosis) -> str:
    """Return the preview, such as `64 partitions on 8 workers`; empty where nothing would run.

    Data is not read, so the number of chunks is the one that the plan aims at: `about 64 partitions`.
    """
    if diagnosis.document is None or not is_valid(diagnosis):
        return ""
    try:
        return _counted(Contract.from_valid(diagnosis.document.data), opened.directory)
    except (ParallelStageError, OSError):
        return ""


def is_valid(diagnosis: Diagnosis) -> bool:
    """Whether a check has found no error."""
    errors = (found for found in diagnosis.found if found.severity is Severity.ERROR)
    return diagnosis.document is not None and next(errors, None) is None


def place(opened: OpenDocument) -> Span:
    """Return the span to show it at: the strategy, or else the start."""
    strategies = (each.place.key for each in entries.entries(opened) if each.route == ("partition_strategy",))
    return next(strategies, Span(0, 0))


def _counted(contract: Contract, root: str) -> str:
    inputs = inputs_of(contract, root)
    if contract.partition_by is not None:  # only the data says how many keys there are
        return ""
    if contract.split == "parameter-sweep":
        return _sweep(contract, root, inputs)
    workers = policy.requested_workers(contract.workers, policy.available_cores())
    chunked = contract.partition_strategy in policy.CHUNK_STRATEGIES
    if chunked and any(_may_be_cut(contract, root, item) for item in inputs):
        count = _aim(contract, len(inputs))
        return f"about {_said(count, min(workers, count))}"
    count = 1 if contract.split == "data-partitions" and not chunked else len(inputs)
    return _said(count, min(count, workers))


def _sweep(contract: Contract, root: str, inputs: tuple[Input, ...]) -> str:
    """Return the preview of a sweep; its grid is read where it is no larger than a contract may be."""
    if sum(item.size for item in inputs) > SIZE_LIMIT:
        return ""
    plan = make_plan(contract, root)
    return _said(plan.count, plan.effective_workers)


def _aim(contract: Contract, files: int) -> int:
    workers = policy.counted_workers(contract.workers, contract.target_partitions, policy.available_cores())
    strategy, minimum = contract.partition_strategy, contract.min_partitions_per_worker
    count = policy.partition_count(strategy, files, workers, True, contract.target_partitions, minimum)
    refuse_too_many(count, files)
    return count


def _may_be_cut(contract: Contract, root: str, item: Input) -> bool:
    """Whether a file may be cut, by its name and its first bytes, which show whether it is compressed."""
    dialect = dialect_of(item.path, contract.input_format)
    splittable = item.size > 0 and dialect.splittable and dialect.kind != "binary"
    return splittable and not opaque(os.path.join(root, item.path), is_text=dialect.kind in TEXT_KINDS)


def _said(partitions: int, workers: int) -> str:
    return f"{plural(partitions, 'partition')} on {plural(workers, 'worker')}"

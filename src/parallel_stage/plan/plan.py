"""A plan: every partition of a contract, made on demand, with an id that stays the same in another plan."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from parallel_stage.plan.dialect import dialect_of
from parallel_stage.plan.partition import Group, Parameters, Partition, copied, paths_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from parallel_stage.contract.model import Contract, PartitionBy
    from parallel_stage.plan.partition import Input, InputNote, Work

_BYTES = 8
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """All partitions of a contract, before anything runs.

    Attributes:
        contract: The contract.
        root: The absolute directory that relative paths start at.
        modules: The digests of the modules that the function needs, by name: its own, and those of the
            project that it imports, directly or not.
        source_digest: The digest of them all; empty where the function has no source.
        inputs: The files that are read, as they were.
        count: The number of partitions.
        workers: The requested workers, with "auto" resolved.
        effective_workers: How many of them can be busy at once.
        reason: Why that many partitions and workers, in a sentence.
        notes: A note about each file that might be cut, or is empty.
        warnings: What may make the result differ from that of the whole files, or the run slow; sentences.
        shares: Each partition's work with its weight, in order; can be iterated repeatedly.
        scratch: The bytes that a run writes to its scratch before the first partition starts.
    """

    contract: Contract
    root: str
    modules: Mapping[str, str]
    source_digest: str
    inputs: tuple[Input, ...]
    count: int
    workers: int
    effective_workers: int
    reason: str
    notes: tuple[InputNote, ...]
    warnings: tuple[str, ...]
    shares: Iterable[tuple[Work, int]] = field(repr=False)
    scratch: int = 0

    def partitions(self) -> Iterator[Partition]:
        """Yield the partitions, made on demand; each call yields the same ones, whatever is done to parameters."""
        identify = self._identifier()
        for index, (work, weight) in enumerate(self.shares):
            own = Parameters(copied(work.values)) if isinstance(work, Parameters) else work
            yield Partition(index, identify(work), own, weight)

    def ids(self) -> Iterator[str]:
        """Yield the ids of the partitions."""
        identify = self._identifier()
        return (identify(work) for work, _ in self.shares)

    def identified(self, ids: Iterable[str]) -> Iterator[Partition]:
        """Yield the partitions with their ids, which take longer to make than the rest; parameters stay as they are."""
        for index, ((work, weight), known) in enumerate(zip(self.shares, ids, strict=True)):
            yield Partition(index, known, work, weight)

    def _identifier(self) -> Callable[[Work], str]:
        return identifier(self.contract, self.source_digest, self.inputs)


def identifier(contract: Contract, source: str, inputs: Iterable[Input]) -> Callable[[Work], str]:
    """Return a function that gives the id of a piece of work: 16 hexadecimal digits of a BLAKE2b hash.

    The hash covers what determines the partition's result: the function and the digest of its code, the split,
    how the file is read, and the file's path, size and range, or the parameters; of a group, the table's files
    and its key, not where its records are. It leaves out the root, modification times, workers, backend, reducer
    and the place in the plan. Equal parameter sets have equal ids.
    """
    sizes = {item.path: item.size for item in inputs}
    common = _hash({"function": contract.function, "source": source, "split": contract.split})

    def described(work: Work) -> dict[str, Any]:
        if isinstance(work, Parameters):
            return {"parameters": work.values}
        return {"work": asdict(work), **read(paths_of(work))}

    def read(paths: Sequence[str]) -> dict[str, Any]:
        reading = asdict(dialect_of(paths[0], contract.input_format))
        # Whether a file may be cut decides the range, not the result.
        del reading["splittable"]
        return {"sizes": [sizes[path] for path in paths], "reading": reading}

    @cache
    def grouped(by: PartitionBy, paths: tuple[str, ...]) -> hashlib.blake2b:
        target = contract.target_partitions if by.kind == "key" else 0
        found = common.copy()
        table = {"by": asdict(by), "target": target, "paths": paths, **read(paths)}
        found.update(_CANONICAL.encode(table).encode())
        return found

    def identify(work: Work) -> str:
        if isinstance(work, Group):
            found = grouped(work.by, work.paths).copy()
            found.update(_CANONICAL.encode(work.key).encode())
        else:
            found = common.copy()
            found.update(_CANONICAL.encode(described(work)).encode())
        return found.hexdigest()

    return identify


def _hash(value: dict[str, str]) -> hashlib.blake2b:
    return hashlib.blake2b(_CANONICAL.encode(value).encode(), digest_size=_BYTES)

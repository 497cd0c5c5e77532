"""The identity of a partition: a hash of what determines its result, so that it outlives a changed plan."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from parallel_stage.plan.dialect import dialect_of
from parallel_stage.plan.partition import Parameters, WholeTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from parallel_stage.contract.model import Contract
    from parallel_stage.plan.partition import Input, Work

_BYTES = 8
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def identifier(contract: Contract, source: str, inputs: Iterable[Input]) -> Callable[[Work], str]:
    """A function that gives the id of one piece of work: 16 hexadecimal digits of a BLAKE2b hash.

    The hash is over the function and the digest of its source file, the split, how the file is read, and the
    file's path and size with the range, or the parameters. The root, modification times, workers, backend,
    reducer and the place in the plan are left out, so that they change no id. Equal parameter sets have equal ids.
    """
    sizes = {item.path: item.size for item in inputs}
    common = _hash({"function": contract.function, "source": source, "split": contract.split})

    def described(work: Work) -> dict[str, Any]:
        if isinstance(work, Parameters):
            return {"parameters": work.values}
        paths = work.paths if isinstance(work, WholeTable) else (work.path,)
        reading = asdict(dialect_of(paths[0], contract.input_format))
        # Whether a file may be cut decides the range, not what the function makes of it.
        del reading["splittable"]
        return {"work": asdict(work), "sizes": [sizes[path] for path in paths], "reading": reading}

    def identify(work: Work) -> str:
        found = common.copy()
        found.update(_CANONICAL.encode(described(work)).encode())
        return found.hexdigest()

    return identify


def _hash(value: dict[str, str]) -> hashlib.blake2b:
    return hashlib.blake2b(_CANONICAL.encode(value).encode(), digest_size=_BYTES)

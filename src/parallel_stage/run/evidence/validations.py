"""What was proved of a stage before it runs as a whole: a passed `verify`, and one partition that has run alone.

It stands in one file per stage, of the newest identity: the contract, and the code of its functions.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.function import parse
from parallel_stage.pysource.closure import code_of
from parallel_stage.run.storage.directory import HOME, hide_from_git, safe_name, write_json

if TYPE_CHECKING:
    from parallel_stage.contract.model import Contract
    from parallel_stage.plan.plan import Plan

_FIELDS = {"at", "label", "summary"}
_NOT_THE_RESULT = {"backend", "notes", "output", "threads_per_worker", "workers"}
"""Fields that say where a stage runs, and not what it makes; what is proved on one machine holds on a cluster."""


@dataclass(frozen=True, slots=True)
class Validations:
    """The validations of one identity of a stage.

    Attributes:
        path: Their file.
        identity: The digest of contract and code; empty where the code has no source, so that nothing is known.
    """

    path: Path
    identity: str

    def found(self) -> list[dict[str, str]]:
        """Return what was proved of this identity, each with `label`, `at` and `summary`; [] for a damaged file."""
        with suppress(OSError, ValueError):
            document = json.loads(self.path.read_text(encoding="utf-8"))
            if self.identity and isinstance(document, dict) and document.get("identity") == self.identity:
                found = document.get("validations")
                return [each for each in found if _is_whole(each)] if isinstance(found, list) else []
        return []

    def record(self, label: str, summary: str) -> None:
        """Keep that something was proved now; what was proved of another identity goes.

        A directory that cannot be written keeps nothing, and that is no failure of what was proved.
        """
        if not self.identity:
            return
        now = {"label": label, "at": datetime.now(timezone.utc).isoformat(), "summary": summary}
        kept = [each for each in self.found() if each["label"] != label]
        with suppress(OSError):
            hide_from_git(self.path.parent.parent)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_json(self.path, {"identity": self.identity, "validations": [*kept, now]})


def validations_of(contract: Contract, plan: Plan, search: tuple[str, ...]) -> Validations:
    """Return the validations of a stage as it is now.

    Args:
        contract: The contract, without overrides.
        plan: Its plan, which has the digest of the function's code.
        search: The directories where functions are searched.
    """
    path = Path(plan.root, HOME, "validations", f"{safe_name(contract.name)}.json")
    reduces = contract.reducer_function
    digests = [plan.source_digest, code_of(parse(reduces), search).digest if reduces else "none"]
    if not all(digests):
        return Validations(path, "")
    document = {name: value for name, value in contract.to_dict().items() if name not in _NOT_THE_RESULT}
    text = json.dumps([document, digests], sort_keys=True)
    return Validations(path, hashlib.blake2b(text.encode("ascii"), digest_size=16).hexdigest())


def _is_whole(validation: Any) -> bool:
    is_mapping = isinstance(validation, dict) and validation.keys() == _FIELDS
    return is_mapping and all(isinstance(value, str) for value in validation.values())

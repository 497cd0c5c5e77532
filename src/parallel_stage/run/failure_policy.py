"""What a run does about partitions that fail: try again, tolerate some, or stop."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parallel_stage.errors import UsageError

if TYPE_CHECKING:
    from collections import Counter

_LIMIT = re.compile(r"(?P<number>\d+)|(?P<percent>\d+(\.\d+)?|\.\d+)\s*%", re.ASCII)
_CERTAIN = 100


@dataclass(frozen=True, slots=True)
class FailurePolicy:
    """What a run does about partitions that fail.

    Attributes:
        retries: How many times a partition is tried again whose function raises.
        max_failures: How many partitions may fail and be left out of the result: a number, or a percentage of
            the plan such as "5%". An input that changed is never tolerated.
        fail_fast: Whether the run stops as soon as more have failed than that.
        bisect: Whether partitions that failed are halved at the end, down to the record that fails.

    Raises:
        UsageError: For a number below 0 a limit that is neither a number nor a percentage,
            and for `fail_fast` with `bisect`.
    """

    retries: int = 0
    max_failures: int | str = 0
    fail_fast: bool = False
    bisect: bool = False

    def __post_init__(self) -> None:
        if self.retries < 0:
            raise UsageError(f"retries must not be negative, and is {self.retries}")
        if self.fail_fast and self.bisect:
            raise UsageError("fail-fast ends the run before bisect can start", "give only one of the two")
        limit = _LIMIT.fullmatch(str(self.max_failures).strip())
        if limit is None or float(limit["percent"] or 0) > _CERTAIN:
            message = f"max-failures is {str(self.max_failures)!r}"
            raise UsageError(message, "give a number of partitions, or a percentage of them such as 5%")

    def limit(self, planned: int) -> int:
        """Return how many of the planned partitions may fail."""
        limit = _LIMIT.fullmatch(str(self.max_failures).strip())
        assert limit is not None  # noqa: S101 -- checked when it was made
        return int(limit["number"]) if limit["number"] else int(float(limit["percent"]) * planned / _CERTAIN)

    def is_broken(self, failed: Counter[str], planned: int) -> bool:
        """Whether more partitions have failed, counted by the kind of failure, than may of so many planned."""
        return bool(failed["input-changed"]) or failed.total() > self.limit(planned)

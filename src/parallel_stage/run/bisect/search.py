"""The search for what is guilty in a failed partition; how work is halved and tried is the caller's."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_stage.plan.partition import Work
    from parallel_stage.run.task import Failure

HALVED = frozenset(("function", "value", "worker-lost", "timeout"))
"""The kinds of failure that come of what the function is given."""


class Found(NamedTuple):
    """The smallest work that fails, how it fails, and what is to be said of it; empty for nothing."""

    work: Work
    failure: Failure
    note: str


def search(
    work: Work,
    failure: Failure,
    halve: Callable[[Work], tuple[Work, Work] | None],
    fails: Callable[[Work], Failure | None],
) -> Found:
    """Halve work that fails, and the half that fails, until it cannot be halved.

    Args:
        work: What fails.
        failure: How it fails.
        halve: Returns the halves of some work; None for one record.
        fails: Tries some work; returns how it fails, or None where it succeeds.

    Returns:
        What was found, after two trials a halving at most. A half that fails as the whole does goes before one that
        fails otherwise.
    """
    note = ""
    while halves := halve(work):
        half = None
        for tried in halves:
            again = fails(tried)
            if again and again.kind not in HALVED:
                return Found(work, failure, f"the search ended: {again.message}")
            if again and (half is None or _alike(again, failure)):
                half, how = tried, again
                if _alike(again, failure):
                    break
        if half is None:
            return Found(work, failure, "neither half of it fails alone")
        if not _alike(how, failure):
            note = note or f"the whole fails otherwise: {failure.type}: {failure.message}"
        work, failure = half, how
    return Found(work, failure, note)


def _alike(one: Failure, other: Failure) -> bool:
    return (one.kind, one.type, one.location) == (other.kind, other.type, other.location)

"""Which partitions two versions of a contract have in common, by their ids, with the data of now."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.model import Contract
from parallel_stage.errors import ParallelStageError
from parallel_stage.lint.revisions.consequences import Ids
from parallel_stage.plan.planner import make_plan

if TYPE_CHECKING:
    from collections.abc import Mapping

_OTHER_CODE = "other"
"""Stands for the digest of code that differs: no id with it is one with the code of now."""


def common_ids(
    old: tuple[Mapping[str, Any], str], new: tuple[Mapping[str, Any], str], search: tuple[str, ...], *, same_code: bool
) -> Ids | None:
    """Return how many partitions are in both versions, or in one.

    Args:
        old: The data of the old contract, valid, and the directory where its paths start.
        new: The same of the new one.
        search: Where the function of now is searched.
        same_code: Whether its code is the same in both.

    Returns:
        The numbers; None where one of them cannot be planned with this data.
    """
    try:
        before, after = (
            make_plan(Contract.from_valid(data), directory, search=search) for data, directory in (old, new)
        )
        if not same_code:
            before = dataclasses.replace(before, source_digest=_OTHER_CODE)
        elif old[0]["function"] == new[0]["function"]:
            before = dataclasses.replace(before, source_digest=after.source_digest)
        was, now = (Counter(each.id for each in plan.partitions()) for plan in (before, after))
    except (ParallelStageError, OSError):
        return None
    return Ids((was & now).total(), (now - was).total(), (was - now).total())

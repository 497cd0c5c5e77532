"""Our verdict is that of AGILAB's checker, but for the differences that docs/contract.md lists."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from agilab_verdicts import Verdict, verdicts

PAGE = Path(__file__).parents[2] / "docs/contract.md"


@pytest.fixture(scope="module")
def judged() -> list[Verdict]:
    """Every document with both verdicts."""
    return list(verdicts())


def test_what_agilab_rejects_is_rejected_here(judged: list[Verdict]) -> None:
    assert [verdict.text for verdict in judged if verdict.theirs is False and verdict.ours] == []


def test_there_are_documents_of_each_kind(judged: list[Verdict]) -> None:
    kinds = Counter((verdict.theirs, verdict.ours) for verdict in judged)
    assert set(kinds) == {(True, True), (True, False), (False, False), (None, False)}
    assert min(kinds.values()) > 5
    assert kinds.total() > 340


def test_the_page_lists_every_difference(judged: list[Verdict]) -> None:
    table = PAGE.read_text(encoding="utf-8").partition("<!-- verdicts")[2].partition("<!-- /verdicts")[0]
    rows = re.findall(r"\| (accepted|a traceback) \| \[([\w-]+)\]", table)
    differing = [verdict for verdict in judged if verdict.theirs is not False and not verdict.ours]
    found = {(verdict.theirs is True, error.rule) for verdict in differing for error in verdict.errors}
    assert {(theirs == "accepted", rule) for theirs, rule in rows} == found

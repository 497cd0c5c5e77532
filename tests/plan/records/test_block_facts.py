from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from parallel_stage.plan.dialect import dialect_of
from parallel_stage.plan.records.block_facts import BlockFacts, facts_of, worth_numpy
from parallel_stage.plan.records.grammar import grammar_of

if TYPE_CHECKING:
    import pytest

CSV, LINES = (grammar_of(dialect_of(name, None)) for name in ("a.csv", "a.jsonl"))


@given(st.text('a,"\n\r', min_size=1), st.sampled_from(["", "a", ",", '"', "\r", "\n"]), st.booleans(), st.booleans())
@example('"a', "a", False, True)
@example("\n", "\r", False, True)
@example('"\r\n"\r\n', "\r", True, True)
def test_numpy_finds_the_same(text: str, before: str, inside: bool, count: bool) -> None:  # noqa: FBT001
    for grammar in (CSV, LINES):
        plain, fast = (
            facts_of(grammar, count=count, numpy=numpy)(bytearray(text.encode()), before.encode())(inside)
            for numpy in (False, True)
        )
        assert plain == fast


def test_the_facts_about_a_block() -> None:
    facts = facts_of(CSV, count=True, numpy=False)(bytearray(b'a\n"b\n",c"\r\n'), b"")
    assert facts(False) == BlockFacts(quotes=3, stray=8, lines=1)
    assert facts(True) == BlockFacts(quotes=3, stray=-1, lines=2)


def test_numpy_is_for_large_files(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not worth_numpy(1 << 20)
    assert worth_numpy(1 << 30)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert not worth_numpy(1 << 30)

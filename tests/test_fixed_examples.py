"""The properties see the same examples in every run, whatever ran before."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def _drawn() -> list[str]:
    found: list[str] = []

    @settings(max_examples=300)
    @given(st.text())
    def collect(text: str) -> None:
        found.append(text)

    collect()
    return found


def test_literals_of_loaded_modules_are_not_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _drawn()
    (tmp_path / "just_loaded.py").write_text(f"WORDS = {[f'word {number}' for number in range(99)]}\n")
    monkeypatch.syspath_prepend(tmp_path)
    import just_loaded  # type: ignore[import-not-found]

    monkeypatch.setitem(sys.modules, "just_loaded", just_loaded)
    assert _drawn() == before
    assert not set(before) & set(just_loaded.WORDS)

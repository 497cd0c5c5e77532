"""What a result is called: the suffixes of the format that each reducer writes, the usual one first."""

from __future__ import annotations

SUFFIXES: dict[str, tuple[str, ...]] = {
    "collect-json": (".json",),
    "concat-jsonl": (".jsonl", ".ndjson"),
    "concat-csv": (".csv",),
    "custom": (),
}
"""By reducer; `custom` writes what it likes."""


def suffix(reducer: str) -> str:
    """The usual suffix of the reducer's result, with its dot; empty where there is none."""
    return next(iter(SUFFIXES[reducer]), "")

"""Contracts with comments in them: how they are written, checked and fixed_text by the tests of such comments."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from parallel_stage.contract import document
from parallel_stage.contract.edits import apply_edits
from parallel_stage.lint.config.model import DEFAULT, Settings
from parallel_stage.lint.engine.check_document import check_document
from parallel_stage.lint.engine.fixer import edits_of
from support import data

if TYPE_CHECKING:
    from parallel_stage.lint.diagnostic import Diagnostic

    Around = dict[str, tuple[list[str], str]]
    """The fields of a contract with the lines above them and what is behind them on their line."""

ABOUT_COMMENTS = {"unused-ignore", "unknown-rule"}
PATHS = {" = ": "parallel_stage.toml", ": ": "parallel_stage.yaml"}
"""What stands between key and value, and the name of a file where it does."""


def check(text: str, path: str = "parallel_stage.toml", settings: Settings = DEFAULT) -> list[Diagnostic]:
    """What a check of that text finds."""
    return check_document(document.parse(text.encode(), path), settings)


def messages(found: list[Diagnostic]) -> Counter[tuple[str, str]]:
    """Findings without their places, which comments move."""
    return Counter((diagnostic.rule, diagnostic.message) for diagnostic in found)


def text_of(around: Around, newline: str = "\n", between: str = " = ", **changes: Any) -> str:
    """A contract, a field a line, with lines above some fields and something behind them on their line."""
    lines = []
    for key, value in data(**changes).items():
        above, behind = around.get(key, ([], ""))
        lines += [*above, f"{key}{between}{json.dumps(value, ensure_ascii=False)}{behind}"]
    return "".join(line + newline for line in lines)


def ignore(*names: str, form: str = "ignore") -> str:
    """A comment that asks to ignore these rules."""
    return f"# parallel-stage: {form}[{', '.join(names)}]"


SINGLE = ignore("single-worker")


def fixed_text(text: str, found: list[Diagnostic], path: str = "parallel_stage.toml") -> str:
    """The text after the fixes of those findings that are about unused comments: its data is the same."""
    chosen = [diagnostic for diagnostic in found if diagnostic.rule == "unused-ignore"]
    assert all(diagnostic.fix and diagnostic.fix.safe for diagnostic in chosen)
    after = apply_edits(text, edits_of(chosen))
    assert document.parse(after.encode(), path).data == document.parse(text.encode(), path).data
    return after


# Contracts in which many rules find something, with comments at many places.
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "workers": st.sampled_from([1, 8]),
        "backend": st.sampled_from(["dask", "local"]),
        "input": st.sampled_from(["/data/*.csv", "../../../../../../data/*.csv", "data\\*.csv"]),
        "output": st.sampled_from(["/results.csv", "results/é🐍.csv", "parallel_stage.toml"]),
        "target_partitions": st.sampled_from([0, 1]),
        "partition_strategy": st.sampled_from(["one-file-per-partition", "parameter-items"]),
        "reducer": st.just("custom"),
        "name": st.just(f"🐍 {SINGLE}"),
        "x-owner": st.just(ignore("absolute-path", form="ignore-file")),
    },
)
_NAMES = st.sampled_from(
    [
        *("single-worker", "dask-single-worker", "local-ignores-workers", "absolute-path", "backslash-path"),
        *("escapes-project", "output-suffix", "target-ignored", "chunks-without-target", "custom-without-notes"),
        *("strategy-mismatch", "unused-ignore", "unknown-rule", "duplicate-output", "wrong-type", "no-such-rule"),
    ]
)
_IGNORES = st.builds(
    lambda names, form, reason: ignore(*names, form=form) + reason,
    st.lists(_NAMES, min_size=1, max_size=4),
    st.sampled_from(["ignore", "ignore", "ignore-file"]),
    st.sampled_from(["", " é🐍 why"]),
)
_ABOVE = st.lists(_IGNORES | st.sampled_from(["", "# é🐍", "  "]), max_size=3)
_BEHIND = st.just("") | _IGNORES.map("  {}".format)
AROUND = st.dictionaries(st.sampled_from([*data()]), st.tuples(_ABOVE, _BEHIND), max_size=4)
BETWEEN = st.sampled_from([*PATHS])
NEWLINES = st.sampled_from(["\n", "\r\n"])

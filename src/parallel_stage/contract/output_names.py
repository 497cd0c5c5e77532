"""What a result is called: the suffixes of the format that each reducer writes, and an output that is the contract."""

from __future__ import annotations

import os

SUFFIXES: dict[str, tuple[str, ...]] = {
    "collect-json": (".json",),
    "concat-jsonl": (".jsonl", ".ndjson"),
    "concat-csv": (".csv",),
    "custom": (),
}
"""By reducer, the usual one first; `custom` writes what it likes."""


def suffix(reducer: str) -> str:
    """The usual suffix of the reducer's result, with its dot; empty where there is none."""
    return next(iter(SUFFIXES[reducer]), "")


def names_contract(output: str, contract: str, root: str) -> bool:
    """Whether an output names the contract file, whose absolute path is `contract`; nothing is looked up.

    It does as a path from the root, and as the path that the contract was written to: AGILAB's generator has one
    option for both, and its `--output stages/a.toml` writes the output `stages/a.toml` into `stages/a.toml`.
    """
    if os.path.basename(output) != os.path.basename(contract):
        return False
    written = os.path.normpath(output)
    return os.path.normpath(os.path.join(root, written)) == contract or contract.endswith(os.sep + written)

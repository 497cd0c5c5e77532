"""Names of results: the suffixes that each reducer writes, and outputs that name the contract itself."""

from __future__ import annotations

import os

SUFFIXES: dict[str, tuple[str, ...]] = {
    "collect-json": (".json",),
    "concat-jsonl": (".jsonl", ".ndjson"),
    "concat-csv": (".csv",),
    "custom": (),
}
"""The suffixes of each reducer's result, the usual one first; `custom` writes any format."""


def suffix(reducer: str) -> str:
    """Return the usual suffix of a reducer's result, with its dot; empty where there is none."""
    return next(iter(SUFFIXES[reducer]), "")


def names_contract(output: str, contract: str, root: str) -> bool:
    """Whether an output names the contract file, whose absolute path is `contract`; the disk is not read.

    An output may name it relative to the root, or as the path that the contract was written to: AGILAB's
    generator has one option for both, and `--output stages/a.toml` writes the output `stages/a.toml` into
    `stages/a.toml`.
    """
    if os.path.basename(output) != os.path.basename(contract):
        return False
    written = os.path.normpath(output)
    return os.path.normpath(os.path.join(root, written)) == contract or contract.endswith(os.sep + written)

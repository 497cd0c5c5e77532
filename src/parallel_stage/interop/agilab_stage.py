"""A contract as a stage of AGILAB's WORKFLOW page: the table that `lab_stages.toml` and its notebooks hold.

Fields: AGILAB, src/agilab/workflow/workflow_validation.py, and what its stage editor writes.
"""

from __future__ import annotations

import ast
import os
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.contract.output_names import names_contract

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from parallel_stage.contract.model import Contract

KIND = "parallel-stage"
CONTRACT = "contract"
"""The key of a stage that holds the text of its contract, so that a copy of the stage brings it along."""

_CODE = """\
from parallel_stage import run_stage

if __name__ != "__mp_main__":  # worker processes import this script again
    print(run_stage({path!r}).result)
"""


class Source(NamedTuple):
    """A contract that becomes a stage.

    Attributes:
        contract: The contract, which is valid.
        text: The text of its file.
        path: The file.
    """

    contract: Contract
    text: str
    path: str


def stage_of(source: Source, directory: str) -> dict[str, Any]:
    """Return the stage that runs a contract.

    Its code calls `run_stage`: AGILAB's strict validation refuses code that starts processes by itself.

    Args:
        source: The contract.
        directory: Where AGILAB runs the stage: that of its `lab_stages.toml`. Paths in the stage start there.
    """
    contract, path = source.contract, os.path.abspath(source.path)
    root = os.path.dirname(path)
    reference = _from(directory, path)
    own = names_contract(contract.output, path, root)  # then the result stays in the run directory
    task = f"{contract.function} over {contract.input}"
    return {
        "id": contract.name,
        "label": contract.name,
        "kind": KIND,
        "D": contract.notes or f"Parallel stage {contract.name}",
        "Q": f"Run {task}, and reduce by {contract.reducer}.",
        "M": "",
        "R": "runpy",
        "E": "",
        "NB_RUNTIME_ROLE": "manager",
        "depends_on": [],
        "consumes": [_from(directory, os.path.join(root, contract.input)), reference],
        "produces": [] if own else [_from(directory, os.path.join(root, contract.output))],
        "C": _CODE.format(path=reference),
        CONTRACT: source.text,
    }


def depends_on(stage: Mapping[str, Any], before: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the ids of those stages before it that produce what a stage consumes; later ones come too late."""
    return [
        str(other["id"])
        for other in before
        if other.get("id") not in (None, "", stage["id"])
        and any(fnmatch(made, wanted) for made in texts(other.get("produces")) for wanted in stage["consumes"])
    ]


def texts(value: Any) -> list[str]:
    """Return a text, or the texts of a list, as AGILAB reads `produces` and `consumes`."""
    found = value if isinstance(value, list) else [value]
    return [each for each in found if isinstance(each, str) and each.strip()]


def contract_path(code: str) -> str | None:
    """Return the contract that a stage's code runs: the text in its only call of `run_stage`; else None."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # what ast raises for text of any kind
        return None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) == "run_stage"]
    first = calls[0].args[0] if len(calls) == 1 and calls[0].args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _from(directory: str, path: str) -> str:
    """Return a path from a directory, with `/`; an absolute one where there is no way, as between drives."""
    try:
        found = os.path.relpath(path, directory)
    except ValueError:
        found = os.path.abspath(path)
    return found.replace(os.sep, "/")

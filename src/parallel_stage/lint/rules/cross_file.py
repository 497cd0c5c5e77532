"""Rules across files: what several contracts, checked together, must not share."""

from __future__ import annotations

import os

from parallel_stage.contract import project
from parallel_stage.contract.output_names import names_contract
from parallel_stage.light_typing import TYPE_CHECKING, NamedTuple
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from parallel_stage.contract.document import Document

DUPLICATE_OUTPUT = Rule(
    "duplicate-output",
    Severity.ERROR,
    """
Two contracts write one result.

The last run replaces the result of the other. The rule needs both contracts in one command, as with
`parallel-stage check .` and the hook `parallel-stage-check-all`; it reports every contract but the first.
Ignore it where only one of them is ever run.
""",
    since="0.1.0",
    compares=True,
)
DUPLICATE_NAME = Rule(
    "duplicate-name",
    Severity.WARNING,
    """
Two contracts of one project share a name.

Run directories go by the name, so the runs of both are in one place, and reports cannot distinguish them. A
project is what is below the nearest `pyproject.toml` or `.git`. Ignore it where the contracts are variants of
one stage.
""",
    since="0.1.0",
    compares=True,
)
RULES = (DUPLICATE_OUTPUT, DUPLICATE_NAME)


class OutputClaim(NamedTuple):
    """The name and output that a contract has for itself.

    Attributes:
        path: The contract, as the caller named it.
        name: Its name; empty where it has none.
        output: The absolute path of its result; empty where there is none, or it is the contract itself.
    """

    path: str
    name: str
    output: str


def output_claim(document: Document, root: str = "") -> OutputClaim:
    """Return the claim of a document, whatever other problems it has.

    Its output starts at `root`, or in the document's own directory.
    """
    data = document.data if isinstance(document.data, dict) else {}
    name, output = (value if isinstance(value, str) else "" for value in (data.get("name"), data.get("output")))
    own, base = os.path.split(document.path)
    directory = root or own
    # Only an output with the file name of the contract can be the contract.
    if os.path.basename(output) == base and names_contract(
        output, os.path.abspath(document.path), os.path.abspath(directory)
    ):
        output = ""
    return OutputClaim(document.path, name, os.path.abspath(os.path.join(directory, output)) if output.strip() else "")


def duplicates(claims: Iterable[OutputClaim]) -> Iterator[tuple[str, Rule, Finding]]:
    """Yield a finding for each contract but the first that has the output or name of another, by path."""
    claims = list(claims)
    for first, other in _clashes((each.output, each) for each in claims if each.output):
        message = f'output is "{_from(other)}", which {first.path} writes too; write to another place'
        yield other.path, DUPLICATE_OUTPUT, Finding(message, ("output",))
    # Only contracts that share a name need a search for their project.
    named = _shared((each.name, each) for each in claims if each.name.strip())
    for first, other in _clashes(((each.name, _project(each)), each) for each in named):
        message = f'name is "{other.name}", which {first.path} has too; give each stage a name of its own'
        yield other.path, DUPLICATE_NAME, Finding(message, ("name",))


def _clashes(claimed: Iterable[tuple[Hashable, OutputClaim]]) -> Iterator[tuple[OutputClaim, OutputClaim]]:
    """Yield the first claim of the same thing with each other one, in the order of their paths."""
    claimants: dict[Hashable, list[OutputClaim]] = {}
    for thing, claim in claimed:
        claimants.setdefault(thing, []).append(claim)
    for rivals in claimants.values():
        if len(rivals) > 1:
            first, *others = _files(sorted(rivals, key=lambda claim: os.path.abspath(claim.path)))
            yield from ((first, other) for other in others)


def _files(claims: Iterable[OutputClaim]) -> list[OutputClaim]:
    """Return the first claim of each file, which links may give several names."""
    found: dict[str, OutputClaim] = {}
    for claim in claims:
        found.setdefault(os.path.realpath(claim.path), claim)
    return [*found.values()]


def _shared(claimed: Iterable[tuple[Hashable, OutputClaim]]) -> list[OutputClaim]:
    """Return the claims of things that another contract claims, too."""
    return list(dict.fromkeys(claim for pair in _clashes(claimed) for claim in pair))


def _project(claim: OutputClaim) -> str:
    return project.root(os.path.dirname(os.path.abspath(claim.path)), project.PACKAGE, project.REPOSITORY)


def _from(claim: OutputClaim) -> str:
    """Return the output, relative to the contract."""
    return os.path.relpath(claim.output, os.path.dirname(os.path.abspath(claim.path))).replace(os.sep, "/")

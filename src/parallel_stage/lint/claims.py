"""What contracts want for themselves, and where several want the same."""

# Annotations are evaluated here, as in `contract.spans`.
import os
from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

from parallel_stage.contract.document import Document
from parallel_stage.contract.function import project_root
from parallel_stage.contract.results import names_contract
from parallel_stage.lint.rules import RULES, Finding, Rule


class Claim(NamedTuple):
    """What a contract wants for itself.

    Attributes:
        path: The contract, as the caller named it.
        name: Its name; empty where it has none.
        output: The absolute path of its result; empty where there is none, or it is the contract itself.
    """

    path: str
    name: str
    output: str


def claim(document: Document) -> Claim:
    """What a document claims, whatever else is wrong with it."""
    data, path = document.data, os.path.abspath(document.path)
    name, output = (data.get(key) if isinstance(data, dict) else None for key in ("name", "output"))
    if not isinstance(output, str) or not output.strip() or names_contract(output, path, os.path.dirname(path)):
        output = ""
    result = os.path.normpath(os.path.join(os.path.dirname(path), output)) if output else ""
    return Claim(document.path, name if isinstance(name, str) else "", result)


def duplicates(claims: Iterable[Claim]) -> Iterator[tuple[str, Rule, Finding]]:
    """What several contracts claim: the paths of all but the first of them, in the order of their paths."""
    ordered = sorted(claims, key=lambda claim: os.path.abspath(claim.path))
    for first, other in _clashes([(each.output, each) for each in ordered if each.output]):
        message = f'output is "{_from(other)}", which {first.path} writes too; write to another place'
        yield other.path, RULES["duplicate-output"], Finding(message, ("output",))
    shared = {other.name for _, other in _clashes([(each.name, each) for each in ordered if each.name.strip()])}
    # Only what shares its name is worth looking for its project.
    for first, other in _clashes([((each.name, _project(each)), each) for each in ordered if each.name in shared]):
        message = f'name is "{other.name}", which {first.path} has too; give each stage a name of its own'
        yield other.path, RULES["duplicate-name"], Finding(message, ("name",))


def _clashes(claimed: list[tuple[Hashable, Claim]]) -> Iterator[tuple[Claim, Claim]]:
    """The first claim of the same thing, and a later one."""
    firsts: dict[Hashable, Claim] = {}
    for thing, claim in claimed:
        first = firsts.setdefault(thing, claim)
        if first is not claim:
            yield first, claim


def _project(claim: Claim) -> str:
    return project_root(os.path.dirname(os.path.abspath(claim.path)), "pyproject.toml", ".git")


def _from(claim: Claim) -> str:
    """The output as seen from the contract."""
    return os.path.relpath(claim.output, os.path.dirname(os.path.abspath(claim.path))).replace(os.sep, "/")

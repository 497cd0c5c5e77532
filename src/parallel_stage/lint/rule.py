"""Rules: what one is, what it gets, and what it yields."""

from __future__ import annotations

from parallel_stage.contract.function import search_from
from parallel_stage.contract.output_names import names_contract
from parallel_stage.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, TypeAlias

    from parallel_stage.contract.problem import Change
    from parallel_stage.contract.text import Route
    from parallel_stage.lint.diagnostic import Severity

    Resolutions: TypeAlias = dict[tuple[Any, ...], Any]
    """Each reference to a function, with the directories that decide where it is searched, and its
    `pysource.definition.Resolution`; each rule that reads source, with these and its fields' values, and its findings.

    Contracts of one directory share them.
    """


class Subject(NamedTuple):
    """The contract that a rule checks.

    Attributes:
        fields: The contract's data. The rule's own fields are valid by the schema, or optional and absent;
            the others may be anything.
        path: The contract file, absolute.
        directory: The absolute directory where the contract's relative paths start; by default its own.
        search: Absolute directories where functions are searched, after the contract's own.
        inputs: Whether rules may read the contract's data.
        cache: Facts that a rule has computed in this check, for the rules after it.
        resolutions: The resolved functions and what rules find in their source, for all contracts of a command.
    """

    fields: Mapping[str, Any]
    path: str
    directory: str
    search: tuple[str, ...]
    inputs: bool
    cache: dict[str, Any]
    resolutions: Resolutions

    @property
    def roots(self) -> tuple[str, ...]:
        """The directories where functions are searched, as in a run."""
        return search_from(self.directory, self.path, self.search)

    def is_contract(self, path: str) -> bool:
        """Whether a path of the contract names the contract file itself."""
        return names_contract(path, self.path, self.directory)


class Finding(NamedTuple):
    """A finding of a rule: the message, and the value (or key) that it is about.

    The engine adds the rule's id, the position, and the rule's severity unless the finding has its own.
    """

    message: str
    route: Route
    on_key: bool = False
    severity: Severity | None = None
    change: Change | None = None


class Rule(NamedTuple):
    """One rule.

    Attributes:
        id: In kebab-case; the same in suppressions, documentation and reports.
        severity: The severity of its findings, unless they have their own.
        text: Its documentation, indented as in the source.
        fields: The contract fields that it uses; it does not run where one of them breaks the schema.
        check: Yields its findings; None for a rule whose findings the engine makes.
        since: The version of the package that it came with.
        can_disable: False for schema rules: a file that breaks one is not a contract.
        reads_source: Whether it reads the source of functions.
        reads_data: Whether it reads the contract's inputs, and so runs only with `--inputs`.
        compares: Whether it compares contracts that are checked together.
        needs_revision: Whether it compares a contract with another version of it, and so runs only there.
        opt_in: Whether it runs only where it is selected or given a severity.
    """

    id: str
    severity: Severity
    text: str
    fields: tuple[str, ...] = ()
    check: Callable[[Subject], Iterator[Finding]] | None = None
    since: str = ""
    can_disable: bool = True
    reads_source: bool = False
    reads_data: bool = False
    compares: bool = False
    needs_revision: bool = False
    opt_in: bool = False

    @property
    def docs(self) -> str:
        """The documentation; its indentation is removed only here, since a check does not need it."""
        return _dedented(self.text)

    @property
    def summary(self) -> str:
        """The first line of the documentation."""
        return self.docs.partition("\n")[0]

    @property
    def looks_at(self) -> tuple[str, ...]:
        """What it looks at: the contract's text alone, or beyond it source, data, other contracts, a former version."""
        beyond = {"source": self.reads_source, "data": self.reads_data, "other contracts": self.compares}
        beyond["another version"] = self.needs_revision
        return tuple(name for name, does in beyond.items() if does) or ("text",)

    @property
    def fixes(self) -> tuple[str, ...]:
        """The kinds of fixes that it offers, by the paragraph `Fix:` of its documentation: safe, unsafe."""
        text = self.docs.partition("\nFix:")[2].partition("\n\n")[0]
        kinds = {"safe": "`--fix` ", "unsafe": "`--fix --unsafe-fixes` "}
        return tuple(kind for kind, option in kinds.items() if option in text)

    @property
    def facts(self) -> dict[str, Any]:
        """Its facts as data, by their names in lists and pages."""
        return {
            "severity": self.severity.value,
            "since": self.since,
            "looks_at": list(self.looks_at),
            "fixes": list(self.fixes),
            "fields": list(self.fields),
            "opt_in": self.opt_in,
        }


def rule(
    severity: Severity, *fields: str, since: str, reads_source: bool = False, reads_data: bool = False
) -> Callable[[Callable[[Subject], Iterator[Finding]]], Rule]:
    """Make a rule of a generator function: its name is the id, its docstring the documentation."""

    def decorate(function: Callable[[Subject], Iterator[Finding]]) -> Rule:
        identifier = function.__name__.replace("_", "-")
        text = function.__doc__ or ""
        return Rule(
            identifier, severity, text, fields, function, since, reads_source=reads_source, reads_data=reads_data
        )

    return decorate


def _dedented(docstring: str) -> str:
    """Return a docstring without its indentation, like `inspect.cleandoc`, without importing inspect."""
    first, *rest = docstring.strip().split("\n")
    # From Python 3.13 on the compiler has removed it.
    margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return "\n".join([first, *(line[margin:] for line in rest)])

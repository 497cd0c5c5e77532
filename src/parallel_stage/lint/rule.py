"""What a rule is, what it is given, and what it yields."""

# No postponed annotations: a NamedTuple would compile each string annotation at import.
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from parallel_stage.contract.output_names import names_contract
from parallel_stage.contract.text import Route
from parallel_stage.lint.diagnostic import Severity

if TYPE_CHECKING:
    from parallel_stage.contract.problem import Change


Resolutions: TypeAlias = dict[tuple[str, str, tuple[str, ...]], Any]
"""What a reference resolves to in a directory with some search roots: a `pysource.definition.Resolution`."""


class Subject(NamedTuple):
    """What a rule looks at.

    Attributes:
        fields: The contract's data. The fields that a rule says it reads have the right shape, or are
            optional and absent; nothing is known of the others.
        path: The contract file, absolute.
        directory: The contract's absolute directory, where its relative paths start.
        search: Absolute directories where functions are searched, after the contract's own.
        inputs: Whether rules may read the contract's data.
        cache: What a rule has computed in this check, for the rules after it.
        resolutions: What function references name, for all contracts of a command.
    """

    fields: Mapping[str, Any]
    path: str
    directory: str
    search: tuple[str, ...]
    inputs: bool
    cache: dict[str, Any]
    resolutions: "Resolutions"

    def is_contract(self, path: str) -> bool:
        """Whether a path of the contract names the contract file itself."""
        return names_contract(path, self.path, self.directory)


class Finding(NamedTuple):
    """What a rule found: the words, and the value (or key) they are about.

    The engine adds the rule's id, the place in the text, and the rule's severity unless the finding has its
    own.
    """

    message: str
    route: Route
    on_key: bool = False
    severity: Severity | None = None
    change: "Change | None" = None


class Rule(NamedTuple):
    """One rule.

    Attributes:
        id: Kebab-case, and the same everywhere: suppressions, documentation, reports.
        severity: What its findings are unless they say otherwise.
        text: The rule's documentation, indented as it stands in the source.
        fields: The contract fields it looks at; it is not asked about a contract where one of them is
            misshapen.
        check: What yields its findings; None where something else than a contract's data is looked at.
        can_disable: False where a file that breaks it is no contract, which nothing can excuse.
        reads_data: Whether it looks at the contract's inputs, and is asked only where that is wanted.
        opt_in: Whether it is asked only where somebody selects it, or says how severe it is.
    """

    id: str
    severity: Severity
    text: str
    fields: tuple[str, ...] = ()
    check: Callable[[Subject], Iterator[Finding]] | None = None
    can_disable: bool = True
    reads_data: bool = False
    opt_in: bool = False

    @property
    def docs(self) -> str:
        """The rule's documentation; without its indentation only here, since a check has no time for it."""
        return _dedented(self.text)

    @property
    def summary(self) -> str:
        """The page's first line."""
        return self.docs.partition("\n")[0]


def rule(
    severity: Severity, *fields: str, reads_data: bool = False
) -> Callable[[Callable[[Subject], Iterator[Finding]]], Rule]:
    """Make a generator function a rule: its name gives the id, its docstring the page."""

    def decorate(function: Callable[[Subject], Iterator[Finding]]) -> Rule:
        identifier = function.__name__.replace("_", "-")
        return Rule(identifier, severity, function.__doc__ or "", fields, function, reads_data=reads_data)

    return decorate


def documented_rule(
    identifier: str, severity: Severity, text: str, *, can_disable: bool = True, opt_in: bool = False
) -> Rule:
    """A rule whose findings come from elsewhere, with its page."""
    return Rule(identifier, severity, text, can_disable=can_disable, opt_in=opt_in)


def _dedented(docstring: str) -> str:
    """A docstring without the indentation of its function (`inspect.cleandoc`, without importing inspect)."""
    first, *rest = docstring.strip().split("\n")
    # From Python 3.13 on the compiler has taken it off already.
    margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return "\n".join([first, *(line[margin:] for line in rest)])

"""Configurations: which file holds for a contract, and what is in force there once the command line has had its say.

Light, since every check comes through here; what a file says is read in `configuration_file`, where there is one.
"""

# Annotations are evaluated here, as in `contract.text`.
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.contract.document import Document
from parallel_stage.contract.text import Route
from parallel_stage.lint.diagnostics import Severity
from parallel_stage.lint.settings import DEFAULT, Settings

if TYPE_CHECKING:
    from parallel_stage.lint.diagnostics import Diagnostic

OWN_FILE, PROJECT_FILE = ".parallel-stage.toml", "pyproject.toml"
"""What may hold a configuration; in one directory the first of them wins."""
TABLE = ("tool", "parallel-stage")
"""Where a configuration stands in `pyproject.toml`."""


class Configuration(NamedTuple):
    """What one file says.

    Attributes:
        path: The absolute path of the file; empty for no file.
        directory: Its absolute directory, where patterns and paths start.
        data: What is written there, in the shape of the schema.
        document: The file as it was read.
        table: The route to the configuration in the document.
    """

    path: str = ""
    directory: str = ""
    data: Mapping[str, Any] = {}
    document: Document | None = None
    table: Route = ()

    def matches(self, patterns: Sequence[str], path: str) -> bool:
        """Whether patterns of this file match a path below its directory; that of a directory ends in a slash."""
        from parallel_stage.lint.configuration_file import spec

        relative = os.path.relpath(path, self.directory).replace(os.sep, "/")
        return spec(tuple(patterns)).match_file(f"{relative}/" if path.endswith(os.sep) else relative)

    def ignores(self, path: str) -> dict[str, list[str]]:
        """What `per-file-ignores` says of a contract: the patterns that match it, each with its rules."""
        table: Mapping[str, list[str]] = self.data.get("per-file-ignores", {})
        return {pattern: rules for pattern, rules in table.items() if self.matches([pattern], path)}


NONE = Configuration()
"""Where no file says anything."""


class Overrides(NamedTuple):
    """What the command line says.

    Attributes:
        select: The only rules to ask, instead of those that a configuration selects; empty for those.
        ignore: Rules not to ask, besides those that it ignores.
        severity: Of rules, before what it says.
        strict: Whether warnings count as errors, also where it does not say so.
        check_inputs: Whether to ask the rules that look at data, also where it does not say so.
        baseline: A path from the current directory, instead of its own baseline; empty for that.
        isolated: Whether configurations are passed over.
    """

    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    severity: Mapping[str, Severity] = {}
    strict: bool = False
    check_inputs: bool = False
    baseline: str = ""
    isolated: bool = False


AS_CONFIGURED = Overrides()
"""Where the command line says nothing."""


class Configurations:
    """What holds for the contracts of one command. Each file is read once: a later command needs its own.

    Every method raises UsageError where a configuration cannot be read, or breaks its schema.
    """

    def __init__(self, overrides: Overrides = AS_CONFIGURED) -> None:
        self._overrides = overrides
        self._nearest: dict[str, Configuration] = {}
        self._settings: dict[str, Settings] = {}

    def nearest(self, directory: str) -> Configuration:
        """The configuration of the nearest directory, from this one upwards, that has one; else `NONE`."""
        if self._overrides.isolated:
            return NONE
        known = self._nearest.get(directory)
        if known is not None:  # files come in hundreds a directory
            return known
        passed, directory = [directory], os.path.abspath(directory)
        found = self._nearest.get(directory)
        while found is None:
            passed.append(directory)
            parent = os.path.dirname(directory)
            found = _here(directory) or self._nearest.get(parent) or (NONE if parent == directory else None)
            directory = parent
        self._nearest.update(dict.fromkeys(passed, found))
        return found

    def settings_for(self, path: str) -> Settings:
        """What is in force for a contract."""
        configuration = self.nearest(os.path.dirname(path))
        settings = self._settings.get(configuration.path)
        if settings is None:
            settings = self._settings[configuration.path] = _settings(configuration, self._overrides)
        ignored = configuration.ignores(path).values()
        return settings._replace(ignore=settings.ignore.union(*ignored)) if ignored else settings

    def excluded(self, path: str) -> bool:
        """Whether a contract, or whatever is in a directory whose path ends in a slash, is not to be checked."""
        configuration = self.nearest(os.path.dirname(path))
        patterns: Sequence[str] = configuration.data.get("exclude", ())
        return bool(patterns) and configuration.matches(patterns, path)

    def complaints(self) -> "list[Diagnostic]":
        """What is to be said about the rules that the files met so far name, unless they ignore `unknown-rule`."""
        met = {configuration.path: configuration for configuration in self._nearest.values() if configuration.path}
        if not met:
            return []
        from parallel_stage.lint.configuration_file import complaints

        return [found for path in sorted(met) for found in complaints(met[path], self.settings_for(path))]


def _here(directory: str) -> Configuration | None:
    """The configuration that stands in a directory itself."""
    for name in (OWN_FILE, PROJECT_FILE):
        path = os.path.join(directory, name)
        if os.path.isfile(path) and (name == OWN_FILE or _may_hold_one(path)):
            from parallel_stage.lint.configuration_file import read

            found = read(path)
            if found:
                return found
    return None


def _may_hold_one(path: str) -> bool:
    """Whether a `pyproject.toml` is worth parsing: most say nothing of this tool."""
    try:
        with open(path, "rb") as file:
            return TABLE[-1].encode() in file.read()
    except OSError:  # which the reader will explain
        return True


def _settings(configuration: Configuration, overrides: Overrides) -> Settings:
    from parallel_stage.lint.rules import RULES

    data, directory = configuration.data, configuration.directory
    severity = {name: Severity(text) for name, text in data.get("severity", {}).items()}
    optional = {name: value for name, value in severity.items() if name in RULES and RULES[name].optional}
    baseline = os.path.abspath(overrides.baseline) if overrides.baseline else data.get("baseline", DEFAULT.baseline)
    return Settings(
        select=overrides.select or frozenset(data.get("select", DEFAULT.select)),
        ignore=overrides.ignore.union(data.get("ignore", DEFAULT.ignore)),
        severity={**optional, **overrides.severity},
        strict=overrides.strict or data.get("strict", DEFAULT.strict),
        check_inputs=overrides.check_inputs or data.get("check-inputs", DEFAULT.check_inputs),
        search_roots=tuple(
            os.path.normpath(os.path.join(directory, root)) for root in data.get("search-roots", DEFAULT.search_roots)
        ),
        baseline=os.path.normpath(os.path.join(directory, baseline)) if baseline else "",
    )

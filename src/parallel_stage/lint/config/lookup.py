"""Find the configuration of a contract, and combine it with the command line into the contract's settings.

Every check uses this module, so it loads `config.file` only where there is a file.
"""

from __future__ import annotations

import os

from parallel_stage.contract import formats, regular_file
from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.lint.config.model import (
    DEFAULT,
    NO_CONFIGURATION,
    NO_OVERRIDES,
    NOT_IN_MARKDOWN,
    OWN_FILE,
    PROJECT_FILE,
    TABLE,
    Configuration,
    Overrides,
    Settings,
)
from parallel_stage.lint.diagnostic import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_stage.lint.diagnostic import Diagnostic


class Configurations:
    """The configurations and settings of one command's contracts; each file is read once.

    Every method raises UsageError where a configuration cannot be read, or breaks its schema.
    """

    def __init__(self, overrides: Overrides = NO_OVERRIDES) -> None:
        self._overrides = overrides
        self._nearest: dict[str, Configuration] = {}
        self._settings: dict[str, Settings] = {}

    def nearest(self, directory: str) -> Configuration:
        """Return the configuration of the nearest directory, from this one upwards.

        Else `NO_CONFIGURATION`.
        """
        if self._overrides.isolated:
            return NO_CONFIGURATION
        known = self._nearest.get(directory)
        if known is not None:  # files come in hundreds a directory
            return known
        passed, directory = [directory], os.path.abspath(directory)
        found = self._nearest.get(directory)
        while found is None:
            passed.append(directory)
            parent = os.path.dirname(directory)
            found = _here(directory) or self._nearest.get(parent) or (NO_CONFIGURATION if parent == directory else None)
            directory = parent
        self._nearest.update(dict.fromkeys(passed, found))
        return found

    def settings_for(self, path: str) -> Settings:
        """Return the settings of a contract, or of the contracts in a Markdown file."""
        configuration = self.nearest(os.path.dirname(path))
        settings = self._settings.get(configuration.path)
        if settings is None:
            settings = self._settings[configuration.path] = _settings(configuration, self._overrides)
        ignored: Iterable[Iterable[str]] = configuration.ignores(path).values()
        if formats.is_markdown(path):
            ignored = [*ignored, NOT_IN_MARKDOWN]
        return settings._replace(ignore=settings.ignore.union(*ignored)) if ignored else settings

    def excluded(self, path: str) -> bool:
        """Whether a contract, or everything in a directory (its path ends in a slash), is excluded."""
        configuration = self.nearest(os.path.dirname(path))
        patterns: Sequence[str] = configuration.data.get("exclude", ())
        return bool(patterns) and configuration.matches(patterns, path)

    def searches_markdown(self, path: str) -> bool:
        """Whether contracts are searched in a Markdown file that is found in a directory."""
        if self._overrides.markdown is not None:
            return self._overrides.markdown
        return bool(self.nearest(os.path.dirname(path)).data.get("markdown"))

    def unknown_rule_names(self) -> list[Diagnostic]:
        """Return the unknown rule names in all files read so far, unless they ignore `unknown-rule`."""
        met = {configuration.path: configuration for configuration in self._nearest.values() if configuration.path}
        if not met:
            return []
        from parallel_stage.lint.config.file import unknown_rule_names

        return [found for path in sorted(met) for found in unknown_rule_names(met[path], self.settings_for(path))]


def _here(directory: str) -> Configuration | None:
    """Return the configuration in the directory itself."""
    for name in (OWN_FILE, PROJECT_FILE):
        path = os.path.join(directory, name)
        if os.path.isfile(path) and (name == OWN_FILE or _may_hold_one(path)):
            from parallel_stage.lint.config.file import read

            found = read(path)
            if found:
                return found
    return None


def _may_hold_one(path: str) -> bool:
    """Whether a `pyproject.toml` may configure this tool; most do not, and are not parsed."""
    try:
        return TABLE[-1].encode() in regular_file.read(path)
    except OSError:  # reading it again gives the error
        return True


def _settings(configuration: Configuration, overrides: Overrides) -> Settings:
    from parallel_stage.lint.rules import RULES

    data, directory = configuration.data, configuration.directory
    severity = {name: Severity(text) for name, text in data.get("severity", {}).items()}
    optional = {name: value for name, value in severity.items() if name in RULES and RULES[name].can_disable}
    baseline = os.path.abspath(overrides.baseline) if overrides.baseline else data.get("baseline", DEFAULT.baseline)
    return Settings(
        select=overrides.select or frozenset(data.get("select", DEFAULT.select)),
        ignore=overrides.ignore.union(data.get("ignore", DEFAULT.ignore)),
        severity={**optional, **overrides.severity},
        strict=overrides.strict or data.get("strict", DEFAULT.strict),
        check_inputs=data.get("check-inputs", DEFAULT.check_inputs)
        if overrides.check_inputs is None
        else overrides.check_inputs,
        root=os.path.abspath(overrides.root) if overrides.root else "",
        search_roots=tuple(
            os.path.normpath(os.path.join(directory, root)) for root in data.get("search-roots", DEFAULT.search_roots)
        ),
        baseline=os.path.normpath(os.path.join(directory, baseline)) if baseline else "",
    )

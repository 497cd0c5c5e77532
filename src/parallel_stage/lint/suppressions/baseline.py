"""Baselines: a file of old findings, so that a check reports only new ones.

An entry has the rule, file, route and value of a finding, not its line.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.contract import document as documents
from parallel_stage.contract import project
from parallel_stage.contract import write as writing
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.contract.validation import violations
from parallel_stage.errors import UsageError
from parallel_stage.lint.config.file import relative_path
from parallel_stage.lint.locate import diagnostic_at
from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from parallel_stage.contract.document import Document
    from parallel_stage.lint.config.model import Settings
    from parallel_stage.lint.diagnostic import Diagnostic

SCHEMA = "agilab.parallel_stage.baseline.v1"
DEFAULT_NAME = ".parallel-stage-baseline.json"
_STALE = RULES["stale-baseline"]


class Entry(NamedTuple):
    """A finding in a baseline: `path` is absolute, `route` and `value` are JSON."""

    path: str
    rule: str
    route: str
    value: str

    @classmethod
    def of(cls, found: Diagnostic) -> Entry:
        """Return the entry of a finding."""
        return cls(os.path.abspath(found.path), found.rule, json.dumps(found.route), found.value)


class Baseline:
    """The entries of one file; it records which of them occur again.

    Attributes:
        path: The file, as the caller named it.
    """

    def __init__(self, document: Document) -> None:
        self.path = document.path
        self._document = document
        self._entries = {
            _entry(os.path.dirname(os.path.abspath(self.path)), each): index
            for index, each in enumerate(document.data["findings"])
        }
        self._met: set[Entry] = set()

    def new(self, found: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Return the findings that have no entry."""
        entries = [(Entry.of(each), each) for each in found]
        self._met.update(entry for entry, _ in entries)
        return [each for entry, each in entries if entry not in self._entries]

    def stale(self, checked: Mapping[str, Settings]) -> Iterator[Diagnostic]:
        """Yield a finding for each stale entry: its file is gone, or its rule ran and no longer finds it.

        Args:
            checked: The files that were checked, with their settings.
        """
        settings_of = {os.path.abspath(path): settings for path, settings in checked.items()}
        for entry, index in self._entries.items():
            if entry not in self._met and _expected(entry, settings_of):
                message = f"{entry.rule} no longer occurs in {self._shown(entry)}; write the baseline again"
                span = self._document.span(("findings", index))
                yield diagnostic_at(relative_path(self.path), self._document.lines, _STALE, span, message)

    def others(self, checked: Iterable[str]) -> list[Entry]:
        """Return the entries of existing files that were not checked."""
        paths = set(map(os.path.abspath, checked))
        return [entry for entry in self._entries if entry.path not in paths and os.path.exists(entry.path)]

    def _shown(self, entry: Entry) -> str:
        return _relative(os.path.dirname(os.path.abspath(self.path)), entry.path)


def _expected(entry: Entry, settings_of: Mapping[str, Settings]) -> bool:
    """Whether the check would have found the entry again."""
    settings = settings_of.get(entry.path)
    if settings is None:
        return not os.path.exists(entry.path)
    rule = RULES.get(entry.rule)
    return (
        rule is None
        or not rule.can_disable
        or (settings.is_enabled(rule.id) and settings.check_inputs >= rule.reads_data and not rule.needs_revision)
    )


def read(path: str) -> Baseline:
    """Read a baseline.

    Raises:
        UsageError: Where it cannot be read, or is not a baseline; the message has the location.
    """
    try:
        document = documents.read(path, bounded=False)
    except NotADocumentError as error:
        reason = project.OUTSIDE if project.leads_out(path) else error.problem.message
        raise UsageError(f"the baseline cannot be read: {reason}", _HINT) from None
    problems = violations(document.data, SCHEMA)
    if problems and project.leads_out(path):
        raise UsageError(f"{path} is not a baseline; {project.OUTSIDE}", _HINT)
    if problems:
        line, column = document.lines.position(document.span(problems[0].route, on_key=problems[0].on_key).start)
        raise UsageError(f"{relative_path(path)}:{line}:{column}: {problems[0].message}", _HINT)
    return Baseline(document)


_HINT = "write it with parallel-stage check --write-baseline"


def write(path: str, found: Iterable[Diagnostic], checked: Iterable[str]) -> int:
    """Write the findings in the checked files into a baseline; entries of other files stay.

    Returns:
        The number of entries.

    Raises:
        UsageError: Where it cannot be written, or exists and cannot be read.
    """
    directory = os.path.dirname(os.path.abspath(path))
    others = read(path).others(checked) if os.path.lexists(path) else []
    entries = sorted({*map(Entry.of, found), *others})
    findings = [_written(directory, entry) for entry in entries]
    text = json.dumps({"schema": SCHEMA, "findings": findings}, indent=2) + "\n"
    writing.write(path, text, force=True)
    return len(entries)


def _written(directory: str, entry: Entry) -> dict[str, Any]:
    relative_path = {"path": _relative(directory, entry.path), "rule": entry.rule}
    return {**relative_path, "route": json.loads(entry.route), "value": entry.value}


def _entry(directory: str, each: dict[str, Any]) -> Entry:
    path = os.path.normpath(os.path.join(directory, each["path"]))
    return Entry(path, each["rule"], json.dumps(each["route"]), each["value"])


def _relative(directory: str, path: str) -> str:
    return os.path.relpath(path, directory).replace(os.sep, "/")

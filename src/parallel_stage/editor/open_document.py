"""A document that is open in an editor, and the diagnosis of a check."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract import formats
from parallel_stage.contract.document import parse
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.contract.text import Lines, Span
from parallel_stage.editor.positions import Positions
from parallel_stage.errors import UsageError
from parallel_stage.lint.config.lookup import Configurations
from parallel_stage.lint.config.model import DEFAULT
from parallel_stage.lint.engine.check_document import check_document, unreadable_file
from parallel_stage.lint.suppressions import baseline

if TYPE_CHECKING:
    from pygls.workspace import TextDocument

    from parallel_stage.contract.document import Document
    from parallel_stage.contract.formats import Format
    from parallel_stage.lint.config.model import Settings
    from parallel_stage.lint.diagnostic import Diagnostic

LANGUAGE = "parallel-stage"
"""The language id of a contract whose file name is not that of a contract."""


class OpenDocument(NamedTuple):
    """One state of a document.

    Attributes:
        uri: Its name for the client.
        path: Its absolute path, which need not exist.
        version: The client's number of this state.
        text: Its text.
        lines: Its lines, as findings count them.
        positions: Its positions, as the client counts them.
    """

    uri: str
    path: str
    version: int | None
    text: str
    lines: Lines
    positions: Positions

    @classmethod
    def of(cls, document: TextDocument) -> OpenDocument:
        """Return a client's document.

        A lone surrogate, which no file can hold, becomes U+FFFD, as in a saved file.
        """
        text = document.source.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        path = os.path.abspath(document.path)
        lines, positions = Lines(text), Positions(text, document.position_codec)
        return cls(document.uri, path, document.version, text, lines, positions)

    @property
    def format(self) -> Format:
        """The format that reads it."""
        return formats.of(self.path)

    @property
    def language(self) -> str:
        """The name of its format."""
        return formats.SUFFIXES.get(os.path.splitext(self.path)[1].lower(), "toml")

    @property
    def directory(self) -> str:
        """Where its relative paths start."""
        return os.path.dirname(self.path)

    def settings(self) -> Settings:
        """Return its settings now. Raise UsageError where a configuration cannot be read."""
        return Configurations().settings_for(self.path)

    def search(self) -> tuple[str, ...]:
        """Return the search roots besides its own directory; none where its configuration is broken."""
        try:
            return self.settings().search_roots
        except UsageError:
            return DEFAULT.search_roots

    def span(self, diagnostic: Diagnostic) -> Span:
        """Return the span of a finding."""
        ends = (diagnostic.start, diagnostic.end)
        start, stop = (self.lines.span(line)[0] + column - 1 for line, column in ends)
        return Span(start, stop)


class Diagnosis(NamedTuple):
    """The result of a check of a document.

    Attributes:
        found: The findings.
        document: The document; None where it cannot be read.
        settings: Its settings.
        failure: Why there was no check: a configuration or baseline cannot be read; empty where there was
            one.
    """

    found: list[Diagnostic]
    document: Document | None
    settings: Settings
    failure: str = ""


def is_contract(document: TextDocument) -> bool:
    """Whether a client's document is a contract."""
    return formats.is_contract_name(os.path.basename(document.path)) or document.language_id == LANGUAGE


def diagnose(opened: OpenDocument) -> Diagnosis:
    """Check a document, as `parallel-stage check` would if it were saved."""
    try:
        configurations = Configurations()
        settings = configurations.settings_for(opened.path)
        if configurations.excluded(opened.path):
            return Diagnosis([], None, settings)
        found, document = _checked(opened, settings)
        new = baseline.read(settings.baseline).new(found) if settings.baseline else found
    except UsageError as error:
        return Diagnosis([], None, DEFAULT, f"{error.message}; {error.hint}" if error.hint else error.message)
    return Diagnosis(new, document, settings)


def _checked(opened: OpenDocument, settings: Settings) -> tuple[list[Diagnostic], Document | None]:
    try:
        document = parse(opened.text.encode(), opened.path)
    except NotADocumentError as error:
        return [unreadable_file(opened.path, error)], None
    return check_document(document, settings), document

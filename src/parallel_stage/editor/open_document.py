"""A document as an editor has it open, and what a check of it finds."""

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
"""What a client may call the language of a contract whose name does not tell that it is one."""


class OpenDocument(NamedTuple):
    """A document at one moment.

    Attributes:
        uri: Its name for the client.
        path: Its absolute path, which need not exist.
        version: The client's number of this state.
        text: What is in it.
        lines: Its lines as findings count them.
        positions: Its places as the client counts them.
    """

    uri: str
    path: str
    version: int | None
    text: str
    lines: Lines
    positions: Positions

    @classmethod
    def of(cls, document: TextDocument) -> OpenDocument:
        """A client's document. Half a surrogate pair, which no file can hold, becomes U+FFFD, as in a saved file."""
        text = document.source.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        path = os.path.abspath(document.path)
        lines, positions = Lines(text), Positions(text, document.position_codec)
        return cls(document.uri, path, document.version, text, lines, positions)

    @property
    def format(self) -> Format:
        """What reads it."""
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
        """What is in force for it now. Raises UsageError where a configuration cannot be read."""
        return Configurations().settings_for(self.path)

    def search(self) -> tuple[str, ...]:
        """Where its functions are searched besides its own directory; nowhere by a configuration that is broken."""
        try:
            return self.settings().search_roots
        except UsageError:
            return DEFAULT.search_roots

    def span(self, diagnostic: Diagnostic) -> Span:
        """Where a finding stands."""
        ends = (diagnostic.start, diagnostic.end)
        start, stop = (self.lines.span(line)[0] + column - 1 for line, column in ends)
        return Span(start, stop)


class Diagnosis(NamedTuple):
    """What a check of a document finds.

    Attributes:
        found: The findings.
        document: What was read; None where it cannot be.
        settings: What was in force.
        trouble: Why there was no check: a configuration or baseline that cannot be read; empty where there was one.
    """

    found: list[Diagnostic]
    document: Document | None
    settings: Settings
    trouble: str = ""


def is_contract(document: TextDocument) -> bool:
    """Whether a client's document is for this server to judge."""
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

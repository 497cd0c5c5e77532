"""A language server of another maker, started and asked as an editor does it."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from lsprotocol import types
from pygls.lsp.client import LanguageClient

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from pathlib import Path

    T = TypeVar("T")

SECONDS = 30
"""After which a server that has not answered never will."""
CAPABILITIES = types.ClientCapabilities(
    workspace=types.WorkspaceClientCapabilities(configuration=True, workspace_folders=True),
    text_document=types.TextDocumentClientCapabilities(
        hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
        completion=types.CompletionClientCapabilities(
            completion_item=types.ClientCompletionItemOptions(
                snippet_support=True, documentation_format=[types.MarkupKind.Markdown]
            )
        ),
    ),
)


class Reported(NamedTuple):
    """A diagnostic: its line, from 0, and its message."""

    line: int
    message: str


class LanguageServer:
    """A running server with one folder open. Positions are an editor's: lines and UTF-16 columns, from 0.

    Args:
        command: The program and its arguments.
        root: The folder.
        settings: What the editor answers when the server asks for its configuration, by section.
        rounds: How often the server publishes diagnostics of one text, each time all that it has found.
    """

    def __init__(self, command: Sequence[str], root: Path, settings: dict[str, Any], rounds: int = 1) -> None:
        self._loop = asyncio.new_event_loop()
        self._folder = types.WorkspaceFolder(root.as_uri(), root.name)
        self._settings = settings
        self._rounds = rounds
        self._published: dict[str, list[list[Reported]]] = {}
        self._news = asyncio.Condition()
        self._client = LanguageClient("editor", "1")
        self._answer_questions()
        self._wait(self._start(command))

    def diagnostics(self, path: Path, text: str) -> list[Reported]:
        """Open a file with this text, which may be another than the one on disk: what the server says of it."""
        return self._wait(self._diagnostics(path.as_uri(), text))

    def completions(self, path: Path, line: int, column: int) -> dict[str, str]:
        """What may be written at a place of an open file: labels, with the text that is shown beside each."""
        document, position = types.TextDocumentIdentifier(path.as_uri()), types.Position(line, column)
        asked = self._client.text_document_completion_async(types.CompletionParams(document, position))
        found = self._wait(asked) or []
        items = found.items if isinstance(found, types.CompletionList) else found
        return {item.label: _text(item.documentation) for item in items}

    def hover(self, path: Path, line: int, column: int) -> str:
        """What is shown at a place of an open file."""
        document, position = types.TextDocumentIdentifier(path.as_uri()), types.Position(line, column)
        found = self._wait(self._client.text_document_hover_async(types.HoverParams(document, position)))
        return _text(found.contents) if found else ""

    def stop(self) -> None:
        """End the server."""
        self._wait(self._stop())
        self._loop.close()

    def _wait(self, answer: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(asyncio.wait_for(answer, SECONDS))

    def _answer_questions(self) -> None:
        async def published(params: types.PublishDiagnosticsParams) -> None:
            reported = [Reported(found.range.start.line, str(found.message)) for found in params.diagnostics]
            async with self._news:
                self._published.setdefault(params.uri, []).append(reported)
                self._news.notify_all()

        def configuration(params: types.ConfigurationParams) -> list[Any]:
            return [self._settings.get(item.section or "") for item in params.items]

        def folders(_: None) -> list[types.WorkspaceFolder]:
            return [self._folder]

        def noted(_: Any) -> None: ...

        answers = {
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: published,
            types.WORKSPACE_CONFIGURATION: configuration,
            types.WORKSPACE_WORKSPACE_FOLDERS: folders,
            types.CLIENT_REGISTER_CAPABILITY: noted,
            types.WINDOW_LOG_MESSAGE: noted,
            "taplo/didChangeSchemaAssociation": noted,
        }
        for method, answer in answers.items():
            self._client.feature(method)(answer)

    async def _start(self, command: Sequence[str]) -> None:
        # Nobody reads what a server logs.
        await self._client.start_io(*command, env={**os.environ, "RUST_LOG": "off"})
        params = types.InitializeParams(
            CAPABILITIES, root_uri=self._folder.uri, workspace_folders=[self._folder], process_id=os.getpid()
        )
        await self._client.initialize_async(params)
        self._client.initialized(types.InitializedParams())

    async def _stop(self) -> None:
        await self._client.shutdown_async(None)
        self._client.exit(None)
        await self._client.stop()  # type: ignore[no-untyped-call]

    async def _diagnostics(self, uri: str, text: str) -> list[Reported]:
        self._published.pop(uri, None)
        document = types.TextDocumentItem(uri, uri.rpartition(".")[2], 1, text)
        self._client.text_document_did_open(types.DidOpenTextDocumentParams(document))
        async with self._news:
            await self._news.wait_for(lambda: len(self._published.get(uri, ())) == self._rounds)
        return self._published[uri][-1]


def _text(said: Any) -> str:
    """The words of a MarkupContent, a text, or a list of them."""
    parts = said if isinstance(said, list) else [said]
    return "\n".join(getattr(part, "value", part) or "" for part in parts)

"""The server: it connects the protocol's requests with the modules that answer them."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import redirect_stdout
from importlib import metadata

from lsprotocol import types
from pygls import uris

from parallel_stage.contract.text import Span
from parallel_stage.editor import (
    actions,
    client,
    completion,
    diagnostics,
    entries,
    fields,
    functions,
    open_document,
    preview,
)
from parallel_stage.editor.open_document import OpenDocument
from parallel_stage.editor.protocol import Protocol, Server, converter

# Sync whole texts, not ranges: pygls counts lines as str.splitlines does, the protocol does not.
SERVER = Server(
    "parallel-stage",
    metadata.version("parallel-stage"),
    text_document_sync_kind=types.TextDocumentSyncKind.Full,
    protocol_cls=Protocol,
    converter_factory=converter,
)
"""The one server of a process."""

_checking = asyncio.Lock()


def serve() -> None:
    """Serve an editor over standard input and output until it closes the connection."""
    # The connection closes its output, and nothing else may write there.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as connection, redirect_stdout(sys.stderr):
        SERVER.start_io(stdout=connection)


@SERVER.feature(types.TEXT_DOCUMENT_DID_OPEN)
async def did_open(params: types.DidOpenTextDocumentParams) -> None:
    """Publish its diagnostics."""
    await _publish(params.text_document.uri)


@SERVER.feature(types.TEXT_DOCUMENT_DID_CHANGE)
async def did_change(params: types.DidChangeTextDocumentParams) -> None:
    """Publish its new diagnostics."""
    await _publish(params.text_document.uri)


@SERVER.feature(types.TEXT_DOCUMENT_DID_SAVE)
async def did_save(params: types.DidSaveTextDocumentParams) -> None:
    """Publish its diagnostics, since the files around it may have changed, too."""
    await _publish(params.text_document.uri)


@SERVER.feature(types.TEXT_DOCUMENT_DID_CLOSE)
def did_close(params: types.DidCloseTextDocumentParams) -> None:
    """Clear its diagnostics."""
    SERVER.text_document_publish_diagnostics(types.PublishDiagnosticsParams(params.text_document.uri, []))


@SERVER.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=completion.TRIGGERS))
def complete(params: types.CompletionParams) -> types.CompletionList:
    """Return the completions; incomplete, so the client requests them again with each key."""
    found = _opened(params.text_document.uri)
    inserts = client.inserts_in_words(SERVER.client_capabilities)
    items = completion.items(found, found.positions.offset(params.position), inserts=inserts) if found else []
    return types.CompletionList(is_incomplete=True, items=items)


@SERVER.feature(types.TEXT_DOCUMENT_HOVER)
async def show(params: types.HoverParams) -> types.Hover | None:
    """Return the field's description and the pages of rules."""
    found = _opened(params.text_document.uri)
    if found is None:
        return None
    text = fields.hover(found, await _diagnosed(found), found.positions.offset(params.position))
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text)) if text else None


@SERVER.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=actions.KINDS))
async def act(params: types.CodeActionParams) -> list[types.CodeAction]:
    """Return the code actions for findings."""
    found = _opened(params.text_document.uri)
    if found is None:
        return []
    start, stop = map(found.positions.offset, (params.range.start, params.range.end))
    where, diagnosis = Span(start, stop), await _diagnosed(found)
    return list(actions.actions(found, diagnosis, where, params.context.only))


@SERVER.feature(types.TEXT_DOCUMENT_DEFINITION)
def define(params: types.DefinitionParams) -> types.Location | None:
    """Return the definition of a function."""
    found = _opened(params.text_document.uri)
    target = functions.definition(found, found.positions.offset(params.position)) if found else None
    if target is None:
        return None
    start = types.Position(target.line - 1, 0)
    return types.Location(uris.from_fs_path(target.path) or "", types.Range(start, start))


@SERVER.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
def outline(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    """Return the outline: the keys."""
    found = _opened(params.text_document.uri)
    return entries.outline(found) if found else []


@SERVER.feature(types.TEXT_DOCUMENT_CODE_LENS)
async def lens(params: types.CodeLensParams) -> list[types.CodeLens]:
    """Return the preview: how many partitions there will be, on how many workers."""
    found = _opened(params.text_document.uri)
    if found is None:
        return []
    text = await asyncio.to_thread(preview.preview, found, await _diagnosed(found))
    command = types.Command(text, command="")  # a text without a command
    return [types.CodeLens(found.positions.range(preview.place(found)), command)] if text else []


def _opened(uri: str) -> OpenDocument | None:
    """Return a document that is open and a contract, or None."""
    document = SERVER.workspace.get_text_document(uri)
    is_open = document.version is not None  # otherwise pygls reads the file from the disk
    return OpenDocument.of(document) if is_open and open_document.is_contract(document) else None


async def _diagnosed(found: OpenDocument) -> open_document.Diagnosis:
    """Check a document in a thread, one at a time, since rules may read data."""
    async with _checking:
        return await asyncio.to_thread(open_document.diagnose, found)


async def _publish(uri: str) -> None:
    """Publish the diagnostics of a document, unless it has changed meanwhile and gets another check."""
    opened = _opened(uri)
    async with _checking:
        found = _opened(uri)
        if opened is None or found is None or found.version != opened.version:
            return
        diagnosis = await asyncio.to_thread(open_document.diagnose, found)
    if _opened(uri) is not None:  # it may be closed meanwhile
        published = diagnostics.diagnostics(found, diagnosis)
        SERVER.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, published, found.version))

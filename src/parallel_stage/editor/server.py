"""The wiring: which question of the protocol is answered where."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import redirect_stdout
from importlib import metadata

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from parallel_stage.contract.text import Span
from parallel_stage.editor import (
    actions,
    completion,
    diagnostics,
    fields,
    functions,
    open_document,
    preview,
    symbols,
)
from parallel_stage.editor.open_document import OpenDocument

# Whole texts rather than ranges: pygls counts lines as str.splitlines does, which the protocol does not.
SERVER = LanguageServer(
    "parallel-stage",
    metadata.version("parallel-stage"),
    text_document_sync_kind=types.TextDocumentSyncKind.Full,
)
"""The one server of a process."""

_checking = asyncio.Lock()


def serve() -> None:
    """Answer an editor over standard input and output until it ends the connection."""
    # The connection closes what it writes to; and nothing else must be written there.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as connection, redirect_stdout(sys.stderr):
        SERVER.start_io(stdout=connection)


@SERVER.feature(types.TEXT_DOCUMENT_DID_OPEN)
async def did_open(params: types.DidOpenTextDocumentParams) -> None:
    """Say what is wrong with it."""
    await _publish(params.text_document.uri)


@SERVER.feature(types.TEXT_DOCUMENT_DID_CHANGE)
async def did_change(params: types.DidChangeTextDocumentParams) -> None:
    """Say what is wrong with it now."""
    await _publish(params.text_document.uri)


@SERVER.feature(types.TEXT_DOCUMENT_DID_SAVE)
async def did_save(params: types.DidSaveTextDocumentParams) -> None:
    """Say what is wrong with it, since the files around it may have changed too."""
    await _publish(params.text_document.uri)


@SERVER.feature(types.TEXT_DOCUMENT_DID_CLOSE)
def did_close(params: types.DidCloseTextDocumentParams) -> None:
    """Take back what was said."""
    SERVER.text_document_publish_diagnostics(types.PublishDiagnosticsParams(params.text_document.uri, []))


@SERVER.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=completion.TRIGGERS))
def complete(params: types.CompletionParams) -> types.CompletionList:
    """What may be written; asked again with each key, since a module's steps appear one by one."""
    found = _opened(params.text_document.uri)
    items = completion.items(found, found.positions.offset(params.position)) if found else []
    return types.CompletionList(is_incomplete=True, items=items)


@SERVER.feature(types.TEXT_DOCUMENT_HOVER)
async def show(params: types.HoverParams) -> types.Hover | None:
    """The field's description and the pages of rules."""
    found = _opened(params.text_document.uri)
    if found is None:
        return None
    text = fields.hover(found, await _diagnosed(found), found.positions.offset(params.position))
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text)) if text else None


@SERVER.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=actions.KINDS))
async def act(params: types.CodeActionParams) -> list[types.CodeAction]:
    """What can be done about findings."""
    found = _opened(params.text_document.uri)
    if found is None:
        return []
    start, stop = map(found.positions.offset, (params.range.start, params.range.end))
    where, diagnosis = Span(start, stop), await _diagnosed(found)
    return list(actions.actions(found, diagnosis, where, params.context.only))


@SERVER.feature(types.TEXT_DOCUMENT_DEFINITION)
def define(params: types.DefinitionParams) -> types.Location | None:
    """The source of a function."""
    found = _opened(params.text_document.uri)
    target = functions.definition(found, found.positions.offset(params.position)) if found else None
    if target is None:
        return None
    start = types.Position(target.line - 1, 0)
    return types.Location(uris.from_fs_path(target.path) or "", types.Range(start, start))


@SERVER.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
def outline(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    """The keys."""
    found = _opened(params.text_document.uri)
    return symbols.symbols(found) if found else []


@SERVER.feature(types.TEXT_DOCUMENT_CODE_LENS)
async def lens(params: types.CodeLensParams) -> list[types.CodeLens]:
    """How many partitions there will be, on how many workers."""
    found = _opened(params.text_document.uri)
    if found is None:
        return []
    text = await asyncio.to_thread(preview.preview, found, await _diagnosed(found))
    command = types.Command(text, command="")  # words to read, with nothing behind them
    return [types.CodeLens(found.positions.range(preview.place(found)), command)] if text else []


def _opened(uri: str) -> OpenDocument | None:
    """A document that is open and a contract."""
    document = SERVER.workspace.get_text_document(uri)
    is_open = document.version is not None  # else it is the file on the disk
    return OpenDocument.of(document) if is_open and open_document.is_contract(document) else None


async def _diagnosed(found: OpenDocument) -> open_document.Diagnosis:
    """One check at a time, beside the loop, since rules may look at data."""
    async with _checking:
        return await asyncio.to_thread(open_document.diagnose, found)


async def _publish(uri: str) -> None:
    """Say what a check finds in a document; one that changes before its turn comes has another turn."""
    asked = _opened(uri)
    async with _checking:
        found = _opened(uri)
        if asked is None or found is None or found.version != asked.version:
            return
        diagnosis = await asyncio.to_thread(open_document.diagnose, found)
    if _opened(uri) is not None:  # it may be closed by now
        told = diagnostics.diagnostics(found, diagnosis)
        SERVER.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, told, found.version))

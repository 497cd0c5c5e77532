"""The server: it connects the protocol's requests with the modules that answer them."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import redirect_stdout

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
    lenses,
    open_document,
)
from parallel_stage.editor.calm import Calm
from parallel_stage.editor.open_document import OpenDocument
from parallel_stage.editor.protocol import Protocol, Server, converter
from parallel_stage.version import __version__

# Sync whole texts, not ranges: pygls counts lines as str.splitlines does, the protocol does not.
SERVER = Server(
    "parallel-stage",
    __version__,
    text_document_sync_kind=types.TextDocumentSyncKind.Full,
    protocol_cls=Protocol,
    converter_factory=converter,
)
"""The one server of a process."""

_checking = asyncio.Lock()
_calm = Calm(seconds=0.5)
_runs_in_terminal = False
_WRITTEN = frozenset((".git", ".parallel-stage"))
"""The directories of what git and runs write, all the time."""


def serve() -> None:
    """Serve an editor over standard input and output until it closes the connection."""
    # The connection closes its output, and nothing else may write there.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as connection, redirect_stdout(sys.stderr):
        SERVER.start_io(stdout=connection)


@SERVER.feature(types.INITIALIZE)
def begin(params: types.InitializeParams) -> None:
    """Serve requests for diagnostics where they are not published."""
    if client.pulls_diagnostics(params.capabilities):
        options = types.DiagnosticOptions(
            inter_file_dependencies=True, workspace_diagnostics=False, identifier=diagnostics.SOURCE
        )
        SERVER.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, options)(report)
    global _runs_in_terminal  # noqa: PLW0603 - there is one client
    _runs_in_terminal = client.runs_in_terminal(params.initialization_options)


@SERVER.feature(types.INITIALIZED)
async def watch(_params: types.InitializedParams) -> None:
    """Request to hear of changed files, of which a module or data may be one."""
    if client.watches_files(SERVER.client_capabilities):
        everything = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*")])
        watched = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, everything)
        await SERVER.client_register_capability_async(types.RegistrationParams([watched]))


@SERVER.feature(types.TEXT_DOCUMENT_DID_OPEN)
async def did_open(params: types.DidOpenTextDocumentParams) -> None:
    """Publish its diagnostics."""
    await _publish(params.text_document.uri)


@SERVER.feature(types.TEXT_DOCUMENT_DID_CHANGE)
async def did_change(params: types.DidChangeTextDocumentParams) -> None:
    """Publish its new diagnostics."""
    await _publish(params.text_document.uri)


@SERVER.feature(types.TEXT_DOCUMENT_DID_SAVE)
async def did_save(_params: types.DidSaveTextDocumentParams) -> None:
    """Look at all open contracts again, since the files around them may have changed, too."""
    await _refresh()


@SERVER.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
async def files_changed(params: types.DidChangeWatchedFilesParams) -> None:
    """Look at all open contracts again, some time after the last of many changes."""
    if any(not _is_written(change.uri) for change in params.changes):
        await _calm.wait_and(_refresh)


@SERVER.feature(types.TEXT_DOCUMENT_DID_CLOSE)
def did_close(params: types.DidCloseTextDocumentParams) -> None:
    """Clear its diagnostics."""
    if not client.pulls_diagnostics(SERVER.client_capabilities):
        SERVER.text_document_publish_diagnostics(types.PublishDiagnosticsParams(params.text_document.uri, []))


async def report(params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
    """Return the diagnostics of a document, or that they are the ones that the client has."""
    found = _opened(params.text_document.uri)
    items = diagnostics.diagnostics(found, await _diagnosed(found)) if found else []
    result_id = diagnostics.digest(items)
    if params.previous_result_id == result_id:
        return types.RelatedUnchangedDocumentDiagnosticReport(result_id)
    return types.RelatedFullDocumentDiagnosticReport(items, result_id=result_id)


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
    """Return what a run would do, and, for a client that has a terminal for it, the first partition to run."""
    found = _opened(params.text_document.uri)
    if found is None:
        return []
    return await asyncio.to_thread(lenses.lenses, found, await _diagnosed(found), runs=_runs_in_terminal)


def _opened(uri: str) -> OpenDocument | None:
    """Return a document that is open and a contract, or None."""
    document = SERVER.workspace.get_text_document(uri)
    is_open = document.version is not None  # otherwise pygls reads the file from the disk
    return OpenDocument.of(document) if is_open and open_document.is_contract(document) else None


async def _diagnosed(found: OpenDocument) -> open_document.Diagnosis:
    """Check a document in a thread, one at a time, since rules may read data."""
    async with _checking:
        return await asyncio.to_thread(open_document.diagnose, found)


async def _refresh() -> None:
    """Say anew what is known of the open contracts, or let the client request it."""
    if client.refreshes_lenses(SERVER.client_capabilities):
        SERVER.workspace_code_lens_refresh(None)
    if client.pulls_diagnostics(SERVER.client_capabilities):
        SERVER.workspace_diagnostic_refresh(None)
    else:
        for uri in [*SERVER.workspace.text_documents]:
            await _publish(uri)


def _is_written(uri: str) -> bool:
    """Whether a file is in one of those directories."""
    return not _WRITTEN.isdisjoint((uris.to_fs_path(uri) or "").split(os.sep))


async def _publish(uri: str) -> None:
    """Publish the diagnostics of a document, unless it has changed meanwhile and gets another check."""
    if client.pulls_diagnostics(SERVER.client_capabilities):
        return
    opened = _opened(uri)
    async with _checking:
        found = _opened(uri)
        if opened is None or found is None or found.version != opened.version:
            return
        diagnosis = await asyncio.to_thread(open_document.diagnose, found)
    if _opened(uri) is not None:  # it may be closed meanwhile
        published = diagnostics.diagnostics(found, diagnosis)
        SERVER.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, published, found.version))

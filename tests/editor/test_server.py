"""The server as a process, asked by a client that refuses what breaks the protocol."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator  # noqa: TC003 -- pytest-lsp evaluates the fixture's annotations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_lsp
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types
from pygls.exceptions import JsonRpcMethodNotFound
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

from opened_contracts import ENCODINGS, MARK, NAMES, Counted, applied, contract, counted, fresh, project, typed
from parallel_stage.lint.reporters.json import RULES_PAGE

if TYPE_CHECKING:
    from opened_contracts import Typed

COMMAND = Path(sys.executable).with_name("parallel-stage")
SECONDS = 10
pytestmark = pytest.mark.asyncio(loop_scope="module")


SERVER = ClientServerConfig(server_command=[str(COMMAND), "lsp"])


@pytest_lsp.fixture(scope="module", params=ENCODINGS, config=SERVER)  # type: ignore[untyped-decorator]
async def client(lsp_client: LanguageClient, request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """An editor that counts columns in one of the encodings."""
    capabilities = client_capabilities("neovim@v0.11.0")
    capabilities.general = types.GeneralClientCapabilities(position_encodings=[request.param])
    result = await lsp_client.initialize_session(types.InitializeParams(capabilities))
    assert result.capabilities.position_encoding == request.param
    yield
    await lsp_client.shutdown_session()


class Editor:
    """One document in an editor, with a cursor where its text has the mark."""

    def __init__(self, client: LanguageClient, path: Path, text: str) -> None:
        before, _, behind = text.partition(MARK)
        self.client = client
        self.path = path
        self.text = before + behind
        self.version = 0
        self.uri = path.as_uri()
        self.name = types.TextDocumentIdentifier(self.uri)
        self.cursor = self.at(len(before))
        self._published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self._listen()

    @property
    def encoding(self) -> str:
        """The units of columns."""
        assert self.client.capabilities
        assert self.client.capabilities.general
        (encoding,) = self.client.capabilities.general.position_encodings or ()
        return encoding

    def at(self, offset: int) -> types.Position:
        """The position of an offset."""
        return counted(self.text[:offset], self.encoding)

    async def open(self, language: str = "toml") -> list[types.Diagnostic]:
        """Open the document: what the server says of it."""
        item = types.TextDocumentItem(self.uri, language, self.version, self.text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return await self.published()

    def type(self, text: str) -> None:
        """Change the document."""
        self.version += 1
        self.text = text
        name = types.VersionedTextDocumentIdentifier(self.version, self.uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(name, [change]))

    def _listen(self) -> None:
        """Note every notification: one that is waited for only after the one before it may be missed."""

        def note(published: types.PublishDiagnosticsParams) -> None:
            self._listen()
            self._published.put_nowait(published)

        self.client.protocol.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, note)

    async def published(self) -> list[types.Diagnostic]:
        """What the server says of the document as it is now."""
        while True:
            published = await asyncio.wait_for(self._published.get(), SECONDS)
            if published.uri == self.uri and published.version == self.version:
                return list(published.diagnostics)

    async def closed(self) -> None:
        """Close the document, and wait until the server has taken back what it said."""
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(self.name))
        while True:
            published = await asyncio.wait_for(self._published.get(), SECONDS)
            if published.uri == self.uri and published.version is None:
                assert list(published.diagnostics) == []
                return

    async def actions(self, *kinds: types.CodeActionKind | str) -> list[types.CodeAction]:
        """What is offered for the whole document."""
        whole = types.Range(types.Position(0, 0), self.at(len(self.text)))
        context = types.CodeActionContext([], only=list(kinds) or None)
        params = types.CodeActionParams(self.name, whole, context)
        return list(await self.client.text_document_code_action_async(params) or [])  # type: ignore[arg-type]

    def applied(self, action: types.CodeAction) -> str:
        """The text after an action."""
        assert action.edit
        assert action.edit.changes
        return applied(self.text, list(action.edit.changes[self.uri]), self.encoding)


def seen(diagnostics: list[types.Diagnostic]) -> list[Counted]:
    """The findings as `fresh` has them."""
    return [Counted(str(each.code), str(each.message), each.range) for each in diagnostics]


@pytest.mark.parametrize("name", NAMES)
async def test_a_contract_is_checked_as_it_is_opened_and_typed(client: LanguageClient, root: Path, name: str) -> None:
    editor = Editor(client, root / name, contract(name))
    assert await editor.open() == []
    editor.type(contract(name, workers=0, backend="😀", **{"x-a": "😀"}).replace("\n", "\r\n"))
    published = await editor.published()
    assert seen(published) == fresh(editor.path, editor.text, editor.encoding)
    assert [each.code for each in published] == ["out-of-range", "unknown-value"]
    assert all(each.severity is types.DiagnosticSeverity.Error for each in published)
    assert all(each.source == "parallel-stage" for each in published)
    assert published[0].code_description == types.CodeDescription(f"{RULES_PAGE}#out-of-range")


@pytest.mark.parametrize("name", NAMES)
async def test_a_half_typed_contract_has_its_mistake_where_it_is(client: LanguageClient, root: Path, name: str) -> None:
    editor = Editor(client, root / name, contract(name)[:-20])
    published = await editor.open()
    assert [each.code for each in published] == ["syntax-error"]
    assert published[0].range.start.line > 5


async def test_what_is_reported_is_taken_back_when_a_contract_is_closed(client: LanguageClient, root: Path) -> None:
    editor = Editor(client, root / "parallel_stage.toml", "")
    assert await editor.open()
    await editor.closed()
    assert not client.diagnostics[editor.uri]


async def test_a_save_asks_again_since_the_function_may_be_there_now(client: LanguageClient, root: Path) -> None:
    editor = Editor(client, root / "parallel_stage.toml", contract("a.toml", function="later:process"))
    assert [each.code for each in await editor.open()] == ["function-not-found"]
    (root / "later.py").write_text("def process(path):\n    return {}\n")
    client.text_document_did_save(types.DidSaveTextDocumentParams(editor.name))
    assert await editor.published() == []


async def test_other_documents_are_left_alone_unless_the_client_says_what_they_are(
    client: LanguageClient, root: Path
) -> None:
    other = Editor(client, root / "pyproject.toml", "a = 1\n")
    item = types.TextDocumentItem(other.uri, "toml", 1, other.text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    assert await other.actions() == []
    assert await client.text_document_hover_async(types.HoverParams(other.name, other.cursor)) is None
    assert await client.text_document_document_symbol_async(types.DocumentSymbolParams(other.name)) == []
    assert other.uri not in client.diagnostics
    named = Editor(client, root / "stage.toml", "a = 1\n")
    assert await named.open("parallel-stage")


async def test_a_fix_is_offered_and_fixes(client: LanguageClient, root: Path) -> None:
    text = contract("a.toml", reducer="concat_jsonl", workers=1, **{"x-a": "😀"})
    editor = Editor(client, root / "parallel_stage.toml", text)
    await editor.open()
    fix, ignore = await editor.actions(types.CodeActionKind.QuickFix)
    assert fix.is_preferred
    assert editor.applied(fix) == text.replace("concat_jsonl", "concat-jsonl")
    editor.type(editor.applied(ignore))
    assert [each.code for each in await editor.published()] == ["unknown-value"]
    (every,) = await editor.actions(types.CodeActionKind.SourceFixAll)
    assert every.kind == "source.fixAll.parallelStage"
    editor.type(editor.applied(every))
    assert await editor.published() == []


async def test_completion_writes_a_value_in_place_of_what_is_there(client: LanguageClient, root: Path) -> None:
    editor = Editor(
        client, root / "parallel_stage.toml", 'name = "😀"\nx-a = { "😀" = 1, split = "fi" }\nsplit = "fi‸"\n'
    )
    await editor.open()
    found = await client.text_document_completion_async(types.CompletionParams(editor.name, editor.cursor))
    assert isinstance(found, types.CompletionList)
    item = next(item for item in found.items if item.label == "files")
    assert isinstance(item.text_edit, types.TextEdit)
    assert applied(editor.text, [item.text_edit], editor.encoding).endswith('\nsplit = "files"\n')


async def test_hover_tells_of_the_field_and_of_the_rule(client: LanguageClient, root: Path) -> None:
    editor = Editor(client, root / "parallel_stage.toml", contract("a.toml", workers=1).replace("workers", "wor‸kers"))
    await editor.open()
    editor.cursor = editor.at(editor.text.index("= 1") + 2)
    published = await client.text_document_hover_async(types.HoverParams(editor.name, editor.cursor))
    assert published
    assert isinstance(published.contents, types.MarkupContent)
    assert "How many workers" in published.contents.value
    assert "### single-worker" in published.contents.value


async def test_a_function_leads_to_its_source(client: LanguageClient, root: Path) -> None:
    editor = Editor(client, root / "parallel_stage.toml", contract("a.toml").replace("process_file", "process_‸file"))
    await editor.open()
    found: Any = await client.text_document_definition_async(types.DefinitionParams(editor.name, editor.cursor))
    assert found.uri == (root / "my_pipeline" / "process.py").as_uri()
    assert found.range.start == types.Position(3, 0)


async def test_the_outline_and_the_lens(client: LanguageClient, root: Path) -> None:
    editor = Editor(client, root / "parallel_stage.toml", contract("a.toml", workers=8, input_format={"kind": "csv"}))
    await editor.open()
    outline: Any = await client.text_document_document_symbol_async(types.DocumentSymbolParams(editor.name))
    assert [symbol.name for symbol in outline][-1] == "input_format"
    assert [symbol.name for symbol in outline[-1].children] == ["kind"]
    (lens,) = await client.text_document_code_lens_async(types.CodeLensParams(editor.name)) or []
    assert lens.command
    assert lens.command.title == "about 64 partitions on 8 workers"
    assert editor.text.splitlines()[lens.range.start.line].startswith("partition_strategy")


async def test_there_is_no_formatting(client: LanguageClient, root: Path) -> None:
    name = types.TextDocumentIdentifier((root / "parallel_stage.toml").as_uri())
    params = types.DocumentFormattingParams(name, types.FormattingOptions(4, insert_spaces=True))
    with pytest.raises(JsonRpcMethodNotFound):
        await client.text_document_formatting_async(params)


@settings(max_examples=9)
@given(st.sampled_from(NAMES), st.lists(typed(), min_size=40, max_size=40))
async def test_after_many_edits_it_says_what_a_fresh_check_says(
    client: LanguageClient, tmp_path_factory: pytest.TempPathFactory, name: str, edits: list[Typed]
) -> None:
    root = tmp_path_factory.mktemp("typed")
    project(root)
    editor = Editor(client, root / name, contract(name))
    await editor.open()
    for edit in edits:
        editor.type(edit.into(editor.text))
    assert seen(await editor.published()) == fresh(editor.path, editor.text, editor.encoding)
    await editor.closed()

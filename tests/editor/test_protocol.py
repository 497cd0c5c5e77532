"""Every request has an answer, whatever its parameters are; no client would send what is sent here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from lsprotocol import types

from editor_connection import connected
from opened_contracts import contract
from parallel_stage.editor.server import SERVER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from editor_connection import Connection

INVALID_REQUEST, NOT_FOUND, INVALID_PARAMS = -32600, -32601, -32602
NAME = {"uri": "file:///nowhere/parallel_stage.toml"}
START = {"line": 0, "character": 0}
PLACED = {"textDocument": NAME, "position": START}
WHOLE = {"start": START, "end": START}
FIT: dict[str, dict[str, Any]] = {
    types.TEXT_DOCUMENT_COMPLETION: PLACED,
    types.TEXT_DOCUMENT_HOVER: PLACED,
    types.TEXT_DOCUMENT_DEFINITION: PLACED,
    types.TEXT_DOCUMENT_CODE_ACTION: {"textDocument": NAME, "range": WHOLE, "context": {"diagnostics": []}},
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: {"textDocument": NAME},
    types.TEXT_DOCUMENT_CODE_LENS: {"textDocument": NAME},
    types.TEXT_DOCUMENT_DIAGNOSTIC: {"textDocument": NAME},
}
ODD: list[Any] = [None, [], "text", 5, -1, 1.5, 10**12, True, {}, {"uri": 5}, {"line": -1, "character": 0}, {"line": 0}]


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    pulls = {"textDocument": {"diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": True}}}
    with connected(pulls) as found:
        opened = {**NAME, "languageId": "toml", "version": 1, "text": contract("a.toml")}
        found.notify("textDocument/didOpen", {"textDocument": opened})
        yield found
        assert found.ask("shutdown")["result"] is None
        assert found.ask(types.TEXT_DOCUMENT_HOVER, PLACED)["error"]["code"] == INVALID_REQUEST
        assert "window/showMessage" not in {told["method"] for told in found.told}


def unfit(params: Any) -> Iterator[Any]:
    """Yield parameters with one thing missing or odd, at every depth."""
    if isinstance(params, list):
        yield from (5, "text", {"a": 1}, [5])
        return
    yield from (value for value in ODD if type(value) is not type(params) or value == {})
    if isinstance(params, dict):
        for name, value in params.items():
            yield {key: each for key, each in params.items() if key != name}
            yield from ({**params, name: odd} for odd in unfit(value))
    elif isinstance(params, int):
        yield from (-1, 10**12)


def test_every_request_that_is_served_is_tried() -> None:
    served = {name for name in SERVER.protocol.fm.features if name.startswith("textDocument/") and "/did" not in name}
    assert served | {types.TEXT_DOCUMENT_DIAGNOSTIC} == set(FIT)


@pytest.mark.parametrize("method", FIT)
def test_unfit_parameters_are_an_error_that_says_where(connection: Connection, method: str) -> None:
    error = connection.ask(method)["error"]
    assert error == {"code": INVALID_PARAMS, "message": "Invalid Params: required field missing @ .params"}
    for params in unfit(FIT[method]):
        answer = connection.ask(method, params)
        assert answer["error"]["code"] == INVALID_PARAMS, (params, answer)
        assert " @ .params" in answer["error"]["message"]
    assert "result" in connection.ask(method, FIT[method])


def test_the_words_of_an_error(connection: Connection) -> None:
    at = {"textDocument": NAME, "position": {"line": 1.5, "character": 0}}
    error = connection.ask(types.TEXT_DOCUMENT_HOVER, at)["error"]
    assert error["message"] == "Invalid Params: invalid value for type, expected int @ .params.position.line"


def test_numbers_that_are_whole_may_have_a_point(connection: Connection) -> None:
    at = {"textDocument": NAME, "position": {"line": 1.0, "character": 0.0}}
    assert "result" in connection.ask(types.TEXT_DOCUMENT_HOVER, at)


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("textDocument/didChange", {"textDocument": NAME, "contentChanges": 5}),
        ("textDocument/didChange", {"textDocument": {"uri": "file:///other.toml", "version": 1}, "contentChanges": []}),
        ("textDocument/didClose", {"textDocument": {"uri": "no address"}}),
        ("textDocument/didOpen", {}),
        ("$/unknown", {}),
        ("unknown", []),
    ],
)
def test_unfit_notifications_change_nothing(connection: Connection, method: str, params: Any) -> None:
    connection.notify(method, params)
    assert connection.ask(types.TEXT_DOCUMENT_HOVER, PLACED)["result"]["contents"]["value"].startswith("**")


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"5", b'{"jsonrpc": "1.0", "id": 1}', b"\xff", b'{"id": 7}'])
def test_what_is_no_message_changes_nothing(connection: Connection, text: bytes) -> None:
    connection.send(text or b" ")
    assert "result" in connection.ask(types.TEXT_DOCUMENT_HOVER, PLACED)


def test_an_unknown_request_is_an_error(connection: Connection) -> None:
    assert connection.ask("textDocument/unknown", {})["error"]["code"] == NOT_FOUND
    assert connection.ask("workspace/executeCommand", {"command": "unknown"})["error"]["code"] == INVALID_PARAMS

"""The protocol, with an answer to every request: pygls leaves those without one whose parameters are unfit."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cattrs import transform_error
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams, JsonRpcInvalidRequest
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter

if TYPE_CHECKING:
    from cattrs import Converter

_MOST_FAULTS = 3


@dataclass(frozen=True, slots=True)
class _Unfit:
    """A request that cannot be handled, and the answer."""

    id: Any
    error: JsonRpcException


class Protocol(LanguageServerProtocol):
    """Answers requests with unfit parameters, and those after a shutdown, with an error."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Return a message as an object, or what to answer. Raise JsonRpcException for an unfit notification."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" not in data or "method" not in data:
                raise
            return _Unfit(data["id"], JsonRpcInvalidParams(f"Invalid Params: {_faults(error)}"))

    def handle_message(self, message: Any) -> None:
        """Handle a message."""
        if self._shutdown and getattr(message, "id", None) is not None and hasattr(message, "method"):
            message = _Unfit(message.id, JsonRpcInvalidRequest("Invalid Request: the server has been shut down"))
        if isinstance(message, _Unfit):
            self._send_response(message.id, error=message.error.to_response_error())
        else:
            super().handle_message(message)


class Server(LanguageServer):
    """A server that shows nothing to the user of what a client does wrong; it stands in the client's log."""

    def report_server_error(self, error: Exception, source: Any) -> None:  # noqa: ARG002 - as pygls has it
        """Write an error that no answer has to standard error, in a line."""
        print(f"parallel-stage lsp: {type(error).__name__}: {error}", file=sys.stderr)


def converter() -> Converter:
    """Return what makes objects of messages: text and whole numbers are what they are, not what looks like them."""
    made: Converter = default_converter()  # type: ignore[no-untyped-call]
    made.register_structure_hook(int, _whole)
    made.register_structure_hook(str, _text)
    return made


def _whole(value: Any, kind: type) -> Any:
    if kind is not int:  # a subclass: a truth value, or an enumeration
        return kind(value)
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not is_whole:
        raise TypeError(f"{value!r} is not a whole number")
    return int(value)


def _text(value: Any, kind: type) -> Any:
    if kind is not str:
        return kind(value)
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _faults(error: JsonRpcException) -> str:
    cause = error.__cause__
    faults = transform_error(cause, path="") if cause is not None else []
    return "; ".join(faults[:_MOST_FAULTS]) or str(error)

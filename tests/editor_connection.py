"""The language server as a process, and a client that sends what no library would send."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = Path(sys.executable).with_name("parallel-stage")


class Connection:
    """A client of a server.

    Attributes:
        told: The server's notifications and requests so far; the latter are answered with null.
        capabilities: What the server has said that it can do.
    """

    def __init__(self, server: subprocess.Popen[bytes]) -> None:
        assert server.stdin
        assert server.stdout
        self.told: list[dict[str, Any]] = []
        self.capabilities: dict[str, Any] = {}
        self._to: IO[bytes] = server.stdin
        self._from: IO[bytes] = server.stdout
        self._number = 0

    def send(self, text: bytes) -> None:
        """Send the bytes of a message, or of none."""
        self._to.write(b"Content-Length: %d\r\n\r\n%b" % (len(text), text))
        self._to.flush()

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""
        self.send(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode())

    def ask(self, method: str, *params: Any) -> dict[str, Any]:
        """Return the answer to a request, which may have no parameters."""
        self._number += 1
        message = {"jsonrpc": "2.0", "id": self._number, "method": method}
        self.send(json.dumps({**message, "params": params[0]} if params else message).encode())
        while "method" in (answer := self._receive()) or answer.get("id") != self._number:
            pass
        return answer

    def wait_for(self, method: str, count: int = 1) -> list[Any]:
        """Return the parameters of what the server has told by this method, once it has so often."""
        while len(found := [told.get("params") for told in self.told if told["method"] == method]) < count:
            self._receive()
        return found

    def _receive(self) -> dict[str, Any]:
        length = 0
        while line := self._from.readline().strip():
            if line.startswith(b"Content-Length:"):
                length = int(line.partition(b":")[2])
        assert length, "the server has ended"
        found: dict[str, Any] = json.loads(self._from.read(length))
        if "method" in found:
            self.told.append(found)
            if "id" in found:
                self.send(json.dumps({"jsonrpc": "2.0", "id": found["id"], "result": None}).encode())
        return found


@contextmanager
def connected(capabilities: dict[str, Any], options: Any = None) -> Iterator[Connection]:
    """Start a server for a client with these capabilities, and end it, as the protocol says, with the `with` block."""
    pipe = subprocess.PIPE
    with subprocess.Popen([COMMAND, "lsp"], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as server:
        found = Connection(server)
        params = {"processId": None, "rootUri": None, "capabilities": capabilities, "initializationOptions": options}
        found.capabilities = found.ask("initialize", params)["result"]["capabilities"]
        found.notify("initialized", {})
        try:
            yield found
            found.ask("shutdown")
        finally:
            found.notify("exit", None)
    assert server.returncode == 0

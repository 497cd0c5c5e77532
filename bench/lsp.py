"""How long after a key stroke is a mistake shown, beside other language servers that read the same JSON Schema?

python bench/lsp.py [--edits N] [--json]

One contract of 50 lines is open in each server. In every round each server gets the same edit, one after the
other, so that a slow moment of the machine hits all of them: a letter of a value is taken away, and the clock
runs until diagnostics arrive; then it is put back, and the round ends once there are none. taplo's wheel has
no server; the one from npm is measured where `./dev test-editors` has brought it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.lsp.client import LanguageClient

if TYPE_CHECKING:
    from collections.abc import Sequence

SCRIPTS = Path(sysconfig.get_path("scripts"))
OURS = "parallel-stage"
NODE = SCRIPTS.parent / "node/node_modules"
SERVERS: dict[str, tuple[str, ...]] = {
    OURS: (str(SCRIPTS / "parallel-stage"), "lsp"),
    "tombi": (str(SCRIPTS / "tombi"), "lsp", "--offline"),
    "taplo": ("node", str(Path(__file__).resolve().parents[1] / "tests/node/taplo_server.js")),
}
UNANSWERED = (
    types.CLIENT_REGISTER_CAPABILITY,
    types.WINDOW_LOG_MESSAGE,
    types.WORKSPACE_WORKSPACE_FOLDERS,
    "taplo/didChangeSchemaAssociation",
)
SECONDS = 20
PAUSE = 0.05
"""Seconds in which a server may end what it does after it has answered."""
WARM_UP_EDITS = 5
STEPS = "".join(f'step_{number} = "what to do in step {number}"\n' for number in range(23))
CONTRACT = f"""\
#:schema ./agilab.parallel_stage.v1.schema.json
# Delays of all flights, by month.

schema = "agilab.parallel_stage.v1"
name = "delays"
function = "my_pipeline.process:process_file"
split = "files"
input = "data/*.csv"
workers = 8
partition_strategy = "file-chunks"
target_partitions = 64
min_partitions_per_worker = 2
reducer = "concat-jsonl"
backend = "pool"
output = "results/delays.jsonl"
threads_per_worker = 1
notes = \"\"\"
One record a flight.
Times are in minutes.
\"\"\"

[input_format]
kind = "csv"
delimiter = ";"
header = true

[next_steps]
{STEPS}"""
RIGHT, WRONG = 'backend = "pool"', 'backend = "poo"'
"""What stands there, and after a key stroke that takes a letter away."""


class Server:
    """A server with the contract open."""

    def __init__(self, path: Path) -> None:
        self._uri = path.as_uri()
        self._version = 0
        self._client = LanguageClient("bench", "1")
        self._published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        feature = self._client.feature
        feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda published: self._published.put_nowait(published))  # noqa: PLW0108 -- pygls marks what it gets
        feature(types.WORKSPACE_CONFIGURATION)(_no_configuration)
        for unanswered in UNANSWERED:
            feature(unanswered)(lambda _: None)

    async def start(self, command: Sequence[str], root: Path) -> None:
        """Start it, with a folder open."""
        environment = {**os.environ, "RUST_LOG": "off", "NODE_PATH": str(NODE)}
        await self._client.start_io(*command, cwd=root, env=environment)
        folder = types.WorkspaceFolder(root.as_uri(), root.name)
        capabilities = types.ClientCapabilities(
            workspace=types.WorkspaceClientCapabilities(configuration=True, workspace_folders=True),
            text_document=types.TextDocumentClientCapabilities(
                publish_diagnostics=types.PublishDiagnosticsClientCapabilities(version_support=True)
            ),
        )
        await self._client.initialize_async(
            types.InitializeParams(capabilities, root_uri=root.as_uri(), workspace_folders=[folder])
        )
        self._client.initialized(types.InitializedParams())

    async def open(self, text: str) -> None:
        """Open the contract."""
        document = types.TextDocumentItem(self._uri, "toml", self._version, text)
        self._client.text_document_did_open(types.DidOpenTextDocumentParams(document))

    async def type(self, text: str, *, wrong: bool) -> float:
        """Change the contract: return the seconds until the server reports it as wrong, or as right."""
        self._version += 1
        name = types.VersionedTextDocumentIdentifier(self._version, self._uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        start = time.perf_counter()
        self._client.text_document_did_change(types.DidChangeTextDocumentParams(name, [change]))
        while True:
            published = await asyncio.wait_for(self._published.get(), SECONDS)
            if bool(published.diagnostics) is wrong:
                return time.perf_counter() - start

    async def stop(self) -> None:
        """End it."""
        await self._client.shutdown_async(None)
        self._client.exit(None)
        await self._client.stop()  # type: ignore[no-untyped-call]


def _no_configuration(params: types.ConfigurationParams) -> list[None]:
    return [None for _ in params.items]


def write_project(root: Path) -> Path:
    """Write the contract with what it names, and the schema with the settings that all servers read."""
    subprocess.run([str(SCRIPTS / "parallel-stage"), "schema", "--write", str(root)], check=True, capture_output=True)
    (root / "my_pipeline").mkdir()
    (root / "my_pipeline/process.py").write_text("def process_file(path):\n    return [{}]\n", encoding="utf-8")
    path = root / "parallel_stage.toml"
    path.write_text(CONTRACT, encoding="utf-8")
    return path


def there() -> list[str]:
    """The servers that can be started."""
    has_node = shutil.which("node") and (NODE / "@taplo/lsp").is_dir()
    return [name for name, (program, *_) in SERVERS.items() if program != "node" or has_node]


async def measure(root: Path, edits: int) -> dict[str, list[float]]:
    """Each server's milliseconds, edit by edit."""
    path = write_project(root)
    servers = {name: Server(path) for name in there()}
    for name, server in servers.items():
        await server.start(SERVERS[name], root)
        await server.open(CONTRACT)
    taken: dict[str, list[float]] = {name: [] for name in servers}
    for number in range(WARM_UP_EDITS + edits):
        for name, server in servers.items():
            try:
                seconds = await server.type(CONTRACT.replace(RIGHT, WRONG), wrong=True)
                await server.type(CONTRACT, wrong=False)
            except asyncio.TimeoutError:
                sys.exit(f"void: {name} does not find the mistake, or finds one where there is none")
            await asyncio.sleep(PAUSE)
            if number >= WARM_UP_EDITS:
                taken[name].append(1000 * seconds)
    for server in servers.values():
        await server.stop()
    return taken


def table(taken: dict[str, list[float]]) -> str:
    """The medians and the slowest of twenty as text, with ratios to us."""
    ours = median(taken[OURS])
    lines = [f"{'':18}{'median ms':>12}{'95 % below':>12}{'/ ' + OURS:>18}"]
    for name, times in sorted(taken.items(), key=lambda item: median(item[1])):
        slow = sorted(times)[int(0.95 * len(times))]
        lines.append(f"{name:18}{median(times):12.1f}{slow:12.1f}{median(times) / ours:18.2f}")
    return "\n".join(lines)


def main() -> None:
    """Measure, and print the table or one JSON document."""
    parser = argparse.ArgumentParser(description="Times diagnostics after a key stroke beside other language servers.")
    parser.add_argument("--edits", type=int, default=200, help="how many key strokes are timed")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        taken = asyncio.run(measure(Path(name).resolve(), options.edits))
    if options.json:
        medians = {name: {"median_ms": median(times)} for name, times in taken.items()}
        print(
            json.dumps(
                {"interpreter": sys.version, "edits": options.edits, "servers": medians}, indent=2, sort_keys=True
            )
        )
        return
    lines = CONTRACT.count("\n")
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores; {options.edits} key strokes in {lines} lines\n")
    print(table(taken))
    for name in SERVERS.keys() - taken.keys():
        print(f"{name} is not measured: run ./dev test-editors once to bring it")


if __name__ == "__main__":
    main()

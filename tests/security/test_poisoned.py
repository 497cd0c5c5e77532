"""Whatever way a check is started in a stranger's repository, nothing of the repository is executed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest

from poisoned_repository import executed, poison
from support import toml

BIN = Path(sys.executable).parent
COMMAND = str(BIN / "parallel-stage")
NAME = "parallel_stage.toml"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A contract that names one of the modules, as function, as data and as what is ignored but tracked."""
    directory = tmp_path / "repository"
    directory.mkdir()
    poison(directory)
    (directory / "ignored").mkdir()
    (directory / ".gitignore").write_text("ignored/\n")
    (directory / ".parallel-stage.toml").write_text('exclude = ["old/"]\nsearch-roots = ["."]\n')
    (directory / "data.csv").write_text("a\n1\n")
    (directory / NAME).write_text(toml(workers=1, function="logging:info", input="data.csv", split="file"))
    (directory / "parallel_stage.yaml").write_text("schema: [\n")
    (directory / "parallel_stage.json").write_text('{"workers": 0}')
    (directory / "ignored" / NAME).write_text(toml(function="calendar:f", name="ignored", output="x.jsonl"))
    subprocess.run(["git", "add", "--force", "ignored", NAME], cwd=directory, check=True)
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *identity, "commit", "--quiet", "-m", "all"], cwd=directory, check=True)
    executed(directory).unlink(missing_ok=True)  # git has started its monitor
    return directory


def _environment(**changed: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "PATH": os.pathsep.join([".", "", str(BIN), os.environ["PATH"]]), **changed}


@pytest.mark.parametrize(
    "arguments",
    [
        [COMMAND, "check"],
        [COMMAND, "check", NAME],
        [COMMAND, "check", "--inputs", "."],
        [COMMAND, "check", "--fix", "--diff", "--unsafe-fixes", "."],
        [COMMAND, "check", "--show-files", "."],
        [COMMAND, "check", "--format", "sarif", "."],
        [COMMAND, "check", "--new-from", "HEAD", "."],
        [COMMAND, "check", "--against", "HEAD", "--inputs", "."],
        [COMMAND, "diff", f"HEAD:ignored/{NAME}", f"HEAD:ignored/{NAME}"],
        [COMMAND, "check", "--write-baseline", "."],
        [COMMAND, "--check", NAME, "--json"],
        [COMMAND, "config", NAME],
        [COMMAND, "rules"],
        [COMMAND, "explain", "global-state"],
        [COMMAND, "schema"],
        [COMMAND, "--help"],
        [
            COMMAND,
            "new",
            "new.parallel_stage.toml",
            "--name",
            "x",
            "--function",
            "logging:info",
            "--split",
            "files",
            "--input",
            "*",
        ],
        [sys.executable, "-I", "-m", "parallel_stage", "check", "."],
    ],
)
def test_the_command(arguments: list[str], repository: Path) -> None:
    done = subprocess.run(arguments, cwd=repository, env=_environment(), capture_output=True, text=True, check=False)
    assert not executed(repository).exists(), executed(repository).read_text()
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr


def test_what_git_tracks_is_found_there(repository: Path) -> None:
    done = subprocess.run(
        [COMMAND, "check", "--show-files"],
        cwd=repository,
        env=_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"ignored/{NAME}" in done.stdout.splitlines()
    assert not executed(repository).exists()


def test_the_language_server(repository: Path) -> None:
    text = (repository / NAME).read_text()
    place = {"uri": (repository / NAME).as_uri()}
    at = {"textDocument": place, "position": {"line": 2, "character": 14}}
    with subprocess.Popen(
        [COMMAND, "lsp"], cwd=repository, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdin
        assert server.stdout
        root: dict[str, Any] = {"processId": None, "rootUri": repository.as_uri(), "capabilities": {}}
        _send(server.stdin, "initialize", root, 1)
        _send(server.stdin, "initialized", {})
        opened = {**place, "languageId": "toml", "version": 1, "text": text}
        _send(server.stdin, "textDocument/didOpen", {"textDocument": opened})
        _send(server.stdin, "textDocument/completion", at, 2)
        _send(server.stdin, "textDocument/definition", at, 3)
        _send(server.stdin, "textDocument/hover", at, 4)
        _send(server.stdin, "textDocument/codeLens", {"textDocument": place}, 5)
        expected = {1, 2, 3, 4, 5, "textDocument/publishDiagnostics"}
        while expected:
            answer = _receive(server.stdout)
            assert "error" not in answer
            expected -= {answer.get("id"), answer.get("method")}
        _send(server.stdin, "shutdown", None, 6)
        while _receive(server.stdout).get("id") != 6:
            pass
        _send(server.stdin, "exit", None)
    assert not executed(repository).exists(), executed(repository).read_text()


def _send(stream: IO[bytes], method: str, params: Any, number: int | None = None) -> None:
    message = {"jsonrpc": "2.0", "method": method, "params": params} | ({} if number is None else {"id": number})
    body = json.dumps(message).encode()
    stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    stream.flush()


def _receive(stream: IO[bytes]) -> dict[str, Any]:
    length = 0
    while line := stream.readline().strip():
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    answer: dict[str, Any] = json.loads(stream.read(length))
    return answer


def test_the_poison_works(repository: Path) -> None:
    """A program that is not isolated executes it, as `python -m` does."""
    subprocess.run([sys.executable, "-m", "json.tool", "--help"], cwd=repository, env=_environment(), check=False)
    assert executed(repository).exists()
    executed(repository).unlink()
    subprocess.run(["git", "status"], cwd=repository, env=_environment(), capture_output=True, check=False)
    assert executed(repository).exists()

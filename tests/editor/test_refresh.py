"""Diagnostics that are requested, or published, never both; what is shown is refreshed when files change."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from editor_connection import COMMAND, connected
from opened_contracts import contract

if TYPE_CHECKING:
    from pathlib import Path

    from editor_connection import Connection

PULLS = {"textDocument": {"diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": True}}}
LENSES = {"codeLens": {"refreshSupport": True}, "didChangeWatchedFiles": {"dynamicRegistration": True}}
REFRESHES = {"workspace": LENSES}
BOTH = {"textDocument": {"diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": True}, **LENSES}}
LATER = "def process(path):\n    return {}\n"


def opened(connection: Connection, path: Path, **changes: Any) -> dict[str, str]:
    """The name of a contract that the client has opened, which is on the disk, too."""
    path.write_text(text := contract(path.name, **changes))
    item = {"uri": path.as_uri(), "languageId": "toml", "version": 1, "text": text}
    connection.notify("textDocument/didOpen", {"textDocument": item})
    return {"uri": path.as_uri()}


def rules(report: dict[str, Any]) -> list[str]:
    return [item["code"] for item in report["items"]]


def test_diagnostics_are_requested_and_said_to_be_unchanged(root: Path) -> None:
    with connected(PULLS) as connection:
        assert connection.capabilities["diagnosticProvider"] == {
            "identifier": "parallel-stage", "interFileDependencies": True, "workspaceDiagnostics": False,
        }  # fmt: skip
        name = opened(connection, root / "parallel_stage.toml", workers=0)
        first = connection.ask("textDocument/diagnostic", {"textDocument": name})["result"]
        assert (first["kind"], rules(first)) == ("full", ["out-of-range"])
        again = {"textDocument": name, "previousResultId": first["resultId"]}
        same = connection.ask("textDocument/diagnostic", again)["result"]
        assert same == {"kind": "unchanged", "resultId": first["resultId"]}
        change = {"text": contract("a.toml", workers=0, backend="x")}
        version = {**name, "version": 2}
        connection.notify("textDocument/didChange", {"textDocument": version, "contentChanges": [change]})
        assert rules(connection.ask("textDocument/diagnostic", again)["result"]) == ["out-of-range", "unknown-value"]
        other = {"textDocument": {"uri": (root / "other.toml").as_uri()}}
        assert connection.ask("textDocument/diagnostic", other)["result"]["items"] == []
        connection.notify("textDocument/didClose", {"textDocument": name})
        assert connection.ask("textDocument/diagnostic", {"textDocument": name})["result"]["items"] == []
        assert "textDocument/publishDiagnostics" not in {told["method"] for told in connection.told}


def test_a_save_has_diagnostics_and_lenses_requested_again(root: Path) -> None:
    with connected(BOTH) as connection:
        name = opened(connection, root / "parallel_stage.toml", function="later:process")
        assert rules(connection.ask("textDocument/diagnostic", {"textDocument": name})["result"]) == [
            "function-not-found"
        ]
        (root / "later.py").write_text(LATER)
        connection.notify("textDocument/didSave", {"textDocument": name})
        connection.wait_for("workspace/diagnostic/refresh")
        connection.wait_for("workspace/codeLens/refresh")
        assert connection.ask("textDocument/diagnostic", {"textDocument": name})["result"]["items"] == []


@pytest.mark.parametrize("capabilities", [{}, {"textDocument": {"diagnostic": {}}}, REFRESHES])
def test_diagnostics_are_published_where_a_client_would_not_request_them_again(
    root: Path, capabilities: dict[str, Any]
) -> None:
    with connected(capabilities) as connection:
        assert "diagnosticProvider" not in connection.capabilities
        name = opened(connection, root / "parallel_stage.toml", function="later:process")
        assert len(connection.wait_for("textDocument/publishDiagnostics")[0]["diagnostics"]) == 1
        assert "error" in connection.ask("textDocument/diagnostic", {"textDocument": name})
        (root / "later.py").write_text(LATER)
        connection.notify("textDocument/didSave", {"textDocument": name})
        assert connection.wait_for("textDocument/publishDiagnostics", 2)[1]["diagnostics"] == []
        asked = {told["method"] for told in connection.told if "id" in told}
        assert asked == (
            {"workspace/codeLens/refresh", "client/registerCapability"} if capabilities == REFRESHES else set()
        )


def test_files_that_change_are_watched_but_for_those_of_runs(root: Path) -> None:
    with connected(REFRESHES) as connection:
        (registration,) = connection.wait_for("client/registerCapability")[0]["registrations"]
        assert registration["method"] == "workspace/didChangeWatchedFiles"
        opened(connection, root / "parallel_stage.toml", function="later:process")
        connection.wait_for("textDocument/publishDiagnostics")
        run = (root / ".parallel-stage" / "runs" / "x" / "ledger.jsonl").as_uri()
        connection.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": run, "type": 1}]})
        (root / "later.py").write_text(LATER)
        changes = [{"uri": (root / "later.py").as_uri(), "type": 1}]
        for _ in range(20):
            connection.notify("workspace/didChangeWatchedFiles", {"changes": changes})
        assert connection.wait_for("textDocument/publishDiagnostics", 2)[1]["diagnostics"] == []
        assert len(connection.wait_for("workspace/codeLens/refresh")) == 1


def lenses(connection: Connection, name: dict[str, str]) -> list[Any]:
    return [lens["command"] for lens in connection.ask("textDocument/codeLens", {"textDocument": name})["result"]]


def test_the_first_partition_runs_where_the_client_has_a_terminal_for_it(root: Path) -> None:
    path = root / "parallel_stage.toml"
    with connected({}, {"runInTerminal": True}) as connection:
        name = opened(connection, path, workers=2)
        text, run = lenses(connection, name)
        assert (text["title"], text["command"]) == ("about 64 partitions on 2 workers", "")
        words = [os.fspath(COMMAND), "run", os.fspath(path), "--partition", "0"]
        assert run == {
            "title": "run partition 0",
            "command": "parallel-stage.runInTerminal",
            "arguments": [{"command": words, "cwd": os.fspath(root)}],
        }
        path.unlink()  # what is not saved cannot be run
        assert len(lenses(connection, name)) == 1
        invalid = opened(connection, root / "b.parallel_stage.toml", workers=0)
        assert lenses(connection, invalid) == []


@pytest.mark.parametrize("options", [None, {}, {"runInTerminal": "yes"}, [], 5])
def test_other_clients_have_no_such_lens(root: Path, options: Any) -> None:
    with connected({}, options) as connection:
        assert len(lenses(connection, opened(connection, root / "parallel_stage.toml"))) == 1

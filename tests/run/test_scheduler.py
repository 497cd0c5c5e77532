"""What `--scheduler` may be, and what is said of each mistake before anything is started."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from parallel_stage.errors import UsageError
from parallel_stage.run.scheduler import VARIABLE, Scheduler, Tls, find


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty current directory, and nothing in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    Path("ca.pem").touch()


def test_an_address_a_file_and_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("cluster").write_text(json.dumps({"address": "tls://node1:8786", "workers": {}}))
    assert find("tcp://node1:8786", Tls()) == Scheduler("tcp://node1:8786")
    assert find("node1:8786", Tls()) == Scheduler("tcp://node1:8786")
    assert find("node1:8786", Tls("ca.pem")) == Scheduler("tls://node1:8786", "", Tls("ca.pem"))
    assert find("cluster", Tls()) == Scheduler("tls://node1:8786", "cluster")
    assert find("", Tls()) is None
    monkeypatch.setenv(VARIABLE, "tcp://[::1]:8786")
    found = find("", Tls())
    assert str(found) == f"the Dask scheduler at tcp://[::1]:8786 (from {VARIABLE})"
    assert find("ucx://node2:8786", Tls()) == Scheduler("ucx://node2:8786")


@pytest.mark.parametrize(
    ("given", "content", "message"),
    [
        ("missing.json", None, "the scheduler's file missing.json cannot be read: No such file or directory"),
        ("./missing", None, "the scheduler's file ./missing cannot be read"),
        ("s.json", "address: tcp://node1:8786", "s.json is no scheduler's file: it is not JSON"),
        ("s.json", '["tcp://node1:8786"]', 's.json is no scheduler\'s file: it has no "address"'),
        ("s.json", '{"address": null}', 'it has no "address"'),
        ("s.json", '{"address": "tcp://node1"}', "'tcp://node1' in s.json is no address of a scheduler"),
        ("http://node1:8787", None, "is the address of a page"),
        ("zmq://node1:8786", None, "it starts with zmq://"),
        ("tcp://node1", None, "it has no host, or no port"),
        ("tcp://node1:port", None, "it has no host, or no port"),
        ("tcp://:8786", None, "it has no host, or no port"),
        ("node1", None, "'tcp://node1' is no address of a scheduler"),
    ],
)
def test_what_is_no_scheduler(given: str, content: str | None, message: str) -> None:
    if content is not None:
        Path(given).write_text(content)
    with pytest.raises(UsageError) as caught:
        find(given, Tls())
    assert message in caught.value.message
    assert caught.value.hint


def test_a_pipe_is_not_waited_for() -> None:
    os.mkfifo("s.json")
    with pytest.raises(UsageError, match=r"s\.json cannot be read: it is not a regular file"):
        find("s.json", Tls())


@pytest.mark.parametrize(
    ("given", "tls", "message"),
    [
        ("tls://node1:8786", {"key": "no.pem"}, "the file of --tls-key, no.pem, cannot be read: No such file"),
        ("tcp://node1:8786", {"ca": "ca.pem"}, "--tls-ca is given, and tcp://node1:8786 is not encrypted"),
        ("", {"ca": "ca.pem", "cert": "ca.pem"}, "--tls-ca, --tls-cert need a running Dask scheduler"),
    ],
)
def test_certificates_that_are_for_nothing(given: str, tls: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        find(given, Tls(**tls))
    assert message in caught.value.message

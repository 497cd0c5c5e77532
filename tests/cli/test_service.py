from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from parallel_stage.contract import schema
from parallel_stage.service import state
from parallel_stage.service.processes import Machine, Process, start_of, this_machine
from parallel_stage.service.state import Service, Settings
from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.conftest import Finished

    Command = Callable[..., Finished]


def test_a_service_that_was_never_started(command: Command) -> None:
    for arguments in (("stop", "warm"), ("restart", "warm"), ("status", "warm")):
        done = command("service", *arguments)
        assert done.code == 2
        assert done.err.startswith(f"error: no service named warm was started below {Path.cwd()}")
        assert "help: parallel-stage service start warm" in done.err
    assert command("service", "status").out == "no services\n"
    assert [*Path.cwd().iterdir()] == []


def test_an_open_address_is_refused_by_the_command(command: Command) -> None:
    done = command("service", "start", "warm", "--host", "192.0.2.1")
    assert (done.code, done.out) == (2, "")
    assert "--host 192.0.2.1 is reached from other machines" in done.err
    assert not list(Path.cwd().glob("**/state.json"))


def _write_state(**fields: Any) -> Path:
    """Write the state of a service that was started here, without a process of its own."""
    place = Path(".parallel-stage/service/warm").absolute()
    place.mkdir(parents=True, exist_ok=True)
    defaults = {"machine": this_machine(), "mark": "0" * 32, "started_at": "2026-01-31T12:00:00+00:00"}
    state.write(place, Service("warm", Settings(2, "127.0.0.1"), **{**defaults, **fields}))
    return place


ENDED = Process(1 << 30, "1")
LOST: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, "it was stopped"),
    ({"scheduler": ENDED}, "its scheduler has ended"),
    ({"scheduler": ENDED, "machine": Machine(this_machine().host, "other")}, "the machine was started again since"),
    ({"scheduler": ENDED, "machine": Machine("far", "other")}, "it was started on the machine far"),
)


@pytest.mark.parametrize(("fields", "reason"), LOST)
def test_a_service_that_is_gone_says_why(fields: dict[str, Any], reason: str, command: Command) -> None:
    _write_state(**fields)
    assert command("service", "status").out.startswith(f"warm: error, {reason}\n")
    done = command("service", "health", "warm")
    assert done.code == 3
    assert done.err == f"error: the status is error: {reason}\nhelp: parallel-stage service restart warm\n"
    assert json.loads(done.out)["workers_pending"] == ["warm-0", "warm-1"]


@pytest.mark.parametrize(("fields", "reason"), LOST)
def test_a_run_on_it_is_refused_at_once(fields: dict[str, Any], reason: str, command: Command) -> None:
    _write_state(**fields)
    Path("parallel_stage.toml").write_text(toml())
    done = command("run", "parallel_stage.toml", "--service", "warm")
    assert (done.code, done.out) == (9, "")
    assert done.err.startswith(f"error: the service warm is not running: {reason}\nhelp: ")
    assert not Path(".parallel-stage/runs").exists()


def test_one_that_was_never_started_is_idle(command: Command) -> None:
    done = command("service", "health", "warm")
    assert (done.code, json.loads(done.out)["status"]) == (4, "idle")
    assert done.err.endswith("help: parallel-stage service start warm\n")
    assert command("service", "health", "warm", "--allow-idle").code == 0
    assert [*Path.cwd().iterdir()] == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "agilab.parallel_stage.service.v1"}'])
def test_a_damaged_state_is_named(text: str, command: Command) -> None:
    path = _write_state() / "state.json"
    path.write_text(text)
    Path("parallel_stage.toml").write_text(toml())
    codes = {("status",): 2, ("health", "warm"): 1, ("stop", "warm"): 2, ("start", "warm"): 2}
    for arguments, code in codes.items():
        done = command("service", *arguments)
        assert done.code == code
        assert done.err.startswith(f"error: the state of the service in {path} cannot be read: ")
    assert command("run", "parallel_stage.toml", "--service", "warm").code == 2
    assert path.read_text() == text


def test_a_machine_that_was_started_again_costs_no_other_process(command: Command) -> None:
    """Numbers and times of processes may be the same in two boots: those of this test are."""
    this = Process(os.getpid(), start_of(os.getpid()))
    _write_state(scheduler=this, workers=this, machine=Machine(this_machine().host, "other"))
    assert command("service", "stop", "warm").out == "warm was not running\n"
    assert command("service", "status").out.startswith("warm: error, it was stopped\n")


def test_one_of_another_machine_is_left_alone(command: Command) -> None:
    place = _write_state(scheduler=ENDED, machine=Machine("far", "other"))
    for arguments in (("start", "warm"), ("stop", "warm"), ("restart", "warm")):
        done = command("service", *arguments)
        assert done.code == 2
        assert done.err.startswith("error: the service warm was started on the machine far\n")
        assert f"remove {place}" in done.err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--backend", "pool"), "the service warm is one of Dask, and this run is on pool"),
        (("--scheduler", "tcp://127.0.0.1:1"), "both the service warm and tcp://127.0.0.1:1 are given"),
        (("--partition", "0"), "one partition alone runs in a process of its own"),
    ],
)
def test_what_a_run_on_a_service_cannot_have(more: tuple[str, ...], message: str, command: Command) -> None:
    Path("parallel_stage.toml").write_text(toml())
    done = command("run", "parallel_stage.toml", "--service", "warm", *more)
    assert done.code == 2
    assert message in done.err


def test_health_and_state_follow_their_schemas(command: Command) -> None:
    place = _write_state()
    command("service", "health", "warm")
    for path in (place / "health.json", place / "state.json"):
        document = json.loads(path.read_text())
        found = schema.schema(document["schema"])
        jsonschema.Draft7Validator.check_schema(found)
        jsonschema.Draft7Validator(found).validate(document)
        assert set(document) == set(found["properties"])

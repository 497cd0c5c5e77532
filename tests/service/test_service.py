"""A service as a user has it: real processes, which one module starts once; each test leaves a whole one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sysconfig
import time
from dataclasses import replace
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from certificates import certificates
from parallel_stage import BackendLostError, UsageError, run_stage
from parallel_stage.service import health, lifecycle, state
from parallel_stage.service.launch import MARK
from parallel_stage.service.processes import Machine, kill, marked
from parallel_stage.service.scheduler import ask
from parallel_stage.service.state import Service, Settings
from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.xdist_group("dask")

COMMAND = str(Path(sysconfig.get_path("scripts"), "parallel-stage"))
SWEEP: dict[str, Any] = {
    "function": "work:work",
    "split": "parameter-sweep",
    "input": "grid.json",
    "partition_strategy": "parameter-items",
    "target_partitions": 0,
    "workers": 2,
    "reducer": "collect-json",
    "output": "result.json",
}
CODE = "import os\ndef work(item):\n    import helper\n    return [helper.name, os.getpid()]\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The directory of a service of two workers, started by a command whose terminal is gone since."""
    directory = tmp_path_factory.mktemp("root with blanks")
    command = [COMMAND, "service", "start", "warm", "--workers", "2"]
    started = subprocess.run(
        command, cwd=directory, capture_output=True, text=True, check=False, start_new_session=True
    )
    try:
        assert started.returncode == 0, started.stderr
        assert started.stdout.startswith("warm: 2 workers, scheduler tcp://127.0.0.1:")
        yield str(directory)
    finally:
        last = state.known("warm", str(directory))
        lifecycle.stop("warm", str(directory))
        assert [*marked(MARK, last.mark)] == []


@pytest.fixture
def service(root: str) -> Service:
    return state.known("warm", root)


@pytest.fixture
def stage(tmp_path: Path, root: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Writes a project of its own, whose functions return its name and their process."""
    monkeypatch.chdir(root)

    def make(name: str, code: str = CODE, items: int = 8) -> Path:
        directory = tmp_path / name
        directory.mkdir(exist_ok=True)
        (directory / "work.py").write_text(code)
        (directory / "helper.py").write_text(f"name = {name!r}\n")
        (directory / "grid.json").write_text(json.dumps(list(range(items))))
        (directory / "parallel_stage.toml").write_text(toml(**SWEEP))
        return directory / "parallel_stage.toml"

    return make


def values(path: Path, **settings: Any) -> list[Any]:
    found: list[Any] = json.loads(run_stage(path, service="warm", **settings).result.read_text())
    return found


def until(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait for something, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_every_listener_is_on_loopback_and_no_process_has_a_terminal(service: Service) -> None:
    processes = [process.pid for process in marked(MARK, service.mark)]
    assert {service.scheduler.pid, service.workers.pid} < set(processes)
    assert len(processes) >= 4
    assert len(listeners := [each for pid in processes for each in _listeners(pid)]) >= 7
    assert set(listeners) == {"0100007F"}, "127.0.0.1, as the kernel writes it"
    for pid in processes:
        assert Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[4] == "0", "it has no terminal"


def _listeners(pid: int) -> list[str]:
    """The addresses on which a process listens."""
    inodes = set()
    for each in Path(f"/proc/{pid}/fd").iterdir():
        target = os.readlink(each)
        if target.startswith("socket:"):
            inodes.add(target[8:-1])
    text = "".join(Path(f"/proc/{pid}/net/{table}").read_text() for table in ("tcp", "tcp6"))
    lines = [line.split() for line in text.splitlines()]
    return [line[1].rpartition(":")[0] for line in lines if line[3] == "0A" and line[9] in inodes]


def test_a_second_start_is_refused(root: str, service: Service) -> None:
    with pytest.raises(UsageError, match=f"is running already: {service.address}, process {service.scheduler.pid}"):
        lifecycle.start("warm", root, Settings(1, "127.0.0.1"))
    assert state.known("warm", root) == service


def test_two_runs_at_once_leave_it_as_it_was(stage: Callable[..., Path], root: str, service: Service) -> None:
    """The commands end what they have started, and nothing of the service."""
    before = ask(service).workers
    slow = CODE.replace("import helper\n", "import helper, time\n    time.sleep(0.05)\n")
    paths = [stage(name, slow, 20) for name in ("one", "two")]
    commands = [
        subprocess.Popen([COMMAND, "run", str(path), "--service", "warm", "--quiet"], cwd=root) for path in paths
    ]
    assert [command.wait(60) for command in commands] == [0, 0]
    results = [json.loads((path.parent / "result.json").read_text()) for path in paths]
    assert [{name for name, _ in found} for found in results] == [{"one"}, {"two"}]
    assert {pid for found in results for _, pid in found} <= {each.pid for each in marked(MARK, service.mark)}
    assert [(each.name, each.address) for each in ask(service).workers] == [
        (each.name, each.address) for each in before
    ]


def test_projects_with_modules_of_one_name_and_code_that_is_edited(stage: Callable[..., Path]) -> None:
    one, two = stage("one"), stage("two")
    assert [values(path)[0][0] for path in (one, two, one)] == ["one", "two", "one"]
    (one.parent / "helper.py").write_text("name = 'new'\n")
    assert [values(path)[0][0] for path in (one, two)] == ["new", "two"]


def test_its_page_names_stages_and_partitions(stage: Callable[..., Path], root: str, service: Service) -> None:
    from distributed import Client

    path = stage("one")
    path.write_text(toml(**{**SWEEP, "name": "named"}))
    with Client(service.address) as client:  # type: ignore[no-untyped-call]
        values(path)
        prefixes = client.run_on_scheduler(lambda dask_scheduler: {*dask_scheduler.task_prefixes})
    assert {"named", "named-check"} <= prefixes
    assert "execute" not in prefixes
    log = Path(root, ".parallel-stage", "service", "warm", "scheduler.log")
    assert log.read_text() == "", "no run leaves a line"


@pytest.mark.parametrize("page", ["status", "tasks", "workers"])
def test_the_link_to_its_page_opens_where_bokeh_is_there(service: Service, page: str) -> None:
    assert bool(service.dashboard) == bool(find_spec("bokeh"))
    if service.dashboard:
        connection = HTTPConnection(urlsplit(service.dashboard).netloc, timeout=30)
        connection.request("GET", f"/{page}")
        assert connection.getresponse().status == 200
        connection.close()


def test_what_runs_have_done_is_counted(stage: Callable[..., Path], root: str) -> None:
    before = health.take("warm", root)[0]["queue"]
    values(stage("one"))
    with pytest.raises(Exception, match="1 of 8 partitions failed"):
        values(stage("one", "def work(item):\n    return 1 // item\n"))
    assert health.take("warm", root)[0]["queue"] == {
        "pending": 0,
        "running": 0,
        "done": before["done"] + 8 + 7,
        "failed": before["failed"] + 1,
    }


def test_a_killed_worker_comes_back_and_is_told_of_once(
    stage: Callable[..., Path], root: str, service: Service
) -> None:
    path = stage("one")
    health.take("warm", root)
    os.kill(values(path)[0][1], signal.SIGKILL)
    until(lambda: len(ask(service).workers) < 2)
    document, reason = health.take("warm", root)
    counts = document["workers_running_count"], document["workers_pending_count"]
    assert (document["status"], counts) == ("degraded", (1, 1))
    assert reason == f"workers are missing: {document['workers_pending'][0]}"
    assert len(values(path)) == 8, "the other worker does it"
    until(lambda: len(ask(service).workers) == 2)
    lost = document["workers_pending"]
    documents = [health.take("warm", root)[0] for _ in range(2)]
    assert [(each["status"], each["workers_restarted"]) for each in documents] == [("running", lost), ("running", [])]


def test_a_killed_process_is_told_of_and_a_restart_helps(
    stage: Callable[..., Path], root: str, service: Service
) -> None:
    path = stage("one")
    kill(service.workers)
    until(lambda: not ask(service).workers)
    assert health.take("warm", root)[1] == "no worker is there"
    with pytest.raises(BackendLostError, match="the service warm has no worker: the process that starts them has"):
        values(path)
    with pytest.raises(UsageError, match="is running in part: its workers' process has ended"):
        lifecycle.start("warm", root, Settings(2, "127.0.0.1"))
    kill(service.scheduler)
    until(lambda: not service.scheduler.is_alive())
    document, reason = health.take("warm", root)
    assert (document["status"], reason) == ("error", "its scheduler has ended")
    assert document["workers_pending"] == ["warm-0", "warm-1"]
    with pytest.raises(BackendLostError, match="the service warm is not running: its scheduler has ended") as caught:
        values(path)
    assert caught.value.hint == "parallel-stage service restart warm starts it again"
    restarted = lifecycle.restart("warm", root)
    assert restarted.settings == service.settings
    assert [*marked(MARK, service.mark)] == []
    assert {name for name, _ in values(path)} == {"one"}
    assert health.take("warm", root)[0]["status"] == "running"


def test_stopped_and_started_after_the_machine_was(stage: Callable[..., Path], root: str, service: Service) -> None:
    """The state that a machine leaves that goes down: processes that are gone, of another boot."""
    assert lifecycle.stop("warm", root)
    assert [*marked(MARK, service.mark)] == []
    place = Path(root, ".parallel-stage", "service", "warm")
    state.write(place, replace(service, machine=Machine(service.machine.host, "another boot")))
    assert health.take("warm", root)[1] == "the machine was started again since"
    with pytest.raises(BackendLostError, match="the machine was started again since"):
        values(stage("one"))
    again = lifecycle.start("warm", root, service.settings)
    assert again.scheduler != service.scheduler
    assert len(values(stage("one"))) == 8


def test_an_encrypted_one(stage: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, root = stage("one"), str(tmp_path)
    monkeypatch.chdir(tmp_path)
    tls = certificates(Path(), "ours")
    encrypted = lifecycle.start("secret", root, Settings(1, "127.0.0.1", tls))
    try:
        assert encrypted.address.startswith("tls://127.0.0.1:")
        assert [*map(os.path.isabs, encrypted.settings.tls)] == [True] * 3, "a run may start elsewhere"
        done = run_stage(path, service="secret")
        assert {name for name, _ in json.loads(done.result.read_text())} == {"one"}
        assert done.manifest["ran"]["tls"] == encrypted.settings.tls._asdict()
        assert health.take("secret", root)[0]["status"] == "running"
        other = replace(encrypted.settings, tls=certificates(tmp_path, "other"))
        with pytest.raises(BackendLostError, match="does not answer"):
            ask(replace(encrypted, settings=other))
        with pytest.raises(UsageError, match="the service secret has certificates of its own, or none"):
            run_stage(path, service="secret", tls_ca=tls.ca)
    finally:
        assert lifecycle.stop("secret", root)


def test_a_start_that_is_terminated_leaves_nothing(tmp_path: Path) -> None:
    with subprocess.Popen([COMMAND, "service", "start", "half"], cwd=tmp_path, stderr=subprocess.PIPE) as command:
        found = until(lambda: state.read("half", str(tmp_path)))
        command.terminate()
        assert command.wait(60) == 143
        assert command.stderr
        assert command.stderr.read().strip() == b"terminated"
    assert [*marked(MARK, found.mark)] == []
    assert state.known("half", str(tmp_path)).why_gone() == "it was stopped"


def test_one_that_cannot_start_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__PRELOAD", '["no_such_module_here"]')
    with pytest.raises(BackendLostError, match="the scheduler of the service ended while it was started") as caught:
        lifecycle.start("broken", str(tmp_path), Settings(1, "127.0.0.1"))
    assert "no_such_module_here" in caught.value.details
    assert caught.value.hint.endswith("scheduler.log")
    assert not state.known("broken", str(tmp_path)).is_alive()

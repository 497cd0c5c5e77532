"""Runs on a scheduler here and a worker on another host: one that sees the project, is cut off, or has other code."""

from __future__ import annotations

import json
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from certificates import certificates
from hosts.hosts import Host, dask, two_hosts
from support import toml

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

CODE = "import socket, time\ndef work(item):\n    time.sleep(0.2)\n    return [item, socket.gethostname()]\n"
SWEEP: dict[str, Any] = {
    "function": "work:work",
    "split": "parameter-sweep",
    "input": "grid.json",
    "partition_strategy": "parameter-items",
    "target_partitions": 0,
    "workers": 2,
    "reducer": "collect-json",
    "backend": "dask",
    "output": "result.json",
}
ITEMS = 60


class Site:
    """A project, a scheduler here, and workers where a test starts them."""

    def __init__(self, directory: Path, here: Host, there: Host) -> None:
        self.directory, self.here, self.there = directory, here, there
        self.project = directory / "project"
        self.project.mkdir()
        (self.project / "work.py").write_text(CODE)
        (self.project / "grid.json").write_text(json.dumps(list(range(ITEMS))))
        (self.project / "parallel_stage.toml").write_text(toml(**SWEEP))
        file = directory / "scheduler.json"
        options = ("--host", here.address, "--scheduler-file", str(file), "--no-dashboard", "--dashboard-address", ":0")
        here.start(*dask("scheduler", *options), log=directory / "scheduler.log")
        until(file.exists)
        self.scheduler = f"tcp://{here.address}:8786"

    def start_worker(self, host: Host, *mounts: str, options: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        """Start a worker's process, which starts again what it loses, as a site's would."""
        options = ("--host", host.address, "--nthreads", "1", "--memory-limit", "0", *options)
        options += ("--dashboard-address", ":0", "--name", host.name, "--death-timeout", "10")
        scratch = ("--local-directory", str(self.directory / f"scratch-{host.name}"))
        command = dask("worker", self.scheduler, *options, *scratch)
        again = ("sh", "-c", 'while :; do "$@" & wait $!; sleep 0.2; done', "sh")
        return host.start(*again, *command, mounts=mounts, log=self.directory / f"{host.name}.log")

    def run(self, *options: str) -> subprocess.Popen[bytes]:
        """Start a run here, on the scheduler unless on a service."""
        where = () if "--service" in options else ("--scheduler", self.scheduler)
        return self._start("run", str(self.project / "parallel_stage.toml"), *where, *options)

    def service(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command about a service here."""
        return self._start("service", *arguments)

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        log = self.directory / "run.log"
        log.unlink(missing_ok=True)
        return self.here.start(sys.executable, "-m", "parallel_stage", *arguments, log=log, cwd=str(self.directory))

    def said(self) -> str:
        """What the last command said."""
        return (self.directory / "run.log").read_text(encoding="utf-8")

    def hosts(self) -> dict[str, int]:
        """How many items of the result each host has computed; each item is there once, in order."""
        found = json.loads((self.project / "result.json").read_text(encoding="utf-8"))
        assert [item for item, _ in found] == list(range(ITEMS))
        names = [name for _, name in found]
        return {name: names.count(name) for name in names}


def until(condition: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with two_hosts() as (here, there):
        yield Site(tmp_path, here, there)


def test_both_hosts_work(site: Site) -> None:
    site.start_worker(site.here)
    site.start_worker(site.there)
    until(lambda: all((site.directory / f"scratch-{name}").exists() for name in ("here", "there")))
    time.sleep(3)
    assert site.run().wait(120) == 0, site.said()
    assert set(site.hosts()) == {"here", "there"}


@pytest.mark.parametrize("seconds", [10, 45])
def test_a_host_that_is_cut_off_and_back(site: Site, seconds: float) -> None:
    """After half a minute the scheduler gives it up; what starts its workers again brings it back."""
    site.start_worker(site.here)
    site.start_worker(site.there)
    (site.project / "work.py").write_text(CODE.replace("0.2", "2"))
    run = site.run()
    until(lambda: "5 of 60" in site.said() or "6 of 60" in site.said(), 90)
    site.there.cut()
    time.sleep(seconds)
    site.there.join()
    assert run.wait(180) == 0, site.said()
    assert set(site.hosts()) == {"here", "there"}
    assert "the worker tcp://198.18.77.2" in site.said() if seconds > 30 else True


def test_other_code_there_is_named(site: Site) -> None:
    other = site.directory / "other"
    other.mkdir()
    (other / "work.py").write_text(CODE.replace("item,", "item + 1,"))
    site.start_worker(site.there, f"mount --bind '{other}/work.py' '{site.project}/work.py'")
    assert site.run().wait(120) == 9
    assert "on there has other source of work than the runner" in site.said()


def test_a_host_with_a_copy_and_no_share_sends_what_it_makes(site: Site) -> None:
    copy = site.directory / "copy"
    shutil.copytree(site.project, copy)
    site.start_worker(site.there, f"mount --bind '{copy}' '{site.project}'")
    assert site.run().wait(120) == 0, site.said()
    assert site.hosts() == {"there": ITEMS}
    assert not (copy / ".parallel-stage").exists()


def test_a_host_with_the_share_under_another_path(site: Site) -> None:
    elsewhere = site.directory / "elsewhere"
    elsewhere.mkdir()
    share, hidden = f"mount --bind '{site.project}' '{elsewhere}'", f"mount -t tmpfs none '{site.project}'"
    site.start_worker(site.there, share, hidden)
    assert site.run("--worker-root", str(elsewhere)).wait(120) == 0, site.said()
    assert site.hosts() == {"there": ITEMS}


def test_a_worker_of_another_host_joins_an_encrypted_service(site: Site) -> None:
    tls = certificates(site.directory, "ours")
    files = [word for option in tls.options() for word in option]
    options = ("--host", site.here.address, "--workers", "1", *files)
    assert site.service("start", "warm", *options).wait(120) == 0, site.said()
    try:
        state = json.loads((site.directory / ".parallel-stage/service/warm/state.json").read_text(encoding="utf-8"))
        assert state["address"].startswith(f"tls://{site.here.address}:")
        site.scheduler = state["address"]
        site.start_worker(site.there, options=("--tls-ca-file", tls.ca, "--tls-cert", tls.cert, "--tls-key", tls.key))
        until((site.directory / "scratch-there").exists)
        time.sleep(3)
        assert site.run("--service", "warm").wait(120) == 0, site.said()
        assert set(site.hosts()) == {"here", "there"}
        assert site.service("health", "warm").wait(60) == 0
        assert json.loads(site.said())["workers_running"] == ["there", "warm-0"]
    finally:
        assert site.service("stop", "warm").wait(60) == 0


def test_a_host_without_the_project_says_what_it_does_not_see(site: Site) -> None:
    site.start_worker(site.there, f"mount -t tmpfs none '{site.project}'")
    assert site.run().wait(120) == 9
    assert "on there cannot see" in site.said()

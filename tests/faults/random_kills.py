"""Runs that are killed at random moments: `python tests/faults/random_kills.py COUNT [SEED]`, or `./dev test-faults`.

Each starts processes in sessions of their own and holds the interpreter's lock. Whatever is killed, and when:
nothing is left running, the result is the old one or the whole new one, and only a run with a result exits with 0.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from running_command import children_of, running, wait_until_gone, write_stage

if TYPE_CHECKING:
    import subprocess

BODY = (
    "import re, subprocess\n"
    "for alone in (False, True):\n    subprocess.Popen(['sleep', '600'], start_new_session=alone)\n"
    "re.match(r'(a+)+$', 'a' * 21 + 'b')\n"
)
NEW = ["0.txt", "1.txt", "2.txt", "3.txt"]
SECONDS = {"local": 1.2, "pool": 1.8, "dask": 3.0}
"""How long a run takes, about, on each backend."""


class Kill(NamedTuple):
    """What happens to a run: a signal, after some seconds, to the front, the keeper, the runner or the group."""

    backend: str
    signal: int
    target: str
    seconds: float


def kills(count: int, seed: int) -> list[Kill]:
    """Return random kills, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - to repeat it
    signals = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    found = []
    for number in range(count):
        backend = list(SECONDS)[number % 3]
        target = chance.choice(("front", "front", "runner", "group"))
        found.append(Kill(backend, chance.choice(signals), target, chance.uniform(0.15, SECONDS[backend])))
    return found


def faults_of(kill: Kill, directory: Path) -> list[str]:
    """Start a run in an empty directory and kill it; return what is wrong afterwards."""
    write_stage(directory, BODY, inputs=len(NEW))
    with running(directory, "--backend", kill.backend) as (command, mark):
        time.sleep(kill.seconds)
        _send(kill, command)
        _, errors = command.communicate(timeout=60)
        left = wait_until_gone(mark)
    code, result = command.returncode, (directory / "result.json").read_text()
    is_new = result != "old" and json.loads(result) == NEW
    checks = {
        f"left running: {left}": not left,
        f"the result is {result!r}": is_new or result == "old",
        f"exit {code} with the result {result!r}": code != 0 or is_new,
        f"exit {code}": code in (0, -kill.signal, 128 + kill.signal),
        f"printed {errors}": "Traceback" not in errors and "leaked" not in errors,
    }
    if code == 128 + kill.signal and kill.signal != signal.SIGKILL:
        runs = [path.parent for path in directory.glob(".parallel-stage/runs/*/*Z-*/ledger.jsonl")]
        checks["no manifest"] = all(_exit_code(run) == code for run in runs)
    return [fault for fault, passed in checks.items() if not passed]


def _exit_code(run: Path) -> int | None:
    with suppress(FileNotFoundError):
        return int(json.loads((run / "manifest.json").read_text())["exit_code"])
    return None


def _send(kill: Kill, command: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        if kill.target == "group":
            os.killpg(command.pid, kill.signal)
        elif kill.target == "runner":
            keeper = next(iter(children_of(command.pid)), command.pid)
            os.kill(next(iter(children_of(keeper)), command.pid), kill.signal)
        else:
            os.kill(command.pid, kill.signal)


def main(count: int, seed: int) -> int:
    """Run that many kills; print what is wrong, and how to repeat it."""
    wrong = 0
    for number, kill in enumerate(kills(count, seed)):
        with tempfile.TemporaryDirectory() as directory:
            faults = faults_of(kill, Path(directory))
        if faults:
            wrong += 1
            print(f"{number} {kill}", *faults, sep="\n  ", flush=True)
    print(f"{wrong} of {count} runs with faults (seed {seed})")
    return 1 if wrong else 0


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]] or [100]
    seed = arguments[1] if len(arguments) > 1 else time.time_ns() % 10**6
    sys.exit(main(arguments[0], seed))

"""Every fault on every backend: really made, on the real command, and what was seen written to docs/faults.md.

`python tests/faults/table.py [NAME ...]`, or `./dev test-faults`, which writes the page; exits with 1 where a cell
is not what it must be.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from running_command import HOLDS_GIL, children_of, marked, running, wait_for, wait_until_gone, write_stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

BACKENDS = ("local", "pool", "dask")
PAGE = Path(__file__).resolve().parents[2] / "docs/faults.md"
OLD = "old"
_INPUTS = 3
_LONGEST = 240  # seconds that a cell may take
_PROGRESS = re.compile(r"\d+ partitions? on ")
_VARYING = re.compile(r"(?<=tcp://)[\d.:]+|(?<=runs/delays/)\w+-\w+")


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        name: The fault, in a few words.
        code: The exit code that the command must have.
        said: What its messages must contain.
        body: The function's body, which may use `path`; it is executed for each of three files.
        fields: Fields of the contract.
        arguments: Arguments of the command.
        before: Prepares the directory, during a `with` block.
        act: Does something to the running command once the function has begun: the command, the directory, the mark.
        limits: Resource limits of the command.
        reducer: The body of a `reducer_function`, which may use `parts` and `output`.
    """

    name: str
    code: int
    said: str
    body: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    before: Callable[[Path], Any] | None = None
    act: Callable[[subprocess.Popen[str], Path, str], None] | None = None
    limits: Mapping[int, int] = field(default_factory=dict)
    reducer: str = ""


def _only_first(line: str) -> str:
    return f"import ctypes, os, signal, sys\nif path.name == '1.txt':\n    {line}\n"


def _signal(number: signal.Signals, times: int = 1) -> Callable[[subprocess.Popen[str], Path, str], None]:
    def send(command: subprocess.Popen[str], _directory: Path, _mark: str) -> None:
        for _ in range(times):
            with suppress(ProcessLookupError):
                os.killpg(command.pid, number)
            time.sleep(0.15)

    return send


def _kill_command(command: subprocess.Popen[str], _directory: Path, _mark: str) -> None:
    command.kill()


def _kill_runner(command: subprocess.Popen[str], _directory: Path, _mark: str) -> None:
    keeper = next(iter(children_of(command.pid)))
    os.kill(next(iter(children_of(keeper))), signal.SIGKILL)


def _kill_workers(command: subprocess.Popen[str], directory: Path, mark: str) -> None:
    """Kill every process that executes the function, as the kernel does when memory runs out."""
    workers = {int(path.name.rpartition("-")[2]) for path in directory.glob("pid-*")}
    assert workers & marked(mark).keys(), "no worker to kill"
    for pid in workers:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    (directory / "killed").touch()
    assert command.poll() is None


@contextmanager
def _small_disk(directory: Path, size: str, options: str = "") -> Iterator[None]:
    """Mount a small file system at a directory; it is unmounted afterwards."""
    directory.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}{options}", "none", str(directory)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


def _change_input(_command: subprocess.Popen[str], directory: Path, _mark: str) -> None:
    (directory / "data/2.txt").write_text("changed")
    (directory / "changed").touch()


def _remove_input(_command: subprocess.Popen[str], directory: Path, _mark: str) -> None:
    (directory / "data/2.txt").unlink()
    (directory / "changed").touch()


_UNTIL_CHANGED = (
    "import os, time\nwhile path.name != '2.txt' and not os.path.exists('changed'):\n    time.sleep(0.01)\n"
)
_UNTIL_KILLED = (
    "import os, time\n"
    "pathlib.Path(f'pid-{os.getpid()}').touch()\n"
    "while not os.path.exists('killed'):\n    time.sleep(0.02)\n"
)
_LARGE = "return 'x' * 2_000_000\n"

FAULTS = (
    Fault("the function raises", 5, "ValueError: no good", _only_first("raise ValueError('no good')")),
    Fault(
        "it raises what cannot be pickled",
        5,
        "Odd: odd",
        _only_first("raise type('Odd', (Exception,), {'__str__': lambda _: 'odd'})(lambda: 0)"),
    ),
    Fault(
        "it raises what cannot be shown",
        5,
        "its message cannot be shown",
        _only_first("raise type('Odd', (Exception,), {'__str__': lambda _: sys.exit(0)})"),
    ),
    Fault("it calls `sys.exit(0)`", 5, "the function called sys.exit(0)", _only_first("sys.exit(0)")),
    Fault("it calls `os._exit(0)`", 5, "exit", _only_first("os._exit(0)")),
    Fault("it calls `os._exit(1)`", 5, "exit", _only_first("os._exit(1)")),
    Fault("it exits through C", 5, "WorkerLostError", _only_first("ctypes.CDLL(None)._exit(0)")),
    Fault("SIGKILL in a worker", 5, "WorkerLostError", _only_first("os.kill(os.getpid(), signal.SIGKILL)")),
    Fault("segmentation fault", 5, "WorkerLostError", _only_first("ctypes.string_at(0)")),
    Fault("more memory than the limit", 5, "MemoryError", _only_first("bytearray(64 << 30)"), limits={9: 32 << 30}),
    Fault("endless recursion", 5, "RecursionError", _only_first("(lambda f: f(f))(lambda f: f(f))")),
    Fault(
        "a hang in Python",
        5,
        "1 of 3 partitions failed",
        _only_first("import time; time.sleep(600)"),
        arguments=("--timeout", "1"),
    ),
    Fault(
        "a hang that holds the interpreter's lock",
        5,
        "1 of 3 partitions failed",
        _only_first(HOLDS_GIL.replace("\n", "; ").rstrip("; ")),
        arguments=("--timeout", "1"),
    ),
    Fault("50 MB on standard output", 0, "", _only_first("[print('x' * 1023) for _ in range(50_000)]")),
    Fault("closed standard streams", 0, "", _only_first("sys.stdout.close(); os.close(1); os.close(2)")),
    Fault("a value that JSON cannot hold", 5, "UnfitValueError", _only_first("return {'x': float('nan')}")),
    Fault("a result of 400 MB", 0, "", "return 'x' * (400_000_000 // 3)\n"),
    Fault("an input changes", 8, "input changed: data/2.txt", _UNTIL_CHANGED, act=_change_input, fields={"workers": 1}),
    Fault(
        "an input is removed", 8, "input changed: data/2.txt", _UNTIL_CHANGED, act=_remove_input, fields={"workers": 1}
    ),
    Fault(
        "the run directory is full",
        9,
        "No space left",
        _LARGE,
        before=lambda at: _small_disk(at / ".parallel-stage", "1m"),
    ),
    Fault(
        "the output is full",
        7,
        "No space left",
        _LARGE,
        fields={"output": "out/result.json"},
        before=lambda at: _small_disk(at / "out", "1m"),
    ),
    Fault(
        "the output is read-only",
        4,
        "Read-only file system",
        fields={"output": "out/result.json"},
        before=lambda at: _small_disk(at / "out", "1m", ",ro"),
    ),
    Fault("the reducer fails", 7, "no merge", "return {'n': 1}\n", reducer="raise ValueError('no merge')"),
    Fault(
        "the reducer exits",
        7,
        "reducer_function",
        "return {'n': 1}\n",
        reducer="import ctypes; ctypes.CDLL(None)._exit(0)",
    ),
    Fault("SIGKILL of the command", -9, "", "import time\ntime.sleep(600)\n", act=_kill_command),
    Fault(
        "SIGKILL of the process that runs it",
        137,
        "was killed by SIGKILL",
        "import time\ntime.sleep(600)\n",
        act=_kill_runner,
    ),
    Fault("SIGTERM", 143, "terminated: ", "import time\ntime.sleep(600)\n", act=_signal(signal.SIGTERM)),
    Fault("SIGHUP", 129, "hung up: ", "import time\ntime.sleep(600)\n", act=_signal(signal.SIGHUP)),
    Fault("Ctrl-C", 130, "interrupted: ", "import time\ntime.sleep(600)\n", act=_signal(signal.SIGINT)),
    Fault("Ctrl-C twice", 130, "interrupted: ", "import time\ntime.sleep(600)\n", act=_signal(signal.SIGINT, 2)),
    Fault("all workers are killed", 0, "", _UNTIL_KILLED, act=_kill_workers),
)


@dataclass(frozen=True)
class Cell:
    """What was seen of a fault on a backend.

    Attributes:
        code: The exit code.
        said: The line that says what happened.
        wrong: What is not as it must be.
    """

    code: int
    said: str
    wrong: list[str]


def cell(fault: Fault, backend: str, directory: Path) -> Cell:
    """Make a fault in an empty directory, and look at what is left."""
    with ExitStack() as stack:
        if fault.before:
            stack.enter_context(fault.before(directory))
        fields = dict(fault.fields)
        if fault.reducer:
            fields |= {"reducer": "custom", "reducer_function": "reduce.py:merge"}
            (directory / "reduce.py").write_text(f"def merge(parts, output):\n    {fault.reducer}\n")
        write_stage(directory, fault.body, inputs=_INPUTS, **fields)
        arguments = ("--backend", backend, *fault.arguments)
        with running(directory, *arguments, preexec_fn=lambda: _limit(fault.limits)) as (command, mark):
            if fault.act:
                wait_for(directory / "begun-0.txt", command)
                time.sleep(0.3)
                fault.act(command, directory, mark)
            _, errors = command.communicate(timeout=_LONGEST)
            left = wait_until_gone(mark)
        return Cell(
            command.returncode,
            _said(errors, command.returncode, directory),
            _wrong(fault, command.returncode, errors, directory, left),
        )


def _limit(limits: Mapping[int, int]) -> None:
    import resource

    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))


def _wrong(fault: Fault, code: int, errors: str, directory: Path, left: Mapping[int, str]) -> list[str]:
    result = directory / fault.fields.get("output", "result.json")
    content = result.read_bytes() if result.exists() else b""
    stands = content in (b"", OLD.encode())
    own = [line for line in errors.splitlines() if "parallel_stage/" in line and line.lstrip().startswith("File ")]
    checks = {
        f"exit {code}, not {fault.code}": code == fault.code,
        f"it does not say {fault.said!r}": fault.said in errors,
        "there is no new result": code != 0 or not stands,
        "the old result is gone": code == 0 or stands,
        f"left running: {left}": not left,
        f"a traceback of the program: {own}": not own,
        "leaked": "leaked" not in errors,
    }
    wrong = [what for what, passed in checks.items() if not passed]
    return [*wrong, errors] if wrong else []


_ASIDE = ("note: ", "run directory: ")
"""How lines begin that a run prints whatever happens to it."""


def _said(errors: str, code: int, directory: Path) -> str:
    """Return the line that says what happened to a run, the same in every run: no addresses, no names of runs."""
    if code == 0:
        return "the result is whole"
    lines = [line.strip() for line in errors.replace(f"{directory}/", "").splitlines()]
    lines = [line for line in lines if line and not _PROGRESS.match(line) and not line.startswith(_ASIDE)] or [
        "nothing"
    ]
    found = next(line for start in ("partition ", "error: ", "") for line in lines if line.startswith(start))
    return _VARYING.sub("…", found.removeprefix("error: "))


def page(seen: Mapping[str, Mapping[str, Cell]]) -> str:
    """Return docs/faults.md: a row for each fault, with its exit code and what the command says."""
    codes = {fault.name: fault.code for fault in FAULTS}
    rows = [f"| {name} | {codes[name]} | {_cells(cells)} |" for name, cells in seen.items()]
    return "\n".join([*_HEAD, *rows]) + "\n"


_HEAD = (
    "# Faults",
    "",
    "What a run does when something goes wrong, as `./dev test-faults` has seen it: each fault was really made, on",
    "the real command, on `local`, `pool` and `dask`; the exit code is the same on all three. In every case nothing",
    "that the run had started was left, and the old result stood unless there was a whole new one.",
    "[Running](running.md) says what to do next.",
    "",
    "| fault | exit | what it says |",
    "|---|---|---|",
)


def _cells(cells: Mapping[str, Cell]) -> str:
    by_text: dict[str, list[str]] = {}
    for backend, cell in cells.items():
        by_text.setdefault(cell.said.replace("|", "\\|"), []).append(backend)
    if len(by_text) == 1:
        return next(iter(by_text))
    return "<br>".join(f"{', '.join(backends)}: {text}" for text, backends in by_text.items())


def main(names: list[str]) -> int:
    """Make the named faults, by default all; write the page where all were made and each cell is as it must be."""
    wrong, seen = 0, dict[str, dict[str, Cell]]()
    for fault in (fault for fault in FAULTS if not names or fault.name in names):
        for backend in BACKENDS:
            started = time.monotonic()
            with tempfile.TemporaryDirectory() as directory:
                found = cell(fault, backend, Path(directory))
            seen.setdefault(fault.name, {})[backend] = found
            wrong += bool(found.wrong)
            print(
                f"{time.monotonic() - started:6.1f} s  {backend:5}  {fault.name}: {found.code} {found.said}",
                *found.wrong,
                sep="\n    ",
                flush=True,
            )
    print(f"{wrong} cells of {len(seen) * len(BACKENDS)} are not as they must be")
    if not names and not wrong:
        PAGE.write_text(page(seen), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The functions that a backend calls in a worker: probe it, and execute a task."""

from __future__ import annotations

import os
import platform
import socket
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.contract.function import parse
from parallel_stage.errors import InputChangedError, ParallelStageError
from parallel_stage.plan.partition import Parameters, copied, key_of, paths_of
from parallel_stage.pysource.closure import code_of
from parallel_stage.run.reducers import REDUCERS
from parallel_stage.run.reducers.encoded import Encoded, UnfitValueError
from parallel_stage.run.storage import layout
from parallel_stage.run.storage.part import PartWriter, new_part
from parallel_stage.run.storage.unwritable import RunDirectoryError, unwritable, writing_to
from parallel_stage.run.task import Failure, Row, TaskReceipt
from parallel_stage.run.worker.argument import argument, refusing, wants_chunk
from parallel_stage.run.worker.capture import Capture, capturing, open_stream
from parallel_stage.run.worker.crowding import Crowding
from parallel_stage.run.worker.current import executing
from parallel_stage.run.worker.load import load, message_of, user_location, user_traceback
from parallel_stage.run.worker.process_state import held, is_interrupt, stage_environment
from parallel_stage.run.worker.time_limit import TimeLimit, time_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from parallel_stage.plan.partition import Input, Partition
    from parallel_stage.run.reducers.encoded import Write
    from parallel_stage.run.task import Stage, Task


class WorkerInfo(NamedTuple):
    """What the health check knows of a worker.

    Attributes:
        host, pid: Where it runs.
        python: Its version of Python, such as `3.12`.
        modules: The digests of the modules that the function needs, as the worker sees them, by name.
        problem: Why the function cannot be imported there; empty where it can.
        hint: What to do about the problem.
        details: The user's traceback of the problem; empty where there is none.
        missing: What the worker cannot see, as `the input a.csv`; empty where it sees the project and the inputs.
        sees_directory: Whether it sees the run directory; where not, its files travel back.
    """

    host: str
    pid: int
    python: str
    modules: Mapping[str, str]
    problem: str
    hint: str
    details: str
    missing: str
    sees_directory: bool = True


def info_of(stage: Stage, missing: str) -> WorkerInfo:
    """Import the function here, unless something is missing; the run directory is there."""
    modules = {} if missing else code_of(parse(stage.contract.function), stage.search).modules
    problem, hint, details = ("", "", "") if missing else _import_problem(stage)
    python = ".".join(platform.python_version_tuple()[:2])
    return WorkerInfo(socket.gethostname(), os.getpid(), python, modules, problem, hint, details, missing)


def _import_problem(stage: Stage) -> tuple[str, str, str]:
    try:
        with (
            writing_to(stage.directory),
            stage_environment(stage),
            capturing(layout.probe_log(stage.directory)),
        ):
            load(stage.contract.function, stage.search)
    except RunDirectoryError:
        raise
    except ParallelStageError as error:
        return error.message, error.hint, error.details
    return "", "", ""


def execute(stage: Stage, task: Task) -> TaskReceipt:
    """Run a task's partitions one after the other, until its time is over, and write their outputs to one part.

    A partition that raises, calls sys.exit or returns what does not fit has a receipt with a failure.

    Returns:
        The receipt, with a row for each partition that was begun.

    Raises:
        KeyboardInterrupt: For Ctrl-C in the runner's own process.
        RunDirectoryError: Where the run directory cannot be written.
        TimeoutError: Where this task was ended before by the time limit.
    """
    with writing_to(stage.directory), ExitStack() as stack:
        limit = stack.enter_context(time_limit(stage, task))
        stack.enter_context(stage_environment(stage))
        log = stack.enter_context(capturing(layout.task_log(stage.directory, task.number, stage.session)))
        writer = stack.enter_context(
            new_part(layout.part(stage.directory, task.number, stage.session), layout.scratch(stage.directory))
        )
        function = load(stage.contract.function, stage.search, stage.source_digest)
        crowding = Crowding(stage.contract.threads_per_worker)
        stack.enter_context(crowding.noticing())
        root = stack.enter_context(held(stage.root))
        inputs = {planned.path: planned for planned in task.inputs}
        encode, as_chunk = REDUCERS[stage.contract.reducer].encode, wants_chunk(function)
        return _Executor(stage, task, root, inputs, function, encode, as_chunk, writer, log, crowding, limit).receipt()


@dataclass(slots=True)
class _Executor:
    """Runs the partitions of one task."""

    stage: Stage
    task: Task
    root: int | str
    inputs: Mapping[str, Input]
    function: Callable[..., Any]
    encode: Callable[[object, Write], Encoded]
    as_chunk: bool
    writer: PartWriter
    log: Capture
    crowding: Crowding
    limit: TimeLimit
    suffix: str = ""
    rows: list[Row] = field(default_factory=list)
    others: dict[int, dict[str, Any]] = field(default_factory=dict)

    def receipt(self) -> TaskReceipt:
        """Run the partitions until the time is over."""
        started, begun = time.time(), time.perf_counter()
        for partition in self.task.partitions:
            now = time.perf_counter()
            if self.rows and now - begun > self.task.seconds:
                break
            self._run(partition, now, round((now - begun) * 1000))
        part = layout.part_name(self.task.number, self.stage.session)
        where = socket.gethostname(), os.getpid(), peak_memory()
        return TaskReceipt(self.task.attempt, part, self.suffix, *where, round(started, 3), self.rows, self.others)

    def _run(self, partition: Partition, clock: float, begun: int) -> None:
        other: dict[str, Any] = {}
        writer = self.writer
        writer.begin()
        self.limit.begin(partition.index)
        encoded, returned, failure = self._attempt(partition)
        self.limit.end()
        seconds = round(time.perf_counter() - clock, 6)
        if failure:
            writer.drop()
            other |= {"failure": failure, "part": ""}
        elif not self.suffix:
            self.suffix = encoded.suffix
        if not failure and encoded.suffix != self.suffix:
            other["suffix"] = encoded.suffix
        if returned:
            other["returned"] = returned
        if self.log.has_any():
            self.log.take(layout.partition_log(self.stage.directory, partition.index, self.stage.session))
            other["log"] = layout.log_name(partition.index, self.stage.session)
        if crowding := self.crowding.take():
            other["crowding"] = crowding
        if (key := key_of(partition.work)) is not None:
            other["key"] = key
        if other:
            self.others[len(self.rows)] = other
        place = writer.offset, writer.length, encoded.header
        row = Row(partition.index, partition.id, *place, writer.digest, encoded.records, begun, seconds)
        self.rows.append(row)

    def _attempt(self, partition: Partition) -> tuple[Encoded, str, Failure | None]:
        try:
            return *self._call(partition), None
        except RunDirectoryError:
            raise
        except InputChangedError as error:
            failure = _input_changed(error)
        except UnfitValueError as error:
            failure = Failure("value", "UnfitValueError", _message_with_hint(error))
        except BaseException as error:  # sys.exit in a function is that partition's failure too
            if is_interrupt(error):
                raise
            failure = self._changed(partition) or self._raised(error)
        return Encoded(0, ""), "", failure

    def _call(self, partition: Partition) -> tuple[Encoded, str]:
        self._reset_process_state()
        work = partition.work
        with executing(partition, self.task.attempt):
            if isinstance(work, Parameters):  # a second attempt gets them again
                return self._encode(self.function(copied(work.values)), self._write)
            self._check_inputs(partition)
            with argument(work, self.stage, as_chunk=self.as_chunk) as given:
                called = self._encode(self.function(given.value), refusing(given.temporary, self._write))
            self._check_inputs(partition)
            return called

    def _encode(self, value: Any, write: Write) -> tuple[Encoded, str]:
        returned = os.path.realpath(value) if isinstance(value, os.PathLike) else ""
        return self.encode(value, write), returned

    def _write(self, data: bytes) -> None:
        try:
            self.writer.write(data)
        except OSError as error:
            raise unwritable(self.stage.directory, error) from error

    def _raised(self, error: BaseException) -> Failure:
        location = user_location(error, self.stage.search)
        return Failure("function", type(error).__name__, _message_with_hint(error), user_traceback(error), location)

    def _changed(self, partition: Partition) -> Failure | None:
        """Return the failure of an input that is no longer that of the plan, whatever else went wrong."""
        try:
            self._check_inputs(partition)
        except InputChangedError as error:
            return _input_changed(error)
        return None

    def _reset_process_state(self) -> None:
        """Undo what the partition before may have changed: the directory and the standard streams."""
        os.chdir(self.root)
        sys.stdout, sys.stderr = open_stream(1), open_stream(2)

    def _check_inputs(self, partition: Partition) -> None:
        for path in self.inputs and paths_of(partition.work):
            check_input(self.inputs[path], self.stage.root)


def _input_changed(error: InputChangedError) -> Failure:
    return Failure("input-changed", "InputChangedError", error.message)


def check_input(planned: Input, root: str) -> None:
    """Raise InputChangedError where a file's size or modification time is no longer that of the plan."""
    try:
        now = os.stat(os.path.join(root, planned.path))
    except OSError as error:
        raise InputChangedError(f"input changed: {planned.path} cannot be read any more ({error.strerror})") from None
    if now.st_size != planned.size:
        raise InputChangedError(f"input changed: {planned.path} had {planned.size} bytes, now {now.st_size}")
    if now.st_mtime_ns != planned.mtime_ns:
        raise InputChangedError(f"input changed: {planned.path} was written since the plan was made")


def _message_with_hint(error: BaseException) -> str:
    hint = error.hint if isinstance(error, ParallelStageError) else ""
    return f"{message_of(error)}; {hint}" if hint else message_of(error)


def peak_memory() -> int:
    """Return the most memory that this process has used since it started, in bytes.

    0 where that is unknown.
    """
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024

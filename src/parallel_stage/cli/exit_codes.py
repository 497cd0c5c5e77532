"""Turn exceptions into messages and exit codes; nothing else does."""

from __future__ import annotations

import errno
import os
import sys

from parallel_stage.cli.terminal import columns
from parallel_stage.errors import Interrupted, ParallelStageError
from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.wording import printable, printable_lines, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

_INTERRUPTED = {1: "hung up", 2: "interrupted", 15: "terminated"}
"""What SIGHUP, SIGINT and SIGTERM do to a command."""
BROKEN_PIPE = 141
"""The exit code after the reader of the output has gone: 128 + SIGPIPE."""


class ReaderGoneError(Exception):
    """A BrokenPipeError under another name, since click would exit with 1, which means an invalid contract."""


def exit_code_of(run: Callable[[list[str]], int], arguments: list[str]) -> int:
    """Call `run(arguments)`, print its expected errors to standard error, and return the exit code."""
    _prepare_streams()
    try:
        code = run(arguments)
        sys.stdout.flush()
    except ParallelStageError as error:
        print_error(error)
        return error.exit_code
    except KeyboardInterrupt as error:
        return _interrupted(error)
    except (BrokenPipeError, ReaderGoneError):
        _silence()
        return BROKEN_PIPE
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _silence()
        print(f"error: cannot write: {error.strerror}", file=sys.stderr)
        return ParallelStageError.exit_code
    except Exception as error:  # noqa: BLE001 -- what is not expected is raised again
        return _usage(error)
    return code


def _prepare_streams() -> None:
    for number in (0, 1, 2):  # a closed one would be the number of the next file that is opened
        if not _is_open(number):
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # the caller has closed it
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 -- open until the process ends
        if hasattr(getattr(sys, name), "reconfigure"):  # file names need not be text
            getattr(sys, name).reconfigure(errors="backslashreplace")


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _silence() -> None:
    """Redirect standard output: else the interpreter reports the error again while it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_error(error: ParallelStageError) -> None:
    """Print an error, its details and its hint to standard error; no name in them can write more lines."""
    width = columns(sys.stderr)
    print(wrapped(f"error: {printable(error.message)}", width, "  "), file=sys.stderr)
    for line in printable_lines(error.details).splitlines():
        # Only what stands at the first level is prose; below it are tracebacks and commands.
        print(line if line.startswith("   ") else wrapped(line, width, "    "), file=sys.stderr)
    if error.hint:
        print(f"help: {printable(error.hint)}", file=sys.stderr)


def _interrupted(error: BaseException | None) -> int:
    """Print that the command was interrupted; the interrupt of a run says what is kept."""
    shown = error if isinstance(error, Interrupted) else Interrupted()
    print(printable_lines(": ".join(filter(None, (_INTERRUPTED[shown.number], shown.message)))), file=sys.stderr)
    return shown.exit_code


def _usage(error: Exception) -> int:
    """Print an error of the option parser; anything else is a bug, and raised again."""
    from click import Abort, ClickException
    from click.exceptions import Exit

    if isinstance(error, ClickException):
        error.show()
        return error.exit_code
    if isinstance(error, Abort):  # click's name for an interrupt
        return _interrupted(error.__cause__)
    if isinstance(error, Exit):
        return error.exit_code
    raise error

"""Import a function by its name from the stage's directories, always as it is on the disk."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.function import locate, parse
from parallel_stage.errors import ParallelStageError, PlanRefusedError
from parallel_stage.pysource.closure import code_of
from parallel_stage.run.exit_guard import ProcessEndError
from parallel_stage.run.reducers.encoded import kind_of
from parallel_stage.run.worker import importing
from parallel_stage.run.worker.module_table import file_of
from parallel_stage.run.worker.process_state import is_interrupt
from parallel_stage.run.worker.project import active
from parallel_stage.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType, TracebackType

    from parallel_stage.contract.function import FunctionRef


def load(text: str, search: tuple[str, ...], digest: str = "") -> Callable[..., Any]:
    """Import a function by `module_or_path:name`, within `project_of`.

    What was loaded for its project before is used again only where all of it is what the disk has now.

    Args:
        text: The function.
        search: The directories where modules are searched before `sys.path`.
        digest: The digest of its code when the plan was made; empty for whatever the code is now.

    Raises:
        PlanRefusedError: Where the module or the name is not there, the import fails (with the user's
            traceback), the code is not that of the plan, or the module would take the place of one that is
            not the project's.
    """
    ref, project = parse(text), active()
    if not project.has_loaded(text, digest):
        code = code_of(ref, search)
        if digest and code.digest != digest:
            message = f"code changed: {text!r}, or a module that it imports, was edited since the plan was made"
            raise PlanRefusedError(message, "run the stage again")
        project.renew(text, code)
    project.extend_search()
    if not ref.is_path:
        _refuse_name_in_use(ref, search)
    function = getattr(_imported(ref, search), ref.name, None)
    if not callable(function):
        file = locate(ref, search) or ref.module
        defines = "does not define" if function is None else f"has an object of type {kind_of(function)} under the name"
        raise PlanRefusedError(f"{file} {defines} {ref.name!r}", "correct the function's name in the contract")
    loaded: Callable[..., Any] = function
    return loaded


def _imported(ref: FunctionRef, search: tuple[str, ...]) -> ModuleType:
    try:
        return importlib.import_module(_script(ref, search) if ref.is_path else ref.module)
    except PlanRefusedError:
        raise
    except BaseException as error:  # a module may call sys.exit when it is imported
        if is_interrupt(error):
            raise
        text = f"{ref.module}:{ref.name}"
        message = f"the module of {text!r} cannot be imported: {type(error).__name__}: {message_of(error)}"
        raise PlanRefusedError(message, _import_hint(ref, search), user_traceback(error)) from None


def _script(ref: FunctionRef, search: tuple[str, ...]) -> str:
    path = locate(ref, search)
    if path is None:
        raise ModuleNotFoundError(f"there is no file {ref.module!r}")
    return active().script(path)


def _refuse_name_in_use(ref: FunctionRef, search: tuple[str, ...]) -> None:
    """Raise PlanRefusedError for a module whose name this process uses for one that is not the project's.

    The runner, the backends and other libraries would get the user's module for Python's, or for theirs.
    """
    first = ref.module.partition(".")[0]
    used = None if active().has(first) else file_of(sys.modules.get(first))
    path = locate(ref._replace(module=first), search)
    if used is None or path is None or os.path.realpath(path) == os.path.realpath(used):
        return
    whose = "Python's own module" if first in sys.stdlib_module_names else "the installed module"
    file = os.path.relpath(locate(ref, search) or path, search[0]).replace(os.sep, "/")
    message = f"{path} has the name of {whose} {first}, which is in use here and cannot be replaced"
    raise PlanRefusedError(message, f"rename it, or name the function by its file, {file}:{ref.name}")


def _import_hint(ref: FunctionRef, search: tuple[str, ...]) -> str:
    if locate(ref, search) is None:
        places = search[:1] if ref.is_path else (*search, "sys.path")
        return f"correct the function's module in the contract; it was searched in {', '.join(places)}"
    return "correct the module, or install what it imports"


_OWN = os.path.abspath(os.path.join(__file__, "../../..")) + os.sep
_LONGEST_MESSAGE = 4_000
_LONGEST = 16_000
_PASSED = (_OWN, "<frozen", importlib.__file__, contextlib.__file__)
"""The beginnings of files in frames between the runner and the user's first frame."""

_IMPORTING = (importing.__file__, "<frozen importlib")
"""The same for frames between a user's import and the module."""


def _user_frames(frames: TracebackType | None) -> TracebackType | None:
    """Return the traceback from the first frame outside of this package and the import machinery on."""
    while frames is not None:
        if not frames.tb_frame.f_code.co_filename.startswith(_PASSED):
            break
        frames = frames.tb_next
    return frames


def message_of(error: BaseException) -> str:
    """Return the text of an exception, shortened, whatever a user's `__str__` raises.

    Raises:
        KeyboardInterrupt: Only for Ctrl-C.
    """
    try:
        text = str(error)
    except BaseException as failed:
        if is_interrupt(failed):
            raise
        return "(its message cannot be shown)"
    text = shortened(text, _LONGEST_MESSAGE)
    if isinstance(error, (SystemExit, ProcessEndError)):
        call = f"sys.exit({text})" if isinstance(error, SystemExit) else text
        return f"the function called {call}"
    return text


def user_location(error: BaseException, search: tuple[str, ...]) -> str:
    """Return the innermost line of the user's code that an exception passed, as `work.py:7`.

    The user's code is what lies in the directories `search`, not in installed packages; empty where there is
    none.
    """
    for frame, number in reversed(list(traceback.walk_tb(error.__traceback__))):
        file = frame.f_code.co_filename
        for directory in search:
            inside = os.path.relpath(file, directory) if file.startswith(os.path.join(directory, "")) else ""
            if inside and not {"site-packages", "dist-packages"} & set(inside.split(os.sep)):
                return f"{inside.replace(os.sep, '/')}:{number}"
    return ""


def user_traceback(error: BaseException) -> str:
    """Return the traceback of an exception from the user's first frame on; empty without such frames.

    Of a very long one, the end is returned. An error of this package ends with the user's frame that called
    it.
    """
    frames = _user_frames(error.__traceback__)
    if frames is None:
        return ""
    summary = traceback.TracebackException(type(error), error, frames)
    summary.stack[:] = [frame for frame in summary.stack if not frame.filename.startswith(_IMPORTING)]
    while isinstance(error, (ParallelStageError, ProcessEndError)) and summary.stack[-1].filename.startswith(_OWN):
        summary.stack.pop()
    text = "".join(summary.format())
    return text if len(text) <= _LONGEST else "…" + text[-_LONGEST:]

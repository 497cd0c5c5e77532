"""Import a function by its name from the stage's directories, always as it is on the disk."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.function import locate, parse, source_digest
from parallel_stage.errors import ParallelStageError, PlanRefusedError
from parallel_stage.run.exit_guard import ProcessEndError
from parallel_stage.run.reducers.encoded import kind_of
from parallel_stage.run.worker.process_state import is_interrupt
from parallel_stage.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType, TracebackType

    from parallel_stage.contract.function import FunctionRef

_loaded: dict[str, str] = {}
"""The source digest that each module had when it was imported here."""


def load(text: str, search: tuple[str, ...]) -> Callable[..., Any]:
    """Import a function by `module_or_path:name`.

    A module is imported again when its file has changed, or when its name leads to another file, so that a
    long-lived worker never runs stale code.

    Raises:
        PlanRefusedError: Where the module or the name is not there, the import fails (with the user's
            traceback), or the module would take the place of one of Python's own that this process uses.
    """
    ref = parse(text)
    _refuse_in_place_of_pythons_own(ref, search)
    try:
        module = _module(ref, search)
    except BaseException as error:  # a module may call sys.exit when it is imported
        if is_interrupt(error):
            raise
        message = f"the module of {text!r} cannot be imported: {type(error).__name__}: {message_of(error)}"
        raise PlanRefusedError(message, _import_hint(ref, search), user_traceback(error)) from None
    function = getattr(module, ref.name, None)
    if not callable(function):
        file = getattr(module, "__file__", ref.module)
        defines = "does not define" if function is None else f"has an object of type {kind_of(function)} under the name"
        raise PlanRefusedError(f"{file} {defines} {ref.name!r}", "correct the function's name in the contract")
    loaded: Callable[..., Any] = function
    return loaded


def _refuse_in_place_of_pythons_own(ref: FunctionRef, search: tuple[str, ...]) -> None:
    """Raise PlanRefusedError for a module whose name the standard library has, too, and is loaded from there.

    The runner, the backends and other libraries would get the user's module for Python's.
    """
    first = ref.module.partition(".")[0]
    if ref.is_path or first not in sys.stdlib_module_names or first not in sys.modules:
        return
    if any(name.partition(".")[0] == first for name in _loaded):  # the one in use is a user's, of another directory
        return
    path = locate(ref._replace(module=first), search)
    if path is None or _is_current(first, path, ""):
        return
    file = os.path.relpath(locate(ref, search) or path, search[0]).replace(os.sep, "/")
    message = f"{path} has the name of Python's own module {first}, which is in use here and cannot be replaced"
    raise PlanRefusedError(message, f"rename it, or name the function by its file, {file}:{ref.name}")


def _import_hint(ref: FunctionRef, search: tuple[str, ...]) -> str:
    if locate(ref, search) is None:
        places = search[:1] if ref.is_path else (*search, "sys.path")
        return f"correct the function's module in the contract; it was searched in {', '.join(places)}"
    return "correct the module, or install what it imports"


def _module(ref: FunctionRef, search: tuple[str, ...]) -> ModuleType:
    path, digest = locate(ref, search), source_digest(ref, search)
    name = _path_module_name(path) if ref.is_path and path else ref.module
    if name in sys.modules and not _is_current(name, path, digest):
        _forget(name)
    if name not in sys.modules:
        importlib.invalidate_caches()
        _loaded[name] = digest
        return _from_path(name, path, ref) if ref.is_path else importlib.import_module(name)
    return sys.modules[name]


def _is_current(name: str, path: str | None, digest: str) -> bool:
    file = getattr(sys.modules[name], "__file__", None)
    if path is None or file is None:
        return True
    return os.path.realpath(file) == os.path.realpath(path) and _loaded.get(name, digest) == digest


def _forget(name: str) -> None:
    """Remove a module with its whole package, whose other modules may come from another directory, too."""
    package = name.partition(".")[0]
    for other in [key for key in sys.modules if key == package or key.startswith(f"{package}.")]:
        del sys.modules[other]


def _path_module_name(path: str) -> str:
    where = hashlib.blake2b(os.path.realpath(path).encode(), digest_size=6).hexdigest()
    return f"parallel_stage_{where}_{os.path.splitext(os.path.basename(path))[0]}".replace(".", "_")


def _from_path(name: str, path: str | None, ref: FunctionRef) -> ModuleType:
    if path is None:
        message = f"there is no file {ref.module!r}"
        raise ModuleNotFoundError(message)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        message = f"{path} is not a Python file"
        raise ImportError(message)
    module = importlib.util.module_from_spec(spec)
    # Registered before it is executed: dataclasses and pickling look a class's module up by name.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


_OWN = os.path.abspath(os.path.join(__file__, "../../..")) + os.sep
_LONGEST_MESSAGE = 4_000
_LONGEST = 16_000
_PASSED = (_OWN, "<frozen", importlib.__file__, contextlib.__file__)
"""The beginnings of files in frames between the runner and the user's first frame."""


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
    while isinstance(error, (ParallelStageError, ProcessEndError)) and summary.stack[-1].filename.startswith(_OWN):
        summary.stack.pop()
    text = "".join(summary.format())
    return text if len(text) <= _LONGEST else "…" + text[-_LONGEST:]

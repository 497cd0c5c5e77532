"""Effects of importing a module: work at import, and libraries with threads of their own."""

from __future__ import annotations

import ast
from functools import lru_cache

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.pysource.bindings import SCOPES, executed
from parallel_stage.pysource.decorators import own_nodes
from parallel_stage.pysource.definition import Effect
from parallel_stage.pysource.effects import definition
from parallel_stage.pysource.module import KEPT
from parallel_stage.pysource.names import bound_to, qualified, shown, target
from parallel_stage.pysource.writes import opens_for_writing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.pysource.module import Module

_WORK = frozenset(
    (
        "builtins.print",
        "builtins.input",
        "time.sleep",
        "os.system",
        "os.popen",
        "os.remove",
        "os.unlink",
        "shutil.rmtree",
        "shutil.copy",
        "shutil.copytree",
        "shutil.move",
        "urllib.request.urlopen",
        "urllib.request.urlretrieve",
        "multiprocessing.Pool",
        "concurrent.futures.ProcessPoolExecutor",
        "concurrent.futures.ThreadPoolExecutor",
        "dask.distributed.Client",
        "dask.distributed.LocalCluster",
        "distributed.Client",
        "distributed.LocalCluster",
    )
)
_WORKING_MODULES = {
    "subprocess": ("run", "call", "check_call", "check_output", "Popen"),
    "requests": ("get", "post", "put", "head", "delete", "request"),
    "httpx": ("get", "post", "put", "head", "delete", "request", "stream"),
    "pandas": ("read_",),
    "polars": ("read_",),
}
"""Functions that do work, by the start of their names."""

_STARTED = frozenset(("threading.Thread", "multiprocessing.Process", "threading.Timer"))
_THREADED = frozenset(
    (
        "numpy",
        "scipy",
        "sklearn",
        "torch",
        "tensorflow",
        "jax",
        "polars",
        "numexpr",
        "duckdb",
        "pyarrow",
        "xgboost",
        "lightgbm",
        "catboost",
        "cv2",
    )
)


@lru_cache(maxsize=KEPT)
def imported_modules(module: Module) -> list[tuple[int, str]]:
    """Return the lines and the first names of the modules that a module imports by full names, each once, in order."""
    lines: dict[str, int] = {}
    statements: list[ast.AST] = [module.tree]
    while statements:  # without expressions, which are most of a tree
        node = statements.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)) and not getattr(node, "level", 0):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            for first in (name.partition(".")[0] for name in names):
                lines[first] = min(node.lineno, lines.get(first, node.lineno))
        for inner in ("body", "handlers", "orelse", "finalbody", "cases"):
            statements += getattr(node, inner, ())
    return sorted((line, name) for name, line in lines.items())


@lru_cache(maxsize=KEPT)
def import_work(module: Module) -> list[Effect]:
    """Return the calls that do work whenever the module is imported, in the order of the text.

    Work is output, waiting, starting processes, threads or clusters, network requests, writing or deleting
    files and reading tables; at the top level, or in a function of the module that a statement there calls.
    """
    statements = [statement for statement, _ in executed(module.tree.body)]
    # The message of a handler about a missing library is not work.
    handled = {inner for s in statements for handler in getattr(s, "handlers", ()) for inner in handler.body}
    run = [(s, list(_calls(s))) for s in statements if not isinstance(s, SCOPES) and s not in handled]
    working = _working_functions(module, [call for _, calls in run for call in calls])
    places = []
    for statement, calls in run:
        found = next((c for c in calls if _is_work(module, c) or definition(module, c.func) in working), None)
        places += [Effect(shown(found.func, "a function"), statement.lineno)] if found is not None else []
    return places


def _working_functions(module: Module, calls: list[ast.Call]) -> set[ast.AST | None]:
    """Return the functions of the module that do work, themselves or by what they call; each is read once."""
    working: list[ast.AST] = []
    callers: dict[ast.AST, list[ast.AST]] = {}
    waiting = list(dict.fromkeys(called for call in calls if (called := definition(module, call.func))))
    known = set(waiting)
    for function in waiting:  # the list grows
        inner = [node for node in own_nodes(function) if isinstance(node, ast.Call)]
        working += [function] if any(_is_work(module, call) for call in inner) else []
        for called in filter(None, (definition(module, call.func) for call in inner)):
            callers.setdefault(called, []).append(function)
            waiting += [] if called in known else [called]
            known.add(called)
    found: set[ast.AST | None] = set(working)
    for function_that_works in working:  # this list, too
        new = dict.fromkeys(caller for caller in callers.get(function_that_works, ()) if caller not in found)
        working += new
        found.update(new)
    return found


def _calls(statement: ast.stmt) -> Iterator[ast.Call]:
    """Yield the calls in a statement itself, without those in the statements inside it."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call):
            yield node
        inner = ast.iter_child_nodes(node)
        waiting += (n for n in inner if not isinstance(n, (ast.stmt, ast.Lambda, ast.ExceptHandler, ast.match_case)))


def _is_work(module: Module, call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute) and call.func.attr == "start":
        return _is_startable(module, call.func.value)
    name = qualified(module, call.func)
    package, _, function = name.partition(".")
    working = function.startswith(_WORKING_MODULES.get(package, ("\0",)))
    return name in _WORK or working or opens_for_writing(module, call)


def _is_startable(module: Module, node: ast.AST | None) -> bool:
    """Whether an expression, or what a name is bound to, makes a thread or a process."""
    if isinstance(node, ast.Name):
        node = bound_to(module, node)
    return isinstance(node, ast.Call) and qualified(module, node.func) in _STARTED


@lru_cache(maxsize=KEPT)
def threaded_libraries(module: Module) -> list[Effect]:
    """Return the libraries that start threads of their own, each where it is first imported."""
    first: dict[str, int] = {}
    for statement, _ in executed(module.tree.body):
        for node in ast.walk(statement) if isinstance(statement, SCOPES) else (statement,):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                packages = [target(module, node, alias).partition(".")[0] for alias in node.names]
                first.update({name: node.lineno for name in packages if name in _THREADED and name not in first})
    return sorted((Effect(name, line) for name, line in first.items()), key=lambda place: place.line)

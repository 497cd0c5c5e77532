"""Whether a function looks beyond one row, so that a chunk of a file gives it other results than the file.

`names` lists what does, `evaluation` follows the file's rows through the function.
"""

from __future__ import annotations

import ast
from functools import lru_cache

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.pysource.module import KEPT
from parallel_stage.pysource.neighbours.evaluation import Analysis
from parallel_stage.pysource.neighbours.findings import Dependence
from parallel_stage.pysource.neighbours.names import FRAMES
from parallel_stage.pysource.neighbours.values import Kind, Value
from parallel_stage.pysource.signature import first_parameter

if TYPE_CHECKING:
    from parallel_stage.pysource.definition import Found
    from parallel_stage.pysource.module import Module

__all__ = ["Dependence", "dependences"]

_WITH_SQL = FRAMES | {"sqlite3"}


@lru_cache(maxsize=KEPT)
def dependences(found: Found) -> tuple[Dependence, ...]:
    """Return where a function looks beyond one row, in the order of the text; each code once.

    What is not traced to the argument counts only where the module imports a library of tables.
    """
    parameter = first_parameter(found)
    if parameter is None or isinstance(found.node, ast.ClassDef):
        return ()
    analysis = Analysis(found.module)
    names = [each.arg for each in (*found.arguments.posonlyargs, *found.arguments.args)]
    given = [Value(Kind.PATH if name == parameter.arg else Kind.UNKNOWN) for name in names]
    try:
        analysis.call(found.node, given, {}, is_first=True)
    except RecursionError:  # nested too deeply to follow
        return ()
    traced = {(each.name, each.line) for each in analysis.found if each.traced}
    is_told = bool(traced) or _imports_tables(found.module)
    kept = (each for each in analysis.found if each.traced or (is_told and (each.name, each.line) not in traced))
    return tuple(sorted(kept, key=lambda each: each.line))


def _imports_tables(module: Module) -> bool:
    roots: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            roots.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            roots.add((node.module or "").partition(".")[0])
    return not roots.isdisjoint(_WITH_SQL)

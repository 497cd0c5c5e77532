"""Calls that write files, and those with a path that is the same in every call of the function."""

from __future__ import annotations

import ast
from functools import lru_cache

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.pysource.definition import Effect
from parallel_stage.pysource.effects import called_functions
from parallel_stage.pysource.module import KEPT
from parallel_stage.pysource.names import bound_to, qualified
from parallel_stage.pysource.signature import first_parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.pysource.definition import Found
    from parallel_stage.pysource.module import Module

_OPENERS = frozenset(("builtins.open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open"))
_PATHS = frozenset(("pathlib.Path", "pathlib.PosixPath", "pathlib.PurePath"))
# By full name: the position of the path that is written.
_WRITERS = {
    "numpy.save": 0,
    "numpy.savez": 0,
    "numpy.savez_compressed": 0,
    "numpy.savetxt": 0,
    "joblib.dump": 1,
    "torch.save": 1,
    "pyarrow.parquet.write_table": 1,
    "pyarrow.csv.write_csv": 1,
    "pyarrow.feather.write_feather": 1,
    "matplotlib.pyplot.savefig": 0,
}
# Methods of data frames and figures, whatever they are called on; the path is their first argument.
_METHODS = frozenset(
    f"{verb}_{kind}"
    for verb in ("to", "write", "sink")
    for kind in ("csv", "parquet", "json", "ndjson", "pickle", "feather", "excel", "ipc", "avro")
) | {"savefig"}
_NAMES = frozenset(("name", "stem"))
_MOVING = frozenset(("os.chdir", "contextlib.chdir"))
_EXISTS = frozenset(("exists", "is_file", "isfile"))
_DEEPEST = 10
_LONGEST = 4096
"""The longest path that counts as one."""


@lru_cache(maxsize=KEPT)
def shared_writes(found: Found, *, chunked: bool) -> list[Effect]:
    """Return where a function opens one constant path for writing, in the order of the text.

    Where it gets chunks of files (`chunked`), all chunks of a file have its name, and what is made of it counts
    as constant: `{path.stem}.json`. Three kinds of writes do not count: appending, writing only where the file
    does not exist, and relative paths after a change of directory.
    """
    places: set[Effect] = set()
    for function in called_functions(found):
        calls = list(_calls(function))
        if not any(qualified(found.module, call.func) in _MOVING for call in calls):
            chunk = first_parameter(found) if chunked and function is found.node else None
            scope = _Scope(found.module, function, chunk.arg if chunk else "")
            places.update(Effect(path, call.lineno) for call in calls if (path := scope.written(call)))
    return sorted(places, key=lambda place: place.line)


def opens_for_writing(module: Module, call: ast.Call) -> bool:
    """Whether a call opens or writes a file, whatever its path."""
    name = qualified(module, call.func)
    if name in _OPENERS:
        return _overwrites(call, 1)
    return name in _WRITERS


def _calls(function: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls of a function, but for those under a condition on what exists."""
    waiting = [function]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call):
            yield node
        if isinstance(node, ast.If) and any(getattr(inner, "attr", "") in _EXISTS for inner in ast.walk(node.test)):
            continue
        waiting += ast.iter_child_nodes(node)


class _Scope:
    """The values of names in a function: its own names, assigned once, before those of its module."""

    def __init__(self, module: Module, function: ast.AST, chunk: str) -> None:
        self._module = module
        self._chunk = chunk
        self._texts: dict[str, str] = {}
        self._assigned: dict[str, list[ast.expr | None]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self._assigned.setdefault(node.id, []).append(None)
            elif isinstance(node, ast.arg):
                self._assigned.setdefault(node.arg, []).append(None)
        if len(self._assigned.get(chunk, ())) > 1:  # it may be something else by then
            self._chunk = ""
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self._assigned[node.targets[0].id][0] = node.value

    def written(self, call: ast.Call) -> str:
        """Return the constant path that a call writes; empty where there is none."""
        path = self._target(call)
        text = self._text(path, 0) if path is not None else ""
        is_path = "." in text or "/" in text
        return text if is_path and not text.startswith("/dev/") else ""

    def _target(self, call: ast.Call) -> ast.expr | None:
        name = qualified(self._module, call.func)
        if name in _OPENERS:
            return _argument(call, 0, "file") or _argument(call, 0, "filename") if _overwrites(call, 1) else None
        if name in _WRITERS:
            return _argument(call, _WRITERS[name], "file")
        if not isinstance(call.func, ast.Attribute):
            return None
        method, owner = call.func.attr, call.func.value
        if method in ("write_text", "write_bytes") or (method == "open" and _overwrites(call, 0)):
            return owner if self._is_path(owner, 0) else None
        return call.args[0] if method in _METHODS and call.args and not _appends(call) else None

    def _value(self, node: ast.expr) -> ast.expr | None:
        """Return the only value that is assigned to a name."""
        if not isinstance(node, ast.Name):
            return None
        if node.id in self._assigned:
            values = self._assigned[node.id]
            return values[0] if len(values) == 1 else None
        value = bound_to(self._module, node)
        return value if isinstance(value, ast.expr) else None

    def _is_path(self, node: ast.expr, depth: int) -> bool:
        if isinstance(node, ast.Call):
            return qualified(self._module, node.func) in _PATHS
        if isinstance(node, ast.BinOp):
            return isinstance(node.op, ast.Div)
        value = self._value(node)
        return value is not None and depth < _DEEPEST and self._is_path(value, depth + 1)

    def _text(self, node: ast.expr, depth: int) -> str:
        """Return a constant path: a literal, `Path(...)` of literals, `a / b`, or a name of one of these."""
        if depth > _DEEPEST:
            return ""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else ""
        if pieces := _pieces(node):
            return self._joined(pieces, depth, "/" if _is_division(node) else "")
        if isinstance(node, ast.Call):
            return self._text_of_call(node, depth)
        if isinstance(node, ast.Attribute):
            return f"{{{self._chunk}.{node.attr}}}" if node.attr in _NAMES and self._is_chunk(node.value) else ""
        return self._text_of_name(node.id, node, depth) if isinstance(node, ast.Name) else ""

    def _text_of_call(self, call: ast.Call, depth: int) -> str:
        name = qualified(self._module, call.func)
        if name == "os.path.basename" and len(call.args) == 1 and self._is_chunk(call.args[0]):
            return f"{{{self._chunk}.name}}"
        return self._joined(call.args, depth) if name in _PATHS | {"os.path.join"} and not call.keywords else ""

    def _is_chunk(self, node: ast.expr) -> bool:
        """Whether an expression is the chunk that the function gets, or a path of it."""
        if isinstance(node, ast.Call) and qualified(self._module, node.func) in _PATHS and len(node.args) == 1:
            node = node.args[0]
        return isinstance(node, ast.Name) and bool(self._chunk) and node.id == self._chunk

    def _text_of_name(self, name: str, node: ast.Name, depth: int) -> str:
        if name not in self._texts:  # once each: a path may be made of many that are made of many
            self._texts[name] = ""
            value = self._value(node)
            self._texts[name] = self._text(value, depth + 1) if value is not None else ""
        return self._texts[name]

    def _joined(self, parts: list[ast.expr], depth: int, between: str = "/") -> str:
        texts = [self._text(part, depth + 1) for part in parts]
        long = sum(map(len, texts)) > _LONGEST
        return between.join(texts) if texts and all(texts) and not long else ""


def _is_division(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)


def _pieces(node: ast.expr) -> list[ast.expr]:
    """Return the pieces of `a / b`, `a + b` or an f-string without formats; none of anything else."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.Add)):
        return [node.left, node.right]
    if not isinstance(node, ast.JoinedStr):
        return []
    plain = [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
    formatted = any(
        isinstance(part, ast.FormattedValue) and (part.format_spec or part.conversion != -1) for part in node.values
    )
    return [] if formatted else plain


def _argument(call: ast.Call, at: int, keyword: str) -> ast.expr | None:
    if any(isinstance(given, ast.Starred) for given in call.args[: at + 1]):
        return None
    named = (given.value for given in call.keywords if given.arg == keyword)
    return call.args[at] if len(call.args) > at else next(named, None)


def _overwrites(call: ast.Call, at: int) -> bool:
    """Whether the mode of a call that opens a file lets it replace an existing file."""
    mode = _argument(call, at, "mode")
    text = mode.value if isinstance(mode, ast.Constant) else ""
    return isinstance(text, str) and any(letter in text for letter in "wx+") and "a" not in text


def _appends(call: ast.Call) -> bool:
    return any(k.arg == "mode" and getattr(k.value, "value", "w") != "w" for k in call.keywords)

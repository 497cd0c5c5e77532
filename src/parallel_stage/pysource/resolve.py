"""Resolve references, through re-exports, assignments, partials, classes and decorators."""

from __future__ import annotations

import ast
import os

from parallel_stage.contract.function import FunctionRef, Unreadable, Unresolved, import_path, locate
from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.pysource import decorators
from parallel_stage.pysource.bindings import STAR, Binding, candidates, executed
from parallel_stage.pysource.classes import Class, Instance, called_instance, constructor, method
from parallel_stage.pysource.definition import Found, NotCallable, Resolution, Undefined
from parallel_stage.pysource.dynamics import may_complete, may_define, may_set, mentions_exports, rebound
from parallel_stage.pysource.module import Module, read
from parallel_stage.pysource.names import bound_to, qualified, target

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 40
_MOST_STEPS = 1_000
_VALUES = {
    ast.Constant: "a constant",
    ast.JoinedStr: "text",
    ast.List: "a list",
    ast.ListComp: "a list",
    ast.Tuple: "a tuple",
    ast.Dict: "a dict",
    ast.DictComp: "a dict",
    ast.Set: "a set",
    ast.SetComp: "a set",
    ast.GeneratorExp: "a generator",
}

_Value = Module | Class | Instance | Found | NotCallable | Undefined | Unreadable | Unresolved


class _GivenUpError(Exception):
    """A resolution takes too many steps."""


class _Search:
    """One resolution: the values that it knows, by path and name, and the names that it is following."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], _Value] = {}
        self.followed: set[tuple[str, str]] = set()
        self._steps = 0

    def step(self) -> None:
        """Count one binding, or one module, that is looked at.

        Raises:
            _GivenUpError: Where there were too many.
        """
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise _GivenUpError


def resolve(ref: FunctionRef, path: str, roots: tuple[str, ...]) -> Resolution:
    """Return what a reference names; `path` is the file of its module."""
    module = read(path, "" if ref.is_path else ref.module, import_path(ref, roots))
    if not isinstance(module, Module):
        return module
    try:
        value = _lookup(module, ref.name, _Search())
        return _called(_inside(value) if isinstance(value, Undefined) and value.module == module else value)
    except _GivenUpError:
        return Unresolved(f"to follow {ref.name} in {path} takes more than {_MOST_STEPS:,} steps")
    except RecursionError:
        return Unresolved(f"{ref.name} in {path} is nested too deeply")


def _inside(absent: Undefined) -> _Value:
    """Return the module of a package that has a name, which the package itself does not define."""
    owner = absent.module
    if not owner.name or os.path.basename(owner.path) != "__init__.py":
        return absent
    name = f"{owner.name}.{absent.name}"
    inner = _module(name, owner.roots)
    return absent if isinstance(inner, Unresolved) and not _is_there(name, owner.roots) else inner


def _lookup(module: Module, name: str, search: _Search) -> _Value:
    """Return what a name of a module's top level stands for."""
    key = module.path, name
    if key not in search.values:
        if key in search.followed:
            return Unresolved(f"{name} in {module.path} leads back to itself")
        if len(search.followed) > _LONGEST:
            return Unresolved(f"{name} in {module.path} leads on and on")
        search.followed.add(key)
        search.values[key] = _value(module, name, search)
        search.followed.discard(key)
    return search.values[key]


def _value(module: Module, name: str, search: _Search) -> _Value:
    if rebound(module, name):
        return Unresolved(f"{module.path} may bind {name} anew while it runs")
    found = candidates(module.bindings, name)
    value = _only([each for binding in found if (each := _bound(module, name, binding, search)) is not None])
    if value is None:
        value = Undefined(name, module, module.bindings)
    if isinstance(value, (Undefined, NotCallable)) and may_define(module, name):
        return Unresolved(f"{module.path} may define {name} while it runs")
    if isinstance(value, (Undefined, NotCallable)) and _is_completed(module, name, search):
        return Unresolved(f"a module that {module.path} imports may define {name}")
    return value


def _only(values: list[_Value]) -> _Value | None:
    """Return the only value that can be called, if there is one.

    `f = None` after a failed import is no second one.
    """
    fit = [value for value in values if not isinstance(value, (NotCallable, Undefined))]
    if len(set(fit)) > 1:
        unclear = (value for value in fit if isinstance(value, Unresolved))
        return next(unclear, Unresolved("it is defined in more than one way"))
    return fit[0] if fit else next(iter(values), None)


def _bound(module: Module, name: str, binding: Binding, search: _Search) -> _Value | None:
    """Return the value of one binding; None for a star import without the name."""
    search.step()
    node = binding.node
    if isinstance(node, (ast.Import, ast.ImportFrom)) and binding.imported is not None:
        return _imported(module, name, node, binding.imported, search)
    if isinstance(node, ast.ClassDef):
        return Class(node, module)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return _function(module, node)
    return (
        _evaluated(module, node, search)
        if isinstance(node, ast.expr)
        else Unresolved(f"{name} is bound by a statement")
    )


def _function(module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Found | NotCallable:
    """Return a function of a module's top level, where a classmethod or property is of no use."""
    outermost = qualified(module, node.decorator_list[0]) if node.decorator_list else ""
    if outermost in ("builtins.classmethod", "builtins.property"):
        return NotCallable(f"a {outermost.rpartition('.')[2]} outside a class", module.path, node.lineno)
    return Found(node, module, node.args, wrapped=not decorators.transparent(module, node))


def _imported(
    module: Module, name: str, node: ast.Import | ast.ImportFrom, alias: ast.alias, search: _Search
) -> _Value | None:
    if isinstance(node, ast.Import):
        return _module(target(module, node, alias), module.roots)
    source = module.absolute(node.module, node.level)
    origin = _module(source, module.roots) if source else Unresolved("a relative import outside a package")
    if isinstance(origin, Unresolved):
        # A namespace package has no source, but may have the module.
        return _module(f"{source}.{alias.name}", module.roots) if source and alias.name != STAR else origin
    if isinstance(origin, Unreadable):
        return origin
    if alias.name == STAR:
        brought = _lookup(origin, name, search) if _exports(origin, name, module) else None
        return None if isinstance(brought, Undefined) else brought
    # A package that imports from itself imports a module inside it.
    itself = origin.path == module.path
    value = Undefined(alias.name, origin, {}) if itself else _lookup(origin, alias.name, search)
    return _inside(value) if isinstance(value, Undefined) and value.module == origin else value


def _module(name: str, roots: tuple[str, ...]) -> Module | Unreadable | Unresolved:
    path = locate(FunctionRef(name, ""), roots)
    return Unresolved(f"{name} was not found") if path is None else read(path, name, roots)


def _is_there(name: str, roots: tuple[str, ...]) -> bool:
    """Whether an inner module exists, compiled or as a directory, too."""
    stem = name.replace(".", os.sep)
    return locate(FunctionRef(name, ""), roots) is not None or any(os.path.isdir(os.path.join(r, stem)) for r in roots)


def _exports(origin: Module, name: str, importing: Module) -> bool:
    """Whether `from origin import *` may import a name.

    It does for names in `__all__`; without that, for names without an underscore.
    """
    changed = mentions_exports(importing)[1] > 0  # `origin.__all__.append`
    if "__all__" not in origin.bindings:
        return changed or not name.startswith("_")
    listed = origin.bindings["__all__"][0].node
    if changed or mentions_exports(origin) != (1, 0) or not isinstance(listed, (ast.List, ast.Tuple)):
        return True  # computed in a way that is not analysed
    return any(getattr(item, "value", name) == name or isinstance(item, ast.Starred) for item in listed.elts)


def _is_completed(module: Module, name: str, search: _Search) -> bool:
    """Whether a package above a module, or a near one that it imports, may put a name into it."""
    above, directory = _packages(module), os.path.dirname(module.path) + os.sep
    for other in (*above, *_imported_modules(module)):
        search.step()
        path = locate(FunctionRef(other, ""), module.roots)
        if path is not None and path != module.path and (other in above or path.startswith(directory)):
            near = read(path, other, module.roots)
            if isinstance(near, Module) and may_complete(near, name):
                return True
    return False


def _packages(module: Module) -> list[str]:
    """Return the packages that a module is in, the outermost first."""
    steps = module.name.split(".")
    return [".".join(steps[:count]) for count in range(1, len(steps))]


def _imported_modules(module: Module) -> Iterator[str]:
    """Yield the names of the modules that an import of a module may import."""
    for statement, _ in executed(module.tree.body):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            source = module.absolute(statement.module, statement.level)
            yield from [source, *(f"{source}.{alias.name}" for alias in statement.names)] if source else ()


def _evaluated(module: Module, node: ast.expr, search: _Search) -> _Value:
    if isinstance(node, ast.Name):
        known = candidates(module.bindings, node.id)
        return _lookup(module, node.id, search) if known else Unresolved(f"{node.id} is built in")
    if isinstance(node, ast.Attribute):
        return _attribute(_evaluated(module, node.value, search), node.attr, search)
    if isinstance(node, ast.Lambda):
        return Found(node, module, node.args)
    if isinstance(node, ast.Call):
        return _result(module, node, search)
    what = _VALUES.get(type(node))
    return NotCallable(what, module.path, node.lineno) if what else Unresolved(f"line {node.lineno} computes it")


def _attribute(owner: _Value, name: str, search: _Search) -> _Value:
    if isinstance(owner, Module):
        value = _lookup(owner, name, search)
        return _inside(value) if isinstance(value, Undefined) and value.module == owner else value
    if isinstance(owner, Class):
        return method(owner, name, through_instance=False)
    if isinstance(owner, Instance):
        return method(owner.of, name, through_instance=True)
    return owner if isinstance(owner, (Unreadable, Unresolved)) else Unresolved(f"an attribute {name}")


def _result(module: Module, call: ast.Call, search: _Search) -> _Value:
    """Return the result of a call that makes a callable: a partial, a transparent decorator, an instance."""
    name = qualified(module, call.func)
    unseen = Unresolved(f"the result of a call on line {call.lineno}")
    if name == "functools.partial" and call.args:
        return _partial(_evaluated(module, call.args[0], search), module, call)
    if name in decorators.TRANSPARENT - {"builtins.classmethod"} and len(call.args) == 1:
        value = _evaluated(module, call.args[0], search)
        return value if isinstance(value, (Found, Class)) else unseen
    callee = _evaluated(module, call.func, search)
    return Instance(callee) if isinstance(callee, Class) else unseen


def _partial(value: _Value, module: Module, call: ast.Call) -> _Value:
    found = _called(value)
    unpacked = any(isinstance(given, ast.Starred) for given in call.args) or any(k.arg is None for k in call.keywords)
    if not isinstance(found, Found) or unpacked or any(_is_placeholder(module, given) for given in call.args):
        return Unresolved("a partial of something that cannot be seen")
    named = found.named.union(keyword.arg for keyword in call.keywords if keyword.arg)
    return found._replace(implicit=found.implicit + len(call.args) - 1, named=named)


def _is_placeholder(module: Module, given: ast.expr) -> bool:
    """Whether an argument is `functools.Placeholder`, which leaves its place to the caller."""
    bound = bound_to(module, given)
    meant = bound if isinstance(bound, ast.expr) else given
    return qualified(module, meant).rpartition(".")[2] == "Placeholder"


def _called(value: _Value) -> Resolution:
    """Return what calling a value calls."""
    if isinstance(value, Module):
        made = may_set(value, "__call__")  # a module may put something else in its place
        return Unresolved(f"{value.path} may be called") if made else NotCallable("a module", value.path, 1)
    if isinstance(value, Class):
        return constructor(value)
    return called_instance(value.of) if isinstance(value, Instance) else value

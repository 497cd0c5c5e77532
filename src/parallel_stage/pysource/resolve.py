"""Resolve references, through re-exports, assignments, partials, classes and decorators."""

# No postponed annotations: a NamedTuple would compile each string annotation at import.
import ast
import os
from typing import NamedTuple

from parallel_stage.contract.function import FunctionRef, Unresolved, locate
from parallel_stage.pysource import decorators
from parallel_stage.pysource.definition import (
    Found,
    NotCallable,
    Resolution,
    Undefined,
)
from parallel_stage.pysource.module import (
    Binding,
    Module,
    bindings,
    candidates,
    qualified,
    read,
)

_LONGEST = 40
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


class _Class(NamedTuple):
    node: ast.ClassDef
    module: Module


class _Instance(NamedTuple):
    of: _Class


_Value = Module | _Class | _Instance | Found | NotCallable | Undefined | Unresolved
_Trail = tuple[tuple[str, str], ...]
"""The names that were followed so far: (path, name) each."""


def resolve(ref: FunctionRef, path: str, roots: tuple[str, ...]) -> Resolution:
    """Return what a reference names; `path` is the file of its module."""
    module = read(path, "" if ref.is_path else ref.module, roots)
    return module if isinstance(module, Unresolved) else _called(_lookup(module, ref.name, ()))


def _lookup(module: Module, name: str, trail: _Trail) -> _Value:
    """Return what a name of a module's top level stands for."""
    step = (module.path, name)
    if step in trail or len(trail) > _LONGEST:
        return Unresolved(f"{name} in {module.path} leads back to itself")
    value = _only([_bound(module, name, binding, (*trail, step)) for binding in candidates(module.bindings, name)])
    if value is None:
        value = Undefined(name, module, tuple(known for known in module.bindings if known != "*"))
    if isinstance(value, (Undefined, NotCallable)) and module.may_define(name):
        return Unresolved(f"{module.path} may define {name} while it runs")
    return value


def _only(values: list[_Value | None]) -> _Value | None:
    """Return the only value that can be called, if there is one.

    `f = None` after a failed import is no second one.
    """
    known = [value for value in values if value is not None]
    fit = [value for value in known if not isinstance(value, (NotCallable, Undefined))]
    if len(fit) > 1:
        return Unresolved("it is defined in more than one way")
    return fit[0] if fit else next(iter(known), None)


def _bound(module: Module, name: str, binding: Binding, trail: _Trail) -> _Value | None:
    """Return the value of one binding; None for a star import without the name."""
    node = binding.node
    if isinstance(node, (ast.Import, ast.ImportFrom)) and binding.imported is not None:
        return _imported(module, name, node, binding.imported, trail)
    if isinstance(node, ast.ClassDef):
        return _Class(node, module)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return Found(node, module, node.args, wrapped=not decorators.transparent(module, node))
    return (
        _evaluated(module, node, trail) if isinstance(node, ast.expr) else Unresolved(f"{name} is bound by a statement")
    )


def _imported(
    module: Module, name: str, node: ast.Import | ast.ImportFrom, alias: ast.alias, trail: _Trail
) -> _Value | None:
    if isinstance(node, ast.Import):
        return _module(alias.name if alias.asname else alias.name.partition(".")[0], module.roots)
    source = module.absolute(node.module, node.level)
    origin = _module(source, module.roots) if source else Unresolved("a relative import outside a package")
    if isinstance(origin, Unresolved):
        # A namespace package has no source, but may have the module.
        return _module(f"{source}.{alias.name}", module.roots) if source and alias.name != "*" else origin
    if alias.name == "*":
        brought = _lookup(origin, name, trail) if _exports(origin, name) else None
        return None if isinstance(brought, Undefined) else brought
    # A package that imports from itself imports a module inside it.
    itself = origin.path == module.path
    value = Undefined(alias.name, origin, ()) if itself else _lookup(origin, alias.name, trail)
    if isinstance(value, Undefined) and value.module == origin:
        inner = _module(f"{source}.{alias.name}", module.roots)
        return (
            value if isinstance(inner, Unresolved) and not _is_there(f"{source}.{alias.name}", module.roots) else inner
        )
    return value


def _module(name: str, roots: tuple[str, ...]) -> Module | Unresolved:
    path = locate(FunctionRef(name, ""), roots)
    return Unresolved(f"{name} was not found") if path is None else read(path, name, roots)


def _is_there(name: str, roots: tuple[str, ...]) -> bool:
    """Whether an inner module exists, compiled or as a directory, too."""
    stem = name.replace(".", os.sep)
    return locate(FunctionRef(name, ""), roots) is not None or any(os.path.isdir(os.path.join(r, stem)) for r in roots)


def _exports(module: Module, name: str) -> bool:
    """Whether `from module import *` may import a name.

    It does for names in `__all__`; without that, for names without an underscore.
    """
    if "__all__" not in module.bindings:
        return not name.startswith("_")
    listed = module.bindings["__all__"][0].node
    mentions = sum(isinstance(node, ast.Name) and node.id == "__all__" for node in ast.walk(module.tree))
    if mentions == 1 and isinstance(listed, (ast.List, ast.Tuple)):
        return name in [getattr(item, "value", None) for item in listed.elts]
    return True  # computed in a way that is not analysed


def _evaluated(module: Module, node: ast.expr, trail: _Trail) -> _Value:
    if isinstance(node, ast.Name):
        known = candidates(module.bindings, node.id)
        return _lookup(module, node.id, trail) if known else Unresolved(f"{node.id} is built in")
    if isinstance(node, ast.Attribute):
        return _attribute(_evaluated(module, node.value, trail), node.attr, trail)
    if isinstance(node, ast.Lambda):
        return Found(node, module, node.args)
    if isinstance(node, ast.Call):
        return _result(module, node, trail)
    what = _VALUES.get(type(node))
    return NotCallable(what, module.path, node.lineno) if what else Unresolved(f"line {node.lineno} computes it")


def _attribute(owner: _Value, name: str, trail: _Trail) -> _Value:
    if isinstance(owner, Module):
        value = _lookup(owner, name, trail)
        return _module(f"{owner.name}.{name}", owner.roots) if isinstance(value, Undefined) and owner.name else value
    if isinstance(owner, _Class):
        return _method(owner, name, through_instance=False)
    if isinstance(owner, _Instance):
        return _method(owner.of, name, through_instance=True)
    return owner if isinstance(owner, Unresolved) else Unresolved(f"an attribute {name}")


def _result(module: Module, call: ast.Call, trail: _Trail) -> _Value:
    """Return the result of a call that makes a callable: a partial, a transparent decorator, an instance."""
    name = qualified(module, call.func)
    if name == "functools.partial" and call.args:
        return _partial(_evaluated(module, call.args[0], trail), call)
    if name in decorators.TRANSPARENT and len(call.args) == 1:
        return _evaluated(module, call.args[0], trail)
    callee = _evaluated(module, call.func, trail)
    return (
        _Instance(callee) if isinstance(callee, _Class) else Unresolved(f"the result of a call on line {call.lineno}")
    )


def _partial(value: _Value, call: ast.Call) -> _Value:
    found = _called(value)
    unpacked = any(isinstance(given, ast.Starred) for given in call.args) or any(k.arg is None for k in call.keywords)
    if not isinstance(found, Found) or unpacked:
        return Unresolved("a partial of something that cannot be seen")
    named = found.named.union(keyword.arg for keyword in call.keywords if keyword.arg)
    return found._replace(implicit=found.implicit + len(call.args) - 1, named=named)


def _called(value: _Value) -> Resolution:
    """Return what calling a value calls."""
    if isinstance(value, Module):
        return NotCallable("a module", value.path, 1)
    if isinstance(value, _Class):
        return _constructor(value)
    if not isinstance(value, _Instance):
        return value
    method = _method(value.of, "__call__", through_instance=True)
    if isinstance(method, Undefined):
        node = value.of.node
        return NotCallable(f"an instance of {node.name}, which has no __call__", value.of.module.path, node.lineno)
    return method


def _constructor(found: _Class) -> Resolution:
    own = bindings(found.node.body)
    if "__new__" in own or found.node.keywords or found.node.decorator_list:
        return Unresolved(f"{found.node.name} is made in a way of its own")
    method = _method(found, "__init__", through_instance=True)
    if isinstance(method, Undefined):
        none = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        return Found(found.node, found.module, none)
    return (
        method._replace(node=found.node) if isinstance(method, Found) else Unresolved("an __init__ that is no function")
    )


def _method(owner: _Class, name: str, *, through_instance: bool) -> Found | Undefined | Unresolved:
    """Return a function of a class's body; Undefined only where the class inherits nothing."""
    node, own = owner.node, bindings(owner.node.body)
    found = candidates(own, name)
    if not found and not node.bases and not node.keywords and not node.decorator_list and "__getattr__" not in own:
        return Undefined(name, owner.module, tuple(own))
    method = found[0].node if len(found) == 1 else None
    if not isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return Unresolved(f"{node.name}.{name} is inherited or computed")
    kinds = {qualified(owner.module, decorator) for decorator in method.decorator_list}
    bound = (through_instance or "builtins.classmethod" in kinds) and "builtins.staticmethod" not in kinds
    wrapped = not decorators.transparent(owner.module, method)
    return Found(method, owner.module, method.args, implicit=int(bound), wrapped=wrapped)

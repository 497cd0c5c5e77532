"""Rules about the modules of functions: they are there, can be read, and are the ones that a run imports.

Nothing is imported.
"""

from __future__ import annotations

import os
import sys
from keyword import iskeyword

from parallel_stage.contract import function as functions
from parallel_stage.contract import project, regular_file
from parallel_stage.contract.function import NotFound, Unreadable
from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Finding, rule
from parallel_stage.lint.rules.function_lookup import definitions, references, relative_path, resolution

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.lint.rule import Subject

_THIS_PACKAGE = "parallel_stage"


@rule(Severity.ERROR, "function", "reducer", "reducer_function", since="0.1.0")
def function_path(subject: Subject) -> Iterator[Finding]:
    """The part before the colon can be neither a module nor a Python file.

    A module is named by identifiers with dots between them, a file by a path that ends in `.py`. Ignore it
    where an installed module has a dash in its name: a run imports it all the same.

    Bad:
        function = "my_pipeline/process:process_file"

    Good:
        function = "my_pipeline/process.py:process_file"
    """
    for key, text in references(subject):
        ref = functions.parse(text)
        fault = _fault(ref)
        if fault:
            yield Finding(f'{key} is "{text}", but {fault}; {_meant(ref)}', (key,))


@rule(Severity.WARNING, "function", "reducer", "reducer_function", since="0.1.0", reads_source=True)
def function_not_found(subject: Subject) -> Iterator[Finding]:
    """There is no module or file of that name where a run would search.

    Files are searched from the contract's directory; modules there, then in the nearest directory with a
    `pyproject.toml`, then in its `src/`, then where Python finds installed packages. A run would stop before
    its first partition. Ignore it where the package is installed on the workers only.

    Bad:
        function = "my_pipeline.proces:process_file"

    Good:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     def process_file(path):
        #         return {"bytes": path.stat().st_size}
    """
    for key, text in references(subject):
        resolved, ref = resolution(subject, key), functions.parse(text)
        if isinstance(resolved, NotFound) and not _fault(ref):
            places = [f"{relative_path(subject, root)}/" for root in resolved]
            where = places[0] if ref.is_path else ", ".join(places) + ", and among installed packages"
            kind = "file" if ref.is_path else "module"
            message = f'{key} is "{text}", but there is no {kind} {ref.module} (searched in {where})'
            yield Finding(f"{message}; {_elsewhere(subject, ref) or 'correct the name'}", (key,))


@rule(Severity.WARNING, "function", "reducer", "reducer_function", since="0.1.0", reads_source=True)
def function_unreadable(subject: Subject) -> Iterator[Finding]:
    """The function's module cannot be read by the Python that checks.

    Its syntax is wrong or newer than that Python, or its bytes are not in the encoding that it declares. A
    run with the same Python would stop at the import; the other rules about functions are silent. Where the
    project's `requires-python` excludes that Python, the finding is an info. Ignore it where the workers have
    a newer Python than the check.

    Bad:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     def process_file(path):
        #         return {"bytes": path.stat().st_size

    Good:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     def process_file(path):
        #         return {"bytes": path.stat().st_size}
    """
    for key, text in references(subject):
        resolved = resolution(subject, key)
        if isinstance(resolved, Unreadable):
            place = relative_path(subject, resolved.path) + (f":{resolved.line}" if resolved.line else "")
            python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
            excluded = _exclusion(subject.directory)
            fault = f'{key} is "{text}", but {python} cannot read {place}: {resolved.why}'
            hint = f'requires-python = "{excluded}" excludes it, so' if excluded else "correct it, or"
            message = f"{fault}; {hint} check with a Python that reads it"
            yield Finding(message, (key,), severity=Severity.INFO if excluded else None)


@rule(Severity.ERROR, "function", "reducer", "reducer_function", since="0.1.0", reads_source=True)
def shadowed_module(subject: Subject) -> Iterator[Finding]:
    """The function's module, or one that it imports, has a name that Python, or a run, uses itself.

    A module that is built or frozen into Python is imported in the function's place: no search path changes
    that, so a run would stop before its first partition; `parallel_stage` is in use in every run. Another
    takes the place of Python's for everything that imports the name afterwards, and a run refuses it where
    Python's is in use; the finding is a warning then. It is one, too, where the function's module imports
    such a name: it gets the project's module or Python's, by what its process has loaded before, which
    differs between backends. Ignore it where it is a warning and only one of the two is ever imported.

    Bad:
        function = "time:process_file"
        # time.py:
        #     def process_file(path):
        #         return {"bytes": path.stat().st_size}

    Good:
        function = "time.py:process_file"
        # time.py:
        #     def process_file(path):
        #         return {"bytes": path.stat().st_size}
    """
    for key, text in references(subject):
        ref = functions.parse(text)
        first = ref.module.partition(".")[0]
        in_use = first in sys.stdlib_module_names or first == _THIS_PACKAGE
        own = _own_file(first, subject.roots) if not ref.is_path and in_use else ""
        if own and not (first in sys.builtin_module_names and hasattr(sys.modules.get(first), ref.name)):
            message = f'{key} is "{text}", but {relative_path(subject, own)} {_clash(first)}'
            severity = None if first == _THIS_PACKAGE or _comes_first(first) else Severity.WARNING
            yield Finding(f"{message}; rename it, or name the function's file by its path", (key,), severity=severity)
    yield from _shadowed_imports(subject)


def _shadowed_imports(subject: Subject) -> Iterator[Finding]:
    for key, definition in definitions(subject):
        from parallel_stage.pysource.import_effects import imported_modules

        module = definition.module
        for line, name in imported_modules(module):
            own = _own_file(name, module.roots) if name in sys.stdlib_module_names else ""
            if own and not _comes_first(name) and not os.path.samefile(own, module.path):
                at, other = f"{relative_path(subject, module.path)}:{line}", relative_path(subject, own)
                message = f"{key}: {at} imports {name}, which is {other} or Python's own, by what is loaded before"
                yield Finding(f"{message}; rename {other}", (key,), severity=Severity.WARNING)


def _clash(name: str) -> str:
    """Return what is wrong with a module of the project that has a name which is in use, as a predicate."""
    if name == _THIS_PACKAGE:
        return "has the name of this package, which every run has loaded before"
    if _comes_first(name):
        return (
            f"can never be imported: {name} is {'built' if name in sys.builtin_module_names else 'frozen'} into Python"
        )
    return f"takes the place of Python's own {name}, and a run refuses it where that is in use"


def _comes_first(name: str) -> bool:
    """Whether Python finds a module of this name before it looks at any search path."""
    from importlib.machinery import FrozenImporter

    return name in sys.builtin_module_names or FrozenImporter.find_spec(name) is not None


def _elsewhere(subject: Subject, ref: functions.FunctionRef) -> str:
    """Return what to write for a file of that name one directory up, in the current one, or in their `src`."""
    stem = ref.module if ref.is_path else ref.module.replace(".", "/")
    ends = (stem,) if ref.is_path else (f"{stem}.py", f"{stem}/__init__.py")
    nearby = project.nearby(subject.directory)
    directories = [*nearby, *(os.path.join(directory, "src") for directory in nearby)]
    paths = (os.path.join(directory, end) for directory in directories for end in ends)
    path = next(filter(os.path.isfile, paths), "")
    written = os.path.relpath(path, subject.directory).replace(os.sep, "/") if path else ""
    return f'{relative_path(subject, path)} is there: write "{written}:{ref.name}"' if path else ""


def _exclusion(directory: str) -> str:
    """Return the `requires-python` of a directory's project where it excludes this Python; else empty."""
    import tomli
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        content = regular_file.read(os.path.join(project.root(directory, project.PACKAGE), project.PACKAGE))
        wanted = tomli.loads(content.decode())["project"]["requires-python"]
        excludes = not SpecifierSet(wanted).contains(".".join(map(str, sys.version_info[:3])), prereleases=True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InvalidSpecifier):
        return ""
    return wanted if excludes else ""


def _own_file(name: str, roots: tuple[str, ...]) -> str:
    """Return the file of a project's module or package of that name; empty where there is none."""
    paths = (os.path.join(root, *end) for root in roots for end in ((name, "__init__.py"), (f"{name}.py",)))
    return next(filter(os.path.isfile, paths), "")


def _fault(ref: functions.FunctionRef) -> str:
    """Return why the part before the colon can be neither module nor file; empty where it can."""
    if ref.module.endswith((".ipynb", ":")) or ref.module == "__main__":
        return _usual_fault(ref.module)
    if ref.is_path:
        return "" if ref.module.endswith(".py") else f"{ref.module} is a path that does not end in .py"
    for step in ref.module.split("."):
        if not step:
            return f"{ref.module} has an empty part"
        if not step.isidentifier():
            return f"{step} is no identifier"
        if iskeyword(step):
            return f"{step} is a keyword of Python"
    return ""


def _usual_fault(module: str) -> str:
    if module == "__main__":
        return "__main__ is another program in a worker"
    return "there are two colons" if module.endswith(":") else f"{module} is a notebook, which cannot be imported"


def _meant(ref: functions.FunctionRef) -> str:
    """Return what to write in place of a reference whose first part can be neither module nor file."""
    stem, suffix = os.path.splitext(ref.module)
    if suffix == ".ipynb":
        return f'move the function to a .py file, such as "{stem}.py:{ref.name}"'
    if ref.module.endswith(":"):
        return f'did you mean "{ref.module.rstrip(":")}:{ref.name}"?'
    if ref.is_path and not suffix:
        return f'did you mean "{ref.module}.py:{ref.name}"?'
    return "name a module as my_pipeline.process, or its file as my_pipeline/process.py"


RULES = (function_path, function_not_found, function_unreadable, shadowed_module)

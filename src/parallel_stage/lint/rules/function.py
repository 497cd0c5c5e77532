"""Rules about functions: the module defines the function, and it can be called with one argument.

Nothing is imported.
"""

from __future__ import annotations

from parallel_stage.contract import function as functions
from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Finding, rule
from parallel_stage.lint.rules.function_lookup import (
    definition_of,
    definitions,
    relative_path,
    resolved_references,
    where,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.lint.rule import Subject
    from parallel_stage.pysource.definition import Found

_LONGEST = 100
"""The length of names that are compared with a mistyped one: comparing takes the product of the lengths."""
_COUNTS = {"function": 1, "reducer_function": 2}
_ARGUMENTS = {"function": "one positional argument", "reducer_function": "two positional arguments, parts and output"}


@rule(Severity.ERROR, "function", "reducer", "reducer_function", since="0.1.0", reads_source=True)
def function_undefined(subject: Subject) -> Iterator[Finding]:
    """The module is there and does not define the name.

    Re-exports are followed: `from .process import process_file` in a package's `__init__.py` defines it. A
    module with a `__getattr__` of its own, what `globals()` or `sys.modules` may add, and compiled modules cannot
    be seen, and pass. Ignore it where another module puts the name there when it is imported.

    Fix: `--fix --unsafe-fixes` writes the closest name that the module does define, where there is one and
    the contract names that very module.

    Bad:
        function = "my_pipeline.process:proces_file"
        # my_pipeline/process.py:
        #     def process_file(path):
        #         return {"bytes": path.stat().st_size}

    Good:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     def process_file(path):
        #         return {"bytes": path.stat().st_size}
    """
    for key, text, resolved in resolved_references(subject):
        from parallel_stage.pysource.definition import Undefined

        if isinstance(resolved, Undefined):
            from difflib import get_close_matches

            from parallel_stage.contract.problem import Assign

            names = (name for name in resolved.known if name.isidentifier() and len(name) < _LONGEST)
            near = get_close_matches(resolved.name, names, n=3)
            hint = f"did you mean {' or '.join(near)}?" if near else "define it there, or correct the name"
            message = (
                f'{key} is "{text}", but {relative_path(subject, resolved.module.path)} does not define {resolved.name}'
            )
            ref = functions.parse(text)
            # A re-export that leads nowhere has to be fixed in its own module.
            here = functions.locate(ref, subject.roots) == resolved.module.path
            change = Assign((key,), f"{ref.module}:{near[0]}", safe=False) if near and here else None
            yield Finding(f"{message}; {hint}", (key,), change=change)


@rule(Severity.ERROR, "function", "reducer", "reducer_function", since="0.1.0", reads_source=True)
def function_not_callable(subject: Subject) -> Iterator[Finding]:
    """The name stands for something that cannot be called.

    There is no good reason to ignore it: a run stops before its first partition.

    Bad:
        function = "my_pipeline.process:COLUMNS"
        # my_pipeline/process.py:
        #     COLUMNS = ["carrier", "delay"]

    Good:
        function = "my_pipeline.process:columns"
        # my_pipeline/process.py:
        #     def columns(path):
        #         return {"columns": path.open().readline().split(",")}
    """
    for key, text, resolved in resolved_references(subject):
        from parallel_stage.pysource.definition import NotCallable

        if isinstance(resolved, NotCallable):
            where = f"{relative_path(subject, resolved.path)}:{resolved.line}"
            yield Finding(f'{key} is "{text}", which is {resolved.what} ({where}); name a function', (key,))


@rule(Severity.ERROR, "function", "reducer", "reducer_function", since="0.1.0", reads_source=True)
def function_arity(subject: Subject) -> Iterator[Finding]:
    """The function cannot be called with exactly one positional argument.

    It is called with its partition, and with nothing else; a `reducer_function` with the parts and the
    output. Other parameters need a default, or a `functools.partial` that binds them. What an unknown
    decorator makes of a function cannot be seen, and passes. There is no good reason to ignore it: every call
    would fail.

    Bad:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     def process_file(path, carrier):
        #         return {"bytes": path.stat().st_size}

    Good:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     def process_file(path, carrier="UA"):
        #         return {"bytes": path.stat().st_size}
    """
    for key, definition in definitions(subject):
        from parallel_stage.pysource.signature import accepts, parameters

        if not definition.wrapped and not accepts(definition, _COUNTS[key]):
            message = (
                f"{key}: {where(subject, definition)} takes {parameters(definition)}, but is called with "
                f"{_ARGUMENTS[key]}; {_remedy(definition, _COUNTS[key])}"
            )
            yield Finding(message, (key,))


def _remedy(definition: Found, count: int) -> str:
    """Return what to do about a function that cannot be called with that many positional arguments."""
    from parallel_stage.pysource.signature import parameters, required_beyond

    more = required_beyond(definition, count)
    if not more or "self" in parameters(definition):
        return "let it take that, and nothing else without a default"
    values = ", ".join(f"{name}=…" for name in more)
    return f"give {' and '.join(more)} a default, or name functools.partial({definition.name}, {values}) instead"


@rule(Severity.ERROR, "function", "reducer", "reducer_function", since="0.1.0", reads_source=True)
def function_async(subject: Subject) -> Iterator[Finding]:
    """The function is a coroutine.

    Nothing awaits it: a call gives a coroutine object, which no reducer takes. There is no good reason to
    ignore it: none of the function's code would run.

    Bad:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     async def process_file(path):
        #         return {"bytes": path.stat().st_size}

    Good:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     def process_file(path):
        #         return {"bytes": path.stat().st_size}
    """
    for key, definition in definitions(subject):
        from parallel_stage.pysource.effects import is_async

        if is_async(definition):
            hint = "write def, with asyncio.run(...) inside where it needs one"
            message = f"{key}: {where(subject, definition)} is async def, which nothing awaits; {hint}"
            yield Finding(message, (key,))


@rule(Severity.ERROR, "function", "split", since="0.1.0", reads_source=True)
def function_argument(subject: Subject) -> Iterator[Finding]:
    """The parameter's annotation contradicts what the split passes.

    A function of files or of a table gets the `pathlib.Path` of a file that holds its partition, or, where
    its parameter is annotated so, a `parallel_stage.Chunk`. A function of a sweep gets an item of the grid.
    Only types that it can never be are reported, and `str` for a path is not: much that takes text takes a
    path. Ignore it where the function takes more than its annotation says, and is not yours to correct.

    Bad:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     def process_file(row: dict):
        #         return {"delay": row["delay"]}

    Good:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     from pathlib import Path
        #     def process_file(path: Path):
        #         return {"bytes": path.stat().st_size}
    """
    definition, split = definition_of(subject), subject.fields["split"]
    if definition is None:
        return
    from parallel_stage.pysource.signature import contradicting_annotation

    annotation = contradicting_annotation(definition, split)
    if annotation:
        sweep = split == "parameter-sweep"
        passed = "an item of the grid, such as a dict" if sweep else "a pathlib.Path"
        hint = "annotate dict" if sweep else "annotate Path and read it, or parallel_stage.Chunk"
        message = (
            f'function: {where(subject, definition)} wants {annotation}, but split = "{split}" passes {passed}; {hint}'
        )
        yield Finding(message, ("function",))


@rule(Severity.WARNING, "function", "reducer", since="0.1.0", reads_source=True)
def returns_nothing(subject: Subject) -> Iterator[Finding]:
    """The function has no `return` or `yield` of a value, though the reducer needs one.

    `concat-jsonl` and `concat-csv` fail on None, `collect-json` collects one `null` after the other. Ignore
    it where the function works by side effect alone, and its result does not matter.

    Bad:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     def process_file(path):
        #         size = path.stat().st_size

    Good:
        function = "my_pipeline.process:process_file"
        # my_pipeline/process.py:
        #     def process_file(path):
        #         return {"bytes": path.stat().st_size}
    """
    reducer, definition = subject.fields["reducer"], definition_of(subject)
    if definition is None or reducer == "custom":
        return
    from parallel_stage.pysource.effects import returns_nothing

    if returns_nothing(definition):
        message = f'function: {where(subject, definition)} returns nothing for reducer = "{reducer}"; return its result'
        yield Finding(message, ("function",))


RULES = (
    function_undefined,
    function_not_callable,
    function_arity,
    function_async,
    function_argument,
    returns_nothing,
)

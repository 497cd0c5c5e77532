"""docs/api.md: every name of the public API with its signature and its docstring."""

from __future__ import annotations

import inspect
import re
from typing import Any

import parallel_stage

_SECTIONS = {
    "Functions": ("check", "load", "make_plan", "verify", "run_stage", "current_partition"),
    "What a contract says": ("Contract", "InputFormat", "PartitionBy"),
    "What a check finds": ("Diagnostic", "Severity", "Position", "Fix", "Replacement"),
    "What a plan holds": (
        *("Plan", "Partition", "Input", "InputNote"),
        *("WholeFile", "ByteRange", "RowGroups", "WholeTable", "Group", "Piece", "Parameters"),
    ),
    "What a function gets": ("Chunk", "CurrentPartition"),
    "What a verification gives": ("Verification", "Check", "Comparison", "Partial"),
    "What a run gives": ("RunResult", "Observer", "Started"),
    "Errors": (
        *("ParallelStageError", "UsageError", "MissingExtraError", "InvalidContractError", "NoInputError"),
        *(
            "PlanRefusedError",
            "PartitionsFailedError",
            "ReducerFailedError",
            "InputChangedError",
            "BackendLostError",
            "Interrupted",
        ),
    ),
}
_HEAD = """# The API

Everything here is imported from `parallel_stage`. Paths are `str` or `os.PathLike[str]` (`StrPath`).
[An example](../examples/api.py) checks, plans and runs a stage. A module is loaded when one of its names is
used, so `import parallel_stage` costs nothing.
"""


def api_page() -> str:
    """The page; every name of `__all__` stands in exactly one section."""
    listed = sorted(name for names in _SECTIONS.values() for name in names)
    if listed != sorted(set(parallel_stage.__all__) - {"__version__"}):
        raise ValueError(f"the sections of {__file__} and parallel_stage.__all__ differ")
    sections = [f"# {title}\n\n" + "\n".join(map(_entry, names)) for title, names in _SECTIONS.items()]
    note = "<!-- Written by `./dev generate`; edit the docstrings instead. -->\n"
    return "\n".join([note, _HEAD, *sections])


def _entry(name: str) -> str:
    found = getattr(parallel_stage, name)
    members = _members(found) if inspect.isclass(found) else []
    text = _markdown(inspect.getdoc(found) or "")
    return "\n".join([f"## `{_signature(name, found)}`\n", text, *members]).rstrip() + "\n"


def _signature(name: str, found: Any) -> str:
    if inspect.isclass(found):
        return name
    parameters = [_parameter(each) for each in inspect.signature(found).parameters.values()]
    keyword = next((i for i, each in enumerate(inspect.signature(found).parameters.values()) if each.kind == 3), None)  # noqa: PLR2004
    if keyword is not None:
        parameters.insert(keyword, "*")
    return f"{name}({', '.join(parameters)}) -> {inspect.signature(found).return_annotation}"


def _parameter(each: inspect.Parameter) -> str:
    default = "" if each.default is inspect.Parameter.empty else f" = {each.default!r}"
    return f"{each.name}: {each.annotation}{default}"


def _members(found: type) -> list[str]:
    """A line for each public method and property that the class itself documents."""
    lines = []
    for name, member in vars(found).items():
        function = getattr(member, "fget", None) or getattr(member, "__func__", member)
        text = inspect.getdoc(function) if inspect.isfunction(function) else None
        if text and not name.startswith("_"):
            call = name if isinstance(member, property) else f"{name}{_arguments(function)}"
            lines.append(f"- `{call}`: {text.splitlines()[0]}")
    return ["", *lines] if lines else []


def _arguments(function: Any) -> str:
    names = [name for name in inspect.signature(function).parameters if name not in ("self", "cls")]
    return f"({', '.join(names)})"


def _markdown(docstring: str) -> str:
    """Google's sections as lists: `Args:` and the lines below it."""
    lines = []
    as_list = True
    for line in docstring.splitlines():
        if heading := re.fullmatch(r"(Args|Returns|Raises|Attributes|Yields):", line):
            lines.append(f"**{heading[1]}**\n")
            as_list = heading[1] not in ("Returns", "Yields")
        elif as_list and (entry := re.fullmatch(r" {4}(\S[^:]*): (.*)", line)):
            lines.append(f"- `{entry[1]}`: {entry[2]}")
        elif line.startswith("    "):
            lines.append(f"{'  ' if as_list else ''}{line.strip()}")
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"

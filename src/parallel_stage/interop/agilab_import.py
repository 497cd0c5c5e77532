"""The contracts of the stages in AGILAB's `lab_stages.toml`, or in a notebook that has its stages."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.contract import document, formats, output_names, project, schema, write
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.contract.validation import violations
from parallel_stage.errors import UsageError
from parallel_stage.interop import agilab_notebook, lab_stages
from parallel_stage.interop.agilab_stage import CONTRACT, contract_path, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Stage = Mapping[str, Any]

OPEN_FUNCTION = "MODULE:FUNCTION"
OPEN_INPUT = "INPUT"


class Imported(NamedTuple):
    """What a stage has of a contract.

    Attributes:
        stage: The stage's id.
        path: The contract's file; empty where the stage runs no code.
        text: Its text; empty where the stage names a file without bringing its text along.
        left_open: The fields of a skeleton that have no value yet.
    """

    stage: str
    path: str
    text: str = ""
    left_open: tuple[str, ...] = ()


def stages_in(text: str, path: str) -> list[dict[str, Any]]:
    """Return all stages of a `lab_stages.toml` or of a notebook (`.ipynb`).

    Raises:
        UsageError: Where the file is neither.
    """
    if path.endswith(".ipynb"):
        return agilab_notebook.stages_of(agilab_notebook.read(text, path))
    lists = [value for value in lab_stages.read(text, path).values() if isinstance(value, list)]
    return [stage for stages in lists for stage in stages if isinstance(stage, dict)]


def contracts_of(stages: Iterable[Stage], source: str, directory: str) -> list[Imported]:
    """Return what each stage with code has of a contract.

    Args:
        stages: The stages.
        source: Their file: paths in them start in its directory.
        directory: Where new contracts go.

    Raises:
        UsageError: Where the contract that a stage brings along is none.
    """
    home, found, names = os.path.dirname(os.path.abspath(source)), [], set[str]()
    for number, stage in enumerate(stages):
        code = stage.get("C")
        if not isinstance(code, str) or not code.strip():
            continue
        label = str(stage.get("id") or stage.get("label") or f"stage_{number + 1}")
        named, carried = contract_path(code), stage.get(CONTRACT)
        if isinstance(carried, str):
            path = _place(named, home, directory, label)
            _require_contract(carried, path, label, source)
            found.append(Imported(label, path, carried))
        elif named:
            found.append(Imported(label, os.path.normpath(os.path.join(home, named))))
        else:
            found.append(_skeleton(stage, label, home, directory))
        if found[-1].path in names:
            raise UsageError(f"{source}: two stages have the contract {found[-1].path}", "give them different ids")
        names.add(found[-1].path)
    return found


def _place(named: str | None, home: str, directory: str, label: str) -> str:
    """Return where a contract goes: where the code looks for it, if that is in the project and a contract's name."""
    name = os.path.basename(named or "")
    if not named or not formats.is_contract_name(name):
        return os.path.join(directory, f"{_slug(label)}.parallel_stage.toml")
    path = os.path.normpath(os.path.join(home, named))
    inside = os.path.samefile(home, directory) and not project.is_outside(path, project.boundary(home))
    return path if inside else os.path.join(directory, name)


def _require_contract(text: str, path: str, label: str, source: str) -> None:
    try:
        problems = violations(document.parse(text.encode(), path).data)
    except NotADocumentError as error:
        problems = [error.problem]
    if problems:
        message = f"{source}: the contract of the stage {label!r} is invalid: {problems[0].message}"
        raise UsageError(message, "correct it there, or take it out")


def _skeleton(stage: Stage, label: str, home: str, directory: str) -> Imported:
    """Return a contract for code that has none: its input and output, with the function to be named."""
    name = _slug(label)
    consumed, produced = texts(stage.get("consumes")), texts(stage.get("produces"))
    output = _moved(produced[0], home, directory) if produced else ""
    reducer = _reducer(output)
    values = {
        "schema": schema.default("schema"),
        "name": name,
        "function": OPEN_FUNCTION,
        "split": "files",
        "input": _moved(consumed[0], home, directory) if consumed else OPEN_INPUT,
        "workers": "auto",
        **{each: schema.default(each) for each in ("partition_strategy", "target_partitions")},
        **{each: schema.default(each) for each in ("min_partitions_per_worker", "backend")},
        "reducer": reducer,
        "output": output or f"results/{name}{output_names.suffix(reducer)}",
    }
    left_open = ("function",) if consumed else ("function", "input")
    head, newline, rest = write.toml(values).partition("\n")
    text = f"{head}{newline}# Left open, of AGILAB's stage {name!r}: {', '.join(left_open)}\n{rest}"
    return Imported(label, os.path.join(directory, f"{name}.parallel_stage.toml"), text, left_open)


def _reducer(output: str) -> str:
    if not output:
        return str(schema.default("reducer"))
    suffix = os.path.splitext(output)[1].lower()
    fitting = (name for name, suffixes in output_names.SUFFIXES.items() if suffix in suffixes)
    return next(fitting, "custom")


def _moved(path: str, home: str, directory: str) -> str:
    """Return a path that starts in one directory from another one."""
    return os.path.relpath(os.path.join(home, path), directory).replace(os.sep, "/")


def _slug(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", label).strip("_") or "stage"

"""Add a stage to the text of AGILAB's `lab_stages.toml`; all else in it stays as it is, byte for byte."""

from __future__ import annotations

import os
import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.edits import apply_edits
from parallel_stage.contract.formats import toml
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.contract.text import Edit, Span, line_end
from parallel_stage.errors import UsageError
from parallel_stage.interop.agilab_stage import depends_on

if TYPE_CHECKING:
    from collections.abc import Mapping

    Stage = Mapping[str, Any]

META = "__meta__"
SCHEMA = {"schema": "agilab.lab_stages.v1", "version": 1}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def module_key(path: str) -> str:
    """Return the table under which AGILAB looks for the stages of a file: its directory, without `_project`."""
    return os.path.basename(os.path.dirname(os.path.abspath(path))).removesuffix("_project")


def read(text: str, path: str) -> dict[str, Any]:
    """Return the data of a `lab_stages.toml`.

    Raises:
        UsageError: Where it is not TOML, of another schema or version, or another file altogether.
    """
    try:
        data = toml.parse(text)
    except NotADocumentError as error:
        line = text.count("\n", 0, error.problem.offset or 0) + 1
        raise UsageError(f"{path}, line {line}: {error.problem.message}", "correct the file first") from None
    meta = data.get(META) or {}
    found = {name: meta.get(name, value) for name, value in SCHEMA.items()} if isinstance(meta, dict) else meta
    if found != SCHEMA:
        raise UsageError(f"{path}: {META} is {found}, not {SCHEMA}", "save it with the AGILAB that has this version")
    other = next((name for name, value in data.items() if not meta and not isinstance(value, list)), None)
    if other is not None:
        raise UsageError(f"{path} is no lab_stages.toml: it has {other!r} and no {META}", "name another file")
    return dict(data)


def add_stage(text: str, path: str, key: str, stage: Stage, *, replace: bool = False) -> str:
    """Return the text of a `lab_stages.toml` with a stage more.

    Args:
        text: The text; empty for a new file.
        path: Its file, for messages.
        key: The table of the stages, see `module_key`.
        stage: The stage. Where one of the same id is there, it is replaced; what it has besides stays.
        replace: Whether to replace one that differs.

    Raises:
        UsageError: Where the text is no such file, has a stage of that id that differs, or has it in a form
            that cannot be edited.
    """
    before = read(text, path)
    stages = _stages(before, key, path)
    at = next((index for index, each in enumerate(stages) if each.get("id") == stage["id"]), len(stages))
    old = stages[at] if at < len(stages) else {}
    wanted = {**old, **stage}
    wanted["depends_on"] = list(dict.fromkeys([*old.get("depends_on", []), *depends_on(stage, stages[:at])]))
    if old and old != wanted and not replace:
        raise UsageError(f"{path}: the stage {stage['id']!r} is there, and differs", "say --force to replace it")
    after = _expected(before, key, at, wanted)
    if after == before:
        return text
    made = _edited(text, before, key, at, wanted)
    try:
        kept = toml.parse(made) == after
    except NotADocumentError:
        kept = False
    if not kept:
        message = f"{path}: the stages of {key!r} are written in a form that is not edited here"
        raise UsageError(message, f"write them as [[{_key(key)}]] tables, or name another file")
    return made


def _stages(data: Mapping[str, Any], key: str, path: str) -> list[dict[str, Any]]:
    others = [name for name, value in data.items() if name not in (META, key) and isinstance(value, list)]
    if others:
        message = f"{path} has stages of {others[0]!r}, where AGILAB reads those of {key!r} only"
        raise UsageError(message, f"name the app with --app {others[0]}, or a file in the app's own directory")
    stages = data.get(key, [])
    if not isinstance(stages, list) or not all(isinstance(each, dict) for each in stages):
        raise UsageError(f"{path}: {key!r} is no list of stages", f"write stages as [[{_key(key)}]] tables")
    return stages


def _expected(before: Mapping[str, Any], key: str, at: int, stage: Stage) -> dict[str, Any]:
    after = deepcopy(dict(before))
    after[META] = {**SCHEMA, **(after.get(META) or {})}
    stages = after.setdefault(key, [])
    stages[at : at + 1] = [dict(stage)]
    order = after[META].get(f"{key}__sequence")
    if isinstance(order, list) and at not in order:  # else WORKFLOW would not run it
        order.append(at)
    return after


def _edited(text: str, before: Mapping[str, Any], key: str, at: int, stage: Stage) -> str:
    """Return the text with the stage in its place, the metadata, and its number in the order of execution."""
    entries = list(toml.entries(text))
    places = [entry for entry in entries if entry[0][:2] == (key, at)]
    new = f"[[{_key(key)}]]\n{_lines(stage)}"
    edits, behind = _meta_edits(text, before, key, at, entries)
    if places:
        span = Span(places[0][2][0], max(value[1] for route, _, value in places if route != (key, at)))
        if any(span.start <= start < span.stop for start, _ in toml.comments(text)):
            raise UsageError(f"the stage {stage['id']!r} has comments, which would be lost", "change it by hand")
        edits.append(Edit(span, new.rstrip("\n")))
    else:
        behind.append(new)
    if behind:
        gap = ("" if text.endswith("\n") else "\n") + "\n" if text else ""
        edits.append(Edit(Span(len(text), len(text)), gap + "\n".join(behind)))
    end = line_end(text)
    return apply_edits(text, [Edit(span, new.replace("\n", end)) for span, new in sorted(edits)])


def _meta_edits(
    text: str, before: Mapping[str, Any], key: str, at: int, entries: list[Any]
) -> tuple[list[Edit], list[str]]:
    """Return the edits of the metadata, and what has to be written behind the text."""
    meta = before.get(META) or {}
    lines = _lines({name: value for name, value in SCHEMA.items() if name not in meta})
    places = {route: value for route, _, value in entries}
    edits, behind = [], []
    if lines and (META,) not in places:
        behind.append(f"[{META}]\n{lines}")
    elif lines:
        start = text.find("\n", places[META,][0]) + 1 or len(text)
        edits.append(Edit(Span(start, start), lines))
    order, place = meta.get(f"{key}__sequence"), places.get((META, f"{key}__sequence"))
    if place and isinstance(order, list) and at not in order:
        edits.append(Edit(Span(*place), _value([*order, at])))
    return edits, behind


def _lines(values: Stage) -> str:
    return "".join(f"{_key(name)} = {_value(value)}\n" for name, value in values.items())


def _key(name: str) -> str:
    import tomli_w

    return tomli_w.dumps({name: 0}).rpartition(" = ")[0]


def _value(value: Any) -> str:
    """Return a value as TOML on one line; a text of several lines between three quotes, as it is."""
    import tomli_w

    if isinstance(value, str) and "\n" in value and "'''" not in value and not _CONTROL.search(value):
        return f"'''\n{value}'''"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return tomli_w.dumps({"x": value}).removeprefix("x = ").rstrip("\n")

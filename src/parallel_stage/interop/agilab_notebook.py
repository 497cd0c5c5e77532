"""A contract as a notebook that AGILAB imports as a workflow: its `agilab.notebook_export.v1`.

The notebook runs as it is: the stage's cell calls `run_stage`. AGILAB's own exports have a helper cell that holds all
stages once more, so a stage that is added to one of those would be in half of it; such notebooks are refused.
Fields: AGILAB, src/agilab/notebooks/notebook_export_support.py.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import UsageError
from parallel_stage.interop.agilab_stage import CONTRACT, depends_on

if TYPE_CHECKING:
    from collections.abc import Mapping

    Stage = Mapping[str, Any]

SCHEMA = {"schema": "agilab.notebook_export.v1", "version": 1}
_CELL_SCHEMA = "agilab.notebook_export.stage_cell.v1"
_HELPER = "AGILAB_NOTEBOOK_EXPORT = "
_NAMES = {"D": "description", "Q": "question", "M": "model", "R": "runtime", "E": "env", "C": "code"}
"""What a notebook calls the fields of a stage that are letters in `lab_stages.toml`."""
_INTRODUCTION = """\
# Parallel stages of {app}

Each stage below runs a contract, `function + split rule + reducer`, with `parallel-stage`; paths start at this
notebook's directory. AGILAB imports the stages as a workflow.
"""


def new(app: str) -> dict[str, Any]:
    """Return a notebook of an AGILAB app, without stages."""
    metadata = {
        **SCHEMA,
        "project_name": f"{app}_project",
        "module_path": app,
        "module_key": app,
        "artifact_dir": ".",
        "active_app": "",
        "export_mode": "supervisor",
        "module_automation": {},
        "related_pages": [],
        "stages": [],
        "stages_file": "",
    }
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": [_markdown("agilab-export-intro", _INTRODUCTION.format(app=app))],
        "metadata": {"agilab": metadata, "kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def read(text: str, path: str) -> dict[str, Any]:
    """Return a notebook that has stages of AGILAB.

    Raises:
        UsageError: Where it is no notebook, or has no such stages.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no notebook: {error}", "name a file that ends in .ipynb") from None
    metadata = data.get("metadata") if isinstance(data, dict) else None
    found = metadata.get("agilab") if isinstance(metadata, dict) else None
    if not isinstance(found, dict) or {name: found.get(name) for name in SCHEMA} != SCHEMA:
        message = f"{path} has no stages of AGILAB: its metadata has no {SCHEMA['schema']}, version 1"
        raise UsageError(message, "let AGILAB import the notebook, and use the lab_stages.toml that it writes")
    if not _is_list_of_tables(found.get("stages")) or not _is_list_of_tables(data.get("cells")):
        raise UsageError(f"{path}: stages and cells are no lists of objects", "export the notebook again")
    return dict(data)


def stages_of(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the stages of a notebook with the keys of `lab_stages.toml`; a cell that was edited counts."""
    letters = {name: letter for letter, name in _NAMES.items()}
    letters["stage_id"] = "id"
    stages = [{letters.get(name, name): value for name, value in each.items()} for each in _records(notebook)]
    for index, stage in enumerate(stages):
        cell = _source_cell(notebook, index)
        if cell is not None:
            stage["C"] = _code_in(cell, index)
    return stages


def add_stage(notebook: Mapping[str, Any], path: str, stage: Stage, *, replace: bool = False) -> dict[str, Any]:
    """Return a notebook with a stage more; the others, and all other cells, stay as they are.

    Raises:
        UsageError: Where it is an export of AGILAB's, or has a stage of that id that differs.
    """
    if any(_HELPER in _text(cell) for cell in notebook["cells"]):
        message = f"{path} is an export of AGILAB's, whose helper cell would not know the stage"
        raise UsageError(message, "add it to lab_stages.toml with export workflow-stage, and let AGILAB export that")
    found: dict[str, Any] = json.loads(json.dumps(notebook))
    records = _records(found)
    index = next((index for index, each in enumerate(records) if each.get("stage_id") == stage["id"]), len(records))
    app = str(found["metadata"]["agilab"].get("module_key", ""))
    record = _record(stage, index, app, depends_on(stage, stages_of(found)[:index]))
    cells = [_heading(record), _source(record)]
    if index == len(records):
        records.append(record)
        found["cells"] += cells
    elif records[index] != record or _code_in(_source_cell(found, index) or {}, index) != record["code"]:
        if not replace:
            raise UsageError(f"{path}: the stage {stage['id']!r} is there, and differs", "say --force to replace it")
        records[index] = record
        ids = {cell["id"]: cell for cell in cells}
        found["cells"] = [ids.get(cell.get("id"), cell) for cell in found["cells"]]
    return found


def dump(notebook: Mapping[str, Any]) -> str:
    """Return a notebook as Jupyter writes it."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _records(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = notebook["metadata"]["agilab"]["stages"]
    return found


def _record(stage: Stage, index: int, app: str, depends: list[str]) -> dict[str, Any]:
    """Return the stage as the notebook's metadata holds it."""
    values = {_NAMES.get(name, name): value for name, value in stage.items() if name not in ("id", "NB_RUNTIME_ROLE")}
    return {
        **values,
        "index": index,
        "module": app,
        "module_index": index,
        "stage_id": stage["id"],
        "stage_id_explicit": True,
        "effective_stage_id": stage["id"],
        "runtime_role": stage["NB_RUNTIME_ROLE"],
        "depends_on": depends,
        "effective_depends_on": depends,
        "source_stage_fingerprint": "",
    }


def _heading(record: Stage) -> dict[str, Any]:
    consumed, produced = (", ".join(f"`{path}`" for path in record[name]) for name in ("consumes", "produces"))
    lines = [f"## {record['label']}", record["description"], f"From {consumed} to {produced or 'the run directory'}."]
    return _markdown(f"stage-{record['index']:03}-context", "\n\n".join(lines))


def _source(record: Stage) -> dict[str, Any]:
    kept = {name: value for name, value in record.items() if name not in ("code", "index", "kind", CONTRACT)}
    cell = {**kept, "schema": _CELL_SCHEMA, "kind": "source", "stage_kind": record["kind"]}
    cell["stage_index"] = record["index"]
    role = record["runtime_role"]
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": f"stage-{record['index']:03}-source",
        "metadata": {
            "agilab": {"schema": SCHEMA["schema"], "stage_cell": cell, "runtime_role": role},
            "tags": [f"agilab.runtime.{role}"],
        },
        "outputs": [],
        "source": record["code"].splitlines(keepends=True),
    }


def _markdown(identifier: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": identifier, "metadata": {}, "source": text.splitlines(keepends=True)}


def _source_cell(notebook: Mapping[str, Any], index: int) -> Mapping[str, Any] | None:
    for cell in notebook["cells"]:
        metadata = cell.get("metadata")
        agilab = metadata.get("agilab") if isinstance(metadata, dict) else None
        stage = agilab.get("stage_cell") if isinstance(agilab, dict) else None
        if isinstance(stage, dict) and (stage.get("kind"), stage.get("stage_index")) == ("source", index):
            found: Mapping[str, Any] = cell
            return found
    return None


def _code_in(cell: Mapping[str, Any], index: int) -> str:
    """Return the code of a stage's cell; AGILAB's own cells assign it, as a text, to a variable."""
    import ast

    text = _text(cell)
    name, equals, value = text.partition(" = ")
    if not equals or name != f"STAGE_{index:03}_CODE":
        return text
    try:
        return str(ast.literal_eval(value.rpartition("\nprint(")[0] or value))
    except (SyntaxError, ValueError):
        return text


def _text(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)

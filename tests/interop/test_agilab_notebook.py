from __future__ import annotations

import json
from typing import Any

import pytest

from parallel_stage.contract.model import Contract
from parallel_stage.errors import UsageError
from parallel_stage.interop import agilab_notebook
from parallel_stage.interop.agilab_stage import Source, stage_of
from support import data, toml

PATH = "/ann/flight/delays.ipynb"


def stage(**changes: Any) -> dict[str, Any]:
    source = Source(Contract.from_valid(data(**changes)), toml(**changes), "/ann/flight/delays.parallel_stage.toml")
    return stage_of(source, "/ann/flight")


def with_stages(*stages: dict[str, Any]) -> dict[str, Any]:
    notebook = agilab_notebook.new("flight")
    for each in stages:
        notebook = agilab_notebook.add_stage(notebook, PATH, each)
    return notebook


def test_a_notebook_has_the_stage_in_its_metadata_and_in_a_cell() -> None:
    notebook = with_stages(stage())
    assert [cell["cell_type"] for cell in notebook["cells"]] == ["markdown", "markdown", "code"]
    assert "".join(notebook["cells"][-1]["source"]) == stage()["C"]
    (found,) = agilab_notebook.stages_of(agilab_notebook.read(agilab_notebook.dump(notebook), PATH))
    assert {name: found[name] for name in stage() if name != "NB_RUNTIME_ROLE"} == {
        name: value for name, value in stage().items() if name != "NB_RUNTIME_ROLE"
    }


def test_it_is_written_as_jupyter_does() -> None:
    text = agilab_notebook.dump(with_stages(stage(notes="é")))
    assert json.dumps(json.loads(text), indent=1, ensure_ascii=False, sort_keys=True) + "\n" == text
    cells = json.loads(text)["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)


def test_a_second_stage_leaves_the_first_one_and_waits_for_it() -> None:
    first = with_stages(stage())
    second = agilab_notebook.add_stage(first, PATH, stage(name="sums", input="results/*.jsonl"))
    assert second["cells"][: len(first["cells"])] == first["cells"]
    assert [each["stage_id"] for each in second["metadata"]["agilab"]["stages"]] == ["delays", "sums"]
    assert second["metadata"]["agilab"]["stages"][1]["depends_on"] == ["delays"]
    assert agilab_notebook.add_stage(second, PATH, stage()) == second


def test_a_stage_that_differs_is_replaced_only_where_that_is_wanted() -> None:
    notebook = with_stages(stage(), stage(name="sums"))
    changed = stage(notes="Sums are added up.")
    with pytest.raises(UsageError, match="'delays' is there, and differs"):
        agilab_notebook.add_stage(notebook, PATH, changed)
    found = agilab_notebook.add_stage(notebook, PATH, changed, replace=True)
    assert found == agilab_notebook.add_stage(with_stages(changed), PATH, stage(name="sums"))


def test_a_cell_that_was_edited_counts() -> None:
    notebook = with_stages(stage())
    notebook["cells"][-1]["source"] = "run_stage('b.toml')"
    assert agilab_notebook.stages_of(notebook)[0]["C"] == "run_stage('b.toml')"
    with pytest.raises(UsageError, match="differs"):
        agilab_notebook.add_stage(notebook, PATH, stage())
    notebook["cells"][-1]["source"] = ["STAGE_000_CODE = 'run_stage(\"c.toml\")\\n'\n", "print(STAGE_000_CODE)\n"]
    assert agilab_notebook.stages_of(notebook)[0]["C"] == 'run_stage("c.toml")\n'


def test_an_export_of_agilabs_is_not_half_extended() -> None:
    notebook = with_stages(stage())
    helper = "AGILAB_NOTEBOOK_EXPORT = json.loads('{}')"
    notebook["cells"].append({"cell_type": "code", "metadata": {}, "source": ["import json\n", helper]})
    with pytest.raises(UsageError, match="helper cell would not know the stage"):
        agilab_notebook.add_stage(notebook, PATH, stage(name="sums"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is no notebook"),
        ("[" * 100_000, "is no notebook"),
        ("[]", "has no stages of AGILAB"),
        ('{"metadata": {}, "cells": []}', "has no stages of AGILAB"),
        ('{"metadata": {"agilab": {"schema": "agilab.notebook_export.v1", "version": 2}}}', "has no stages of AGILAB"),
        ('{"metadata": {"agilab": {"schema": "agilab.notebook_export.v1", "version": 1}}}', "are no lists"),
    ],
)
def test_other_files_are_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        agilab_notebook.read(text, PATH)

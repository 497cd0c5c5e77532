from __future__ import annotations

import os
from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.errors import UsageError
from parallel_stage.interop.lab_stages import META, SCHEMA, add_stage, module_key

STAGE: dict[str, Any] = {
    "id": "delays",
    "Q": "Run it",
    "depends_on": [],
    "consumes": ["data/*.csv"],
    "C": "from parallel_stage import run_stage\n\nrun_stage('a.toml')\n",
}
HEAD = '[__meta__]\nschema = "agilab.lab_stages.v1"\nversion = 1\n'
OTHER = "[[app]]\nid = 'clean'   # by hand\nC = '''\nprint(1)\n'''\nproduces = ['data/a.csv']\n"


def added(text: str, key: str = "app", **settings: Any) -> str:
    return add_stage(text, "lab_stages.toml", key, STAGE, **settings)


@pytest.mark.parametrize(
    ("path", "key"), [("x/flight_project/lab_stages.toml", "flight"), ("x/flight/lab_stages.toml", "flight")]
)
def test_agilab_looks_for_stages_under_the_name_of_the_directory(path: str, key: str) -> None:
    assert module_key(os.path.join(os.sep, *path.split("/"))) == key


def test_a_new_file() -> None:
    assert tomli.loads(added("")) == {META: SCHEMA, "app": [STAGE]}


def test_a_second_time_nothing_changes() -> None:
    text = added(HEAD + OTHER)
    assert added(text) == text


@pytest.mark.parametrize("text", [HEAD + OTHER, HEAD + OTHER.rstrip(), OTHER, "# mine\n\n" + OTHER, "x = 1\n" + HEAD])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_what_is_there_stays_byte_for_byte(text: str, line_end: str) -> None:
    text = text.replace("\n", line_end)
    found = added(text)
    assert found.startswith(text)
    assert found.count("\n") == found.count(line_end)
    data = tomli.loads(found)
    assert data["app"][-1]["C"] == STAGE["C"]
    assert data[META] == SCHEMA


def test_metadata_keeps_what_else_it_has() -> None:
    found = tomli.loads(added("[__meta__]\nowner = 'me'\n\n" + OTHER))
    assert found[META] == {**SCHEMA, "owner": "me"}


def test_the_stage_waits_for_its_producer() -> None:
    assert tomli.loads(added(OTHER))["app"][1]["depends_on"] == ["clean"]


def test_what_is_produced_later_is_not_waited_for() -> None:
    text = f"[[app]]\nid = 'delays'\nC = '1'\n\n{OTHER}"
    assert tomli.loads(added(text, replace=True))["app"][0]["depends_on"] == []


def test_an_order_of_execution_gets_the_new_stage() -> None:
    found = added(HEAD + "app__sequence = [0] # by hand\n\n" + OTHER)
    assert "app__sequence = [0, 1] # by hand\n" in found


def test_a_stage_that_differs_is_replaced_only_where_that_is_wanted() -> None:
    mine = OTHER + "\n[[app]]\nid = 'delays'\nQ = 'Old'\nmine = 1\ndepends_on = ['first']\n\n# the last\n"
    text = mine + "[[app]]\nid = 'last'\nC = '3'\n"
    with pytest.raises(UsageError, match="'delays' is there, and differs"):
        added(text)
    found = added(text, replace=True)
    clean, delays, last = tomli.loads(found)["app"]
    assert (clean["id"], last) == ("clean", {"id": "last", "C": "3"})
    assert delays == {**STAGE, "mine": 1, "depends_on": ["first", "clean"]}
    assert "# the last\n" in found
    assert "# by hand" in found


REFUSED: dict[str, tuple[str, str]] = {
    "syntax": ("a = 1\nb = \n", r"line 2: not TOML"),
    "schema": ('[__meta__]\nschema = "agilab.lab_stages.v2"\n', "not {'schema': 'agilab.lab_stages.v1', 'version': 1}"),
    "version": ("[__meta__]\nversion = 2\n", "'version': 2"),
    "meta": ("__meta__ = 3\n", "__meta__ is 3"),
    "another app": ("[[other]]\nid = 'x'\n", "has stages of 'other', where AGILAB reads those of 'app' only"),
    "no list": (HEAD + "[app]\nid = 'x'\n", "'app' is no list of stages"),
    "another file": ("[project]\nname = 'x'\n", "is no lab_stages.toml: it has 'project' and no __meta__"),
    "texts": ("app = ['x']\n", "'app' is no list of stages"),
    "inline": ("app = [{id = 'x'}]\n", "in a form that is not edited here"),
    "comments": ("[[app]]\nid = 'delays'\n# why\nQ = 'y'\n", "has comments"),
    "below": ("[[app]]\nid = 'delays'\nQ = 'y'\n[app.automation]\nx = 1\n", "in a form that is not edited here"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_extended_is_refused(name: str) -> None:
    text, message = REFUSED[name]
    with pytest.raises(UsageError) as refused:
        added(text, replace=True)
    assert message.replace("\\", "") in str(refused.value).replace("\\", "")
    assert refused.value.hint


WORDS = st.text(st.characters(codec="utf-8"), max_size=8)


@given(key=WORDS.filter(lambda word: word not in ("", META)), text=WORDS, code=WORDS, end=st.sampled_from(["", "\n"]))
def test_any_text_is_a_stage(key: str, text: str, code: str, end: str) -> None:
    stage = {**STAGE, "Q": text, "C": f"a\n{code}{end}", "consumes": [text, code]}
    found = tomli.loads(add_stage(HEAD, "lab_stages.toml", key, stage))
    assert found == {META: SCHEMA, key: [stage]}

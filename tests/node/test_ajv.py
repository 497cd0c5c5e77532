"""Ajv, the validator of SchemaStore and of most that is written in JavaScript."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tomli

from editors.documents import MISTAKES, VALID
from parallel_stage.contract import schema
from support import data

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
LIST = "src/schema-validation.jsonc"
ALLOWED_EVERYWHERE = (
    *("markdownDescription", "enumDescriptions", "markdownEnumDescriptions"),
    *("x-taplo", "x-tombi-toml-version", "x-tombi-table-keys-order"),
)
"""The keywords of ours that SchemaStore lets every schema have."""
NOT_STRICT = {"strictTypes": False, "strictTuples": False, "allowMatchingProperties": True}
"""Ajv as SchemaStore sets it for schemas in its list `ajvNotStrictMode`."""

Answer = str | list[list[str]]


def ask(options: dict[str, Any], annotations: Sequence[str], documents: Sequence[Any]) -> Answer:
    """Why the schema does not compile; or for each document the places of what is wrong with it."""
    question = {"options": options, "annotations": annotations, "schema": schema.schema(), "documents": documents}
    asked = ["node", str(HERE / "ajv.js")]
    run = subprocess.run(asked, input=json.dumps(question), capture_output=True, text=True, check=True)
    answer: Answer = json.loads(run.stdout)
    return answer


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `docs/schemastore.py` says is to be added to SchemaStore's list of exceptions."""
    checkout = tmp_path_factory.mktemp("schemastore")
    (checkout / "src/api/json").mkdir(parents=True)
    (checkout / "src/api/json/catalog.json").write_text("{}")
    asked = [sys.executable, str(DOCS / "schemastore.py"), str(checkout)]
    printed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(printed.partition(f"{LIST}:\n")[2])
    return found


def allowed(entry: dict[str, Any]) -> list[str]:
    (options,) = entry["options"].values()
    return [*ALLOWED_EVERYWHERE, *options["unknownKeywords"]]


def test_strict_mode_minds_nothing_but_the_two_types_of_workers(entry: dict[str, Any]) -> None:
    two_types = ask({"strict": True}, allowed(entry), [])
    assert "allowUnionTypes" in two_types
    assert "/properties/workers" in two_types
    assert ask({"strict": True, "allowUnionTypes": True}, allowed(entry), []) == []


def test_no_keyword_is_allowed_for_nothing(entry: dict[str, Any]) -> None:
    (options,) = entry["options"].values()
    for keyword in options["unknownKeywords"]:
        others = [other for other in allowed(entry) if other != keyword]
        assert f'unknown keyword: "{keyword}"' in ask(NOT_STRICT, others, [])


def test_the_files_of_the_submission(entry: dict[str, Any]) -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("schemastore/*/*.toml"))}
    answers = ask(NOT_STRICT, allowed(entry), [tomli.loads(text) for text in texts.values()])
    assert len(texts) == len(answers) > 10
    for path, answer in zip(texts, answers, strict=True):
        assert (answer == []) is (path.parent.name == "test"), path.name


@pytest.mark.parametrize("name", VALID)
def test_a_valid_contract_is_accepted(name: str, entry: dict[str, Any]) -> None:
    # To ECMAScript U+FEFF is blank, to Python it is not.
    known = {"blank to ECMAScript": ["/name"]}
    assert ask(NOT_STRICT, allowed(entry), [VALID[name]]) == [known.get(name, [])]


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_reported_once(name: str, entry: dict[str, Any]) -> None:
    changes, route, _ = MISTAKES[name]
    # What is said of an unknown key is said of the table that it is in.
    place = route[:-1] if name.startswith("unknown key") else route
    answer = ask({**NOT_STRICT, "allErrors": True}, allowed(entry), [data(**changes)])
    assert answer == [["".join(f"/{key}" for key in place)]]

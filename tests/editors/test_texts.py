"""The keywords of single editors in the schema: made of the texts that are written there, and nothing else."""

from __future__ import annotations

import copy
import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from editors.documents import fields
from parallel_stage.contract import schema
from parallel_stage.contract.validation import fast_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def texts() -> Iterator[ModuleType]:
    """The generator's module, which is a script and in no package."""
    sys.path.insert(0, str(DOCS))
    try:
        yield importlib.import_module("editor_texts")
    finally:
        sys.path.remove(str(DOCS))


def _address(name: str) -> str:
    return f"https://example.org/#{name}"


def test_what_was_made_before_is_made_anew(texts: ModuleType) -> None:
    contract = schema.schema()
    made = texts.with_editor_texts(contract, _address)
    stale = copy.deepcopy(contract)
    for _, field in fields(stale):
        field.update({"x-taplo": {"hidden": True}, "markdownDescription": "old", "markdownEnumDescriptions": ["old"]})
    assert texts.with_editor_texts(stale, _address) == made == texts.with_editor_texts(made, _address)


def test_what_is_written_stays(texts: ModuleType) -> None:
    def written(node: dict[str, Any]) -> dict[str, Any]:
        kept = {keyword: value for keyword, value in node.items() if keyword not in texts.MADE}
        if "properties" in kept:
            kept["properties"] = {name: written(field) for name, field in kept["properties"].items()}
        return kept

    made = texts.with_editor_texts(schema.schema(), _address)
    assert made != written(made) == written(schema.schema())


def test_every_field_has_an_address_of_its_own() -> None:
    addresses = [field["x-taplo"]["links"]["key"] for _, field in fields()]
    assert len(set(addresses)) == len(addresses) > 30
    for (_, field), address in zip(fields(), addresses, strict=True):
        assert address in field["markdownDescription"]


def test_the_second_of_two_headings_with_the_same_words_has_a_number() -> None:
    ends = {".".join(route): field["x-taplo"]["links"]["key"].rpartition("#")[2] for route, field in fields()}
    assert (ends["$schema"], ends["schema"]) == ("schema", "schema-1")
    assert ends["input_format.kind"] == "input_formatkind"


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("as module_or_path:function_name.", "as `module_or_path:function_name`."),
        ("spread over target_partitions.", "spread over `target_partitions`."),
        ("plain text: one, two; three/four", "plain text: one, two; three/four"),
    ],
)
def test_names_are_marked_as_code(text: str, marked: str, texts: ModuleType) -> None:
    field = {"title": "A", "type": "string", "description": text}
    made = texts.with_editor_texts({"properties": {"a": field}}, _address)["properties"]["a"]
    assert made["markdownDescription"].startswith(f"{marked}\n")


def test_no_made_keyword_stops_the_fast_check(texts: ModuleType) -> None:
    assert fast_path.fast_test(dict.fromkeys(texts.MADE, "anything"))("a value")

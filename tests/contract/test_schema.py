from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator

from parallel_stage.contract import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTED = [
    "schema",
    "name",
    "function",
    "split",
    "input",
    "workers",
    "partition_strategy",
    "target_partitions",
    "min_partitions_per_worker",
    "reducer",
    "backend",
    "output",
]
MINE = [schema.CONTRACT, "agilab.parallel_stage.lint_report.v1", "agilab.parallel_stage.config.v1"]


def _nodes(node: Any, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for key, inner in node.get("properties", {}).items():
        yield f"{name}.{key}", inner
        yield from _nodes(inner, f"{name}.{key}")
    if "items" in node:
        yield from _nodes(node["items"], f"{name}[]")
    if "title" in (free := node.get("additionalProperties") or {}):
        yield f"{name}.*", free


@pytest.mark.parametrize("identifier", schema.identifiers())
def test_it_is_draft_07_and_names_itself(identifier: str) -> None:
    document = schema.schema(identifier)
    assert document["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert document["$id"].endswith(f"/{identifier}.schema.json")
    Draft7Validator.check_schema(document)


@pytest.mark.parametrize("identifier", MINE)
def test_every_property_is_described(identifier: str) -> None:
    nodes = dict(_nodes(schema.schema(identifier)))
    assert len(nodes) > 8
    for name, node in nodes.items():
        assert node["title"].strip(), name
        assert node["description"].strip(), name


@pytest.mark.parametrize("identifier", MINE)
def test_every_choice_is_described(identifier: str) -> None:
    closed = {name: node for name, node in _nodes(schema.schema(identifier)) if "enum" in node}
    assert closed
    for name, node in closed.items():
        assert len(node["enumDescriptions"]) == len(node["enum"]) == len(set(node["enum"])), name
        assert all(text.strip() for text in node["enumDescriptions"]), name


@pytest.mark.parametrize("identifier", MINE)
def test_defaults_and_examples_fit_their_own_field(identifier: str) -> None:
    fields = dict(_nodes(schema.schema(identifier)))
    given = [
        (name, node, value)
        for name, node in fields.items()
        for value in [*node.get("examples", []), *([node["default"]] if "default" in node else [])]
    ]
    assert given
    for name, node, value in given:
        assert not [error.message for error in Draft7Validator(node).iter_errors(value)], name


def test_the_required_fields_are_the_documented_twelve() -> None:
    assert schema.schema()["required"] == DOCUMENTED
    assert list(schema.schema()["properties"])[1 : 1 + len(DOCUMENTED)] == DOCUMENTED


def test_nothing_else_is_known_at_the_root() -> None:
    assert schema.schema()["additionalProperties"] is False
    assert list(schema.schema()["patternProperties"]) == ["^x-"]


def test_fields_are_found_by_name() -> None:
    assert schema.choices("split") == ("files", "data-partitions", "parameter-sweep")
    assert schema.choices("input_format.kind") == ("csv", "jsonl", "lines", "parquet", "binary")
    assert schema.choices("name") == ()
    assert schema.default("workers") == 2
    assert schema.default("name") is None
    assert schema.describe("partition_by.unit") == "The calendar unit of a date partition."
    assert schema.choices("schema") == (schema.CONTRACT,)


def test_an_unknown_schema_is_a_key_error() -> None:
    with pytest.raises(KeyError, match=r"agilab\.nothing\.v1"):
        schema.schema("agilab.nothing.v1")


def test_the_text_is_the_data() -> None:
    assert json.loads(schema.text()) == schema.schema()


def test_an_installed_package_has_its_own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "parallel_stage"
    shutil.copytree(schema.directory(), package / "schema")
    (package / "schema" / "agilab.other.v1.schema.json").write_text('{"title": "only here"}')
    monkeypatch.setattr(schema, "__file__", str(package / "contract" / "schema.py"))
    monkeypatch.setattr(schema, "directory", schema.directory.__wrapped__)
    assert Path(schema.directory()) == package / "schema"
    assert "agilab.other.v1" in schema.identifiers()
    assert schema.text("agilab.other.v1") == '{"title": "only here"}'
    shutil.rmtree(package / "schema")
    assert Path(schema.directory()) == package / ".." / ".." / "schema"

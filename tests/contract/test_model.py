from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, fields
from typing import Any

import pytest
from hypothesis import given, settings

from contract_documents import VALID_DOCUMENTS
from parallel_stage.contract import schema
from parallel_stage.contract.model import Contract, InputFormat, PartitionBy
from support import VALID, data


def _names(model: type[Contract | InputFormat | PartitionBy]) -> list[str]:
    return [field.name for field in fields(model)]


def test_a_contract_has_the_fields_of_the_schema() -> None:
    assert _names(Contract) == [name for name in schema.schema()["properties"] if name != "$schema"]
    assert _names(PartitionBy) == list(schema.field("partition_by")["properties"])
    assert _names(InputFormat) == list(schema.field("input_format")["properties"])


def test_only_required_fields_have_no_default() -> None:
    needed = [f.name for f in fields(Contract) if f.default is MISSING and f.default_factory is MISSING]
    assert needed == schema.schema()["required"]
    assert [f.name for f in fields(PartitionBy) if f.default is MISSING] == schema.field("partition_by")["required"]
    assert all(f.default is None for f in fields(InputFormat))


def test_defaults_are_those_of_the_schema() -> None:
    optional = [f for f in fields(Contract) if f.default is not MISSING]
    with_default = {f.name: f.default for f in optional if schema.default(f.name) is not None}
    assert with_default == {"threads_per_worker": schema.default("threads_per_worker")}
    assert {f.name: f.default for f in optional if f.name not in with_default} == {
        "notes": "",
        "reducer_function": None,
        "partition_by": None,
        "input_format": None,
    }


@settings(max_examples=60)
@given(VALID_DOCUMENTS)
def test_a_document_survives_the_way_through_a_contract(document: dict[str, Any]) -> None:
    contract = Contract.from_valid(document)
    assert Contract.from_valid(contract.to_dict()).to_dict() == contract.to_dict()
    kept = {name: value for name, value in document.items() if value not in ("", {}) and name != "$schema"}
    assert {"threads_per_worker": 1, **kept} == contract.to_dict()


def test_nested_tables_become_objects() -> None:
    contract = Contract.from_valid(
        data(
            split="data-partitions",
            partition_by={"column": "day", "kind": "date", "unit": "month"},
            input_format={"delimiter": ";", "splittable": False},
        )
    )
    assert contract.partition_by == PartitionBy("day", "date", "month")
    assert contract.input_format == InputFormat(delimiter=";", splittable=False)


def test_a_contract_cannot_be_changed() -> None:
    contract = Contract.from_valid(VALID)
    with pytest.raises(FrozenInstanceError):
        contract.name = "other"  # type: ignore[misc]


def test_keys_of_other_tools_are_not_kept() -> None:
    given_extra = {**data(), "x-owner": {"team": "flights"}, "$schema": "https://example.org"}
    assert Contract.from_valid(given_extra) == Contract.from_valid(VALID)

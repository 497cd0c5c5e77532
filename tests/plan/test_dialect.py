from __future__ import annotations

import pytest

from parallel_stage.contract.model import InputFormat
from parallel_stage.contract.schema import choices
from parallel_stage.errors import PlanRefusedError
from parallel_stage.plan import dialect
from parallel_stage.plan.dialect import Dialect, dialect_of


@pytest.mark.parametrize(
    ("path", "kind", "delimiter", "header"),
    [
        ("a.csv", "csv", ",", True),
        ("d.x/A.CSV", "csv", ",", True),
        ("a.tsv", "csv", "\t", True),
        ("a.jsonl", "jsonl", ",", False),
        ("a.ndjson", "jsonl", ",", False),
        ("a.txt", "lines", ",", False),
        ("a.log", "lines", ",", False),
        ("a.parquet", "parquet", ",", False),
        ("a.csv.gz", "binary", ",", False),
        ("csv", "binary", ",", False),
    ],
)
def test_the_suffix_tells(path: str, kind: str, delimiter: str, header: bool) -> None:  # noqa: FBT001
    assert dialect_of(path, None) == Dialect(kind, delimiter, '"', header, "utf-8", splittable=True)


def test_the_contract_says_otherwise() -> None:
    said = InputFormat("csv", ";", "", header=False, encoding="Latin1", splittable=False)
    assert dialect_of("a.dat", said) == Dialect("csv", ";", "", header=False, encoding="iso8859-1", splittable=False)
    assert dialect_of("a.tsv", InputFormat(delimiter=";")).delimiter == ";"
    assert dialect_of("a.dat", InputFormat(kind="csv")).header is True


def test_every_kind_of_a_suffix_is_one_of_the_schema() -> None:
    assert set(dialect._KINDS.values()) <= set(choices("input_format.kind"))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (InputFormat(encoding="utf-9"), "'utf-9', which is not an encoding"),
        (InputFormat(encoding="base64"), "'base64', which is not an encoding"),
        (InputFormat(encoding="a\0b"), "is not an encoding"),
        (InputFormat(delimiter="\n"), r"delimiter is '\\n'"),
        (InputFormat(quotechar="\r"), r"quotechar is '\\r'"),
        (InputFormat(delimiter='"'), "are both '\"'"),
    ],
)
def test_what_cannot_be(said: InputFormat, message: str) -> None:
    with pytest.raises(PlanRefusedError, match=message) as caught:
        dialect_of("a.csv", said)
    assert caught.value.hint


def test_odd_fields_of_other_kinds_do_not_matter() -> None:
    assert dialect_of("a.jsonl", InputFormat(delimiter="\n")).kind == "jsonl"

from __future__ import annotations

import json
from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.contract import (
    document,
    schema,
    schema_comment,
    write,
)
from parallel_stage.contract.edits import apply_edits
from support import VALID, data, toml

ADDRESS = schema.schema()["$id"]
COMMENTS = st.lists(st.text("# :$schema=", max_size=12).map("#".__add__), max_size=3)


def _yaml(**changes: Any) -> str:
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in data(**changes).items())


def _read(text: str, format_: str) -> document.Document:
    return document.parse(text.encode(), f"parallel_stage.{format_}")


def _told(text: str, format_: str) -> str:
    return apply_edits(text, schema_comment.edits_naming_schema(_read(text, format_)))


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        ("toml", f"#:schema {ADDRESS}\n"),
        ("toml", f"# delays\n\n  #:schema ./schema.json\n{toml()}"),
        ("yaml", f"# yaml-language-server: $schema={ADDRESS}\n{_yaml()}"),
        ("yaml", f"{_yaml()}#  yaml-language-server : $schema=./schema.json"),
        ("yaml", f"# $schema: {ADDRESS}\n{_yaml()}"),
        ("json", json.dumps({**VALID, "$schema": "./schema.json"})),
    ],
)
def test_a_contract_that_tells(format_: str, text: str) -> None:
    assert schema_comment.names_schema(_read(text, format_))


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        ("toml", ""),
        ("toml", f"#:schema\n{toml()}"),
        ("toml", f"{toml()}#:schema {ADDRESS}\n"),
        ("toml", toml(notes=f"#:schema {ADDRESS}")),
        ("yaml", f"# the $schema\n{_yaml()}"),
        ("yaml", _yaml(notes=f"# $schema: {ADDRESS}")),
        ("json", "{}"),
        ("json", json.dumps({"next_steps": {"$schema": ADDRESS}})),
    ],
)
def test_a_contract_that_does_not(format_: str, text: str) -> None:
    assert not schema_comment.names_schema(_read(text, format_))


@given(format_=st.sampled_from(["toml", "yaml"]), end=st.sampled_from(["\n", "\r\n"]), comments=COMMENTS)
def test_a_new_first_line_tells_and_changes_nothing_else(format_: str, end: str, comments: list[str]) -> None:
    valid = toml() if format_ == "toml" else _yaml()
    text = ("\n".join([*comments, valid])).replace("\n", end)
    after = _read(_told(text, format_), format_)
    assert schema_comment.names_schema(after)
    assert after.data == VALID
    assert after.text == f"{schema_comment.schema_line(format_)}{end}{text}"


def test_a_byte_order_mark_stays_the_first_character() -> None:
    after = _told(f"\ufeff{_yaml()}", "yaml")
    assert after.startswith(f"\ufeff{schema_comment.schema_line('yaml')}\n")
    assert _read(after, "yaml").data == VALID


@given(indent=st.sampled_from([None, 2]), members=st.integers(0, len(VALID)))
def test_a_new_first_member_tells_and_changes_nothing_else(indent: int | None, members: int) -> None:
    some = dict(list(VALID.items())[:members])
    after = json.loads(_told(json.dumps(some, indent=indent), "json"))
    assert list(after.items()) == [("$schema", ADDRESS), *some.items()]


def test_what_new_writes_tells() -> None:
    text = write.toml(VALID)
    assert schema_comment.names_schema(_read(text, "toml"))
    assert tomli.loads(text).items() >= VALID.items()

"""The entry under the cursor: hover, definition, outline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opened_contracts import NAMES, at_mark, contract, opened, typed
from parallel_stage.contract.schema import schema
from parallel_stage.editor import (
    entries,
    fields,
    functions,
)
from parallel_stage.editor.open_document import diagnose

if TYPE_CHECKING:
    from pathlib import Path

    from lsprotocol import types

    from opened_contracts import Typed

TOML, YAML, JSON = NAMES


def hover_text(path: Path, text: str) -> str:
    found, offset = at_mark(path, text)
    return fields.hover(found, diagnose(found), offset)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", schema()["required"])
def test_every_field_is_described_at_its_key_and_its_value(root: Path, name: str, key: str) -> None:
    found = opened(root / name, contract(name))
    (place,) = [each.place for each in entries.entries(found) if each.route == (key,)]
    node = schema()["properties"][key]
    for span in place:
        text = fields.hover(found, diagnose(found), span.start + 1)
        assert node["markdownDescription"] in text
        assert all(f"`{value}`" in text for value in node.get("enum", ()))
        assert ("Default: " in text) == ("default" in node)


@pytest.mark.parametrize(
    "text",
    [
        "[input_format]\nki‸nd = 'csv'",
        "input_format = { kind = 'c‸sv' }",
        "input_format.kind = 'c‸s",
        "name =\n[input_format]\nkind‸",
    ],
)
def test_the_fields_of_tables_are_described_also_where_the_text_is_broken(root: Path, text: str) -> None:
    assert "What the files hold" in hover_text(root / TOML, text)


def test_a_finding_is_explained_where_it_stands_and_nowhere_else(root: Path) -> None:
    text = contract(TOML, workers=1)
    assert "### single-worker" in hover_text(root / TOML, text.replace("workers = 1", "workers = ‸1"))
    assert "###" not in hover_text(root / TOML, text.replace("split", "spl‸it"))
    assert hover_text(root / TOML, "\n‸\n" + contract(TOML)) == ""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("broken", ["", "broken"])
def test_a_function_is_found_in_its_file(root: Path, name: str, broken: str) -> None:
    text = contract(name).replace("process_file", "process_‸file")
    text = text if not broken or name == YAML else text.rstrip("}\n") + "\n="
    assert functions.definition(*at_mark(root / name, text)) == (str(root / "my_pipeline" / "process.py"), 4)


@pytest.mark.parametrize(
    ("function", "line"),
    [
        ("my_pipeline/process.py:process_file", 4),
        ("my_pipeline.process:gone", 1),
        ("my_pipeline.process:VALUE", 7),
        ("again:run", 4),
    ],
)
def test_whatever_the_name_leads_to(root: Path, function: str, line: int) -> None:
    with (root / "my_pipeline" / "process.py").open("a") as file:
        file.write("\nVALUE = 1\n")
    (root / "again.py").write_text("from my_pipeline.process import process_file as run\n")
    text = contract(TOML, reducer="custom", notes="x", reducer_function=function).replace("reducer_fu", "reducer_‸fu")
    assert functions.definition(*at_mark(root / TOML, text)) == (str(root / "my_pipeline" / "process.py"), line)


@pytest.mark.parametrize(
    "text", ["na‸me = 'a:b'", "function = 'x:‸y'", "function = ‸1", "function = '‸'", "function‸", "x = 1 # ‸"]
)
def test_other_words_lead_nowhere(root: Path, text: str) -> None:
    assert functions.definition(*at_mark(root / TOML, text)) is None


@pytest.mark.parametrize("name", NAMES)
def test_the_outline_has_every_key_and_those_of_tables_below_them(root: Path, name: str) -> None:
    found = opened(root / name, contract(name, input_format={"kind": "csv", "header": True}))
    outline = entries.outline(found)
    assert [each.name for each in outline] == [*schema()["required"], "input_format"]
    assert [(each.name, each.kind.name) for each in outline[-1].children or ()] == [
        ("kind", "String"),
        ("header", "Boolean"),
    ]
    assert outline[7].kind.name == "Number"


def test_a_table_of_dotted_keys_is_one_symbol(root: Path) -> None:
    (table,) = entries.outline(opened(root / TOML, 'input_format.kind = "csv"\ninput_format.header = true\n'))
    assert [each.name for each in table.children or ()] == ["kind", "header"]


def test_what_is_in_a_table_without_an_end_waits_for_it(root: Path) -> None:
    text = '{"name": "delays", "input_format": {"kind": "csv", "header": true'
    assert [each.name for each in entries.outline(opened(root / JSON, text))] == ["name"]
    assert [each.name for each in entries.outline(opened(root / JSON, f"{text}}}"))] == ["name", "input_format"]


def inside(symbol: types.DocumentSymbol) -> bool:
    """Whether a symbol and those below it have their names in them, as the protocol wants it."""

    def key(at: types.Position) -> tuple[int, int]:
        return at.line, at.character

    whole, name = symbol.range, symbol.selection_range
    fits = key(whole.start) <= key(name.start) <= key(name.end) <= key(whole.end)
    return fits and bool(symbol.name) and all(map(inside, symbol.children or ()))


@given(st.sampled_from(NAMES), st.lists(typed(), max_size=12), st.floats(0, 1))
def test_no_text_is_too_broken(
    tmp_path_factory: pytest.TempPathFactory, name: str, edits: list[Typed], where: float
) -> None:
    text = contract(name)
    for edit in edits:
        text = edit.into(text)
    found = opened(tmp_path_factory.getbasetemp() / name, text)
    offset = int(where * len(found.text))
    assert all(map(inside, entries.outline(found)))
    assert isinstance(fields.hover(found, diagnose(found), offset), str)
    functions.definition(found, offset)

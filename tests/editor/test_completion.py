from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lsprotocol import types

from opened_contracts import NAMES, applied, at_mark, contract
from parallel_stage.contract import formats
from parallel_stage.contract.schema import choices, schema
from parallel_stage.editor import completion

if TYPE_CHECKING:
    from pathlib import Path

TOML, YAML, JSON = NAMES
FUNCTION, FILE = "my_pipeline.process:process_file", "my_pipeline/process.py"


def labels(path: Path, text: str) -> list[str]:
    return [item.label for item in completion.items(*at_mark(path, text))]


def chosen(path: Path, text: str, label: str) -> str:
    """The text after an item is chosen."""
    found = at_mark(path, text)
    item = next(item for item in completion.items(*found) if item.label == label)
    assert isinstance(item.text_edit, types.TextEdit)
    return applied(found.opened.text, [item.text_edit, *(item.additional_text_edits or [])])


@pytest.mark.parametrize(
    ("name", "text", "label", "after"),
    [
        (TOML, "na‸", "name", "name = "),
        (TOML, "sp‸ = 1", "split", "split = 1"),
        (TOML, "split = ‸", "files", 'split = "files"'),
        (TOML, 'split = "fi‸"', "files", 'split = "files"'),
        (TOML, "split = 'fi‸' # how", "files", "split = 'files' # how"),
        (TOML, 'split = "‸', "files", 'split = "files"'),
        (TOML, 'split = "f‸i"', "files", 'split = "files"'),
        (TOML, "split = f‸i", "files", 'split = "files"'),
        (TOML, "input_format = { ki‸ }", "kind", "input_format = { kind =  }"),
        (TOML, 'input_format = { kind = "‸" }', "csv", 'input_format = { kind = "csv" }'),
        (TOML, "input_format.ki‸ = 1", "kind", "input_format.kind = 1"),
        (TOML, '"spl‸"', "split", '"split" = '),
        (YAML, 'split: "fi‸"', "files", 'split: "files"'),
        (YAML, "split: 'fi‸les'", "files", "split: 'files'"),
        (YAML, '"spl‸"', "split", '"split": '),
        (YAML, "input_format: {ki‸}", "kind", "input_format: {kind: }"),
        (JSON, '{"input_format": {"ki‸nd": 1}}', "kind", '{"input_format": {"kind": 1}}'),
        (JSON, '{"split": "f‸i"}', "files", '{"split": "files"}'),
        (TOML, "[inp‸]", "input_format", "[input_format]"),
        (TOML, "[input_format]\nh‸", "header", "[input_format]\nheader = "),
        (TOML, "[input_format]\nheader = ‸", "false", "[input_format]\nheader = false"),
        (TOML, "workers = ‸", "auto", 'workers = "auto"'),
        (TOML, "workers = ‸", "8", "workers = 8"),
        (YAML, "sp‸\nname: x\n", "split", "split: \nname: x\n"),
        (YAML, "split: ‸", "files", "split: files"),
        (YAML, "input_format:\n  ki‸\n", "kind", "input_format:\n  kind: \n"),
        (JSON, '{"na‸"}', "name", '{"name": }'),
        (JSON, "{‸}", "name", '{"name": }'),
        (JSON, '{"na‸": 1}', "name", '{"name": 1}'),
        (JSON, '{"split": "fi‸"}', "files", '{"split": "files"}'),
        (JSON, '{"split": ‸}', "files", '{"split": "files"}'),
        (TOML, 'function = "my‸"', "my_pipeline.", 'function = "my_pipeline."'),
        (TOML, 'function = "my_pipeline.pro‸"', "my_pipeline.process:", 'function = "my_pipeline.process:"'),
        (TOML, 'function = "my_pipeline.process:‸', FUNCTION, f'function = "{FUNCTION}"'),
        (YAML, "function: my_pipeline.process:‸", FUNCTION, f"function: {FUNCTION}"),
        (TOML, 'reducer_function = "my_pipeline/‸"', f"{FILE}:", f'reducer_function = "{FILE}:"'),
        (TOML, "function = ‸", "my_pipeline.", 'function = "my_pipeline."'),
    ],
)
def test_what_is_chosen_stands_in_place_of_what_was_there(
    root: Path, name: str, text: str, label: str, after: str
) -> None:
    assert chosen(root / name, text, label) == after


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (TOML, 'split = "fi‸les"'),
        (YAML, "split: 'fi‸les'"),
        (JSON, '{"sp‸lit": "files"}'),
        (TOML, 'name = "😀"\nsp‸lit = 1'),
    ],
)
def test_the_edit_is_that_of_the_word_alone(root: Path, name: str, text: str) -> None:
    """An editor that writes before what follows the cursor has the closing quote once."""
    opened, offset = at_mark(root / name, text)
    for item in completion.items(opened, offset):
        assert isinstance(item.text_edit, types.TextEdit)
        start, stop = map(opened.positions.offset, (item.text_edit.range.start, item.text_edit.range.end))
        assert start <= offset <= stop
        assert opened.text[start:stop] in ("files", "split")
    for item in completion.items(opened, offset, inserts=True):
        assert isinstance(item.text_edit, types.InsertReplaceEdit)
        assert opened.positions.offset(item.text_edit.insert.end) == offset
        assert item.text_edit.insert.start == item.text_edit.replace.start


@pytest.mark.parametrize("name", NAMES)
def test_the_keys_are_those_that_are_not_there_yet(root: Path, name: str) -> None:
    text = contract(name, name=None, notes=None).rstrip("\n}") + (",\n  ‸\n}" if name == JSON else "\n‸\n")
    expected = [key for key in schema()["properties"] if key == "name" or key not in schema()["required"]]
    expected = expected if name == JSON else [key for key in expected if key != "$schema"]
    assert labels(root / name, text) == expected


@pytest.mark.parametrize("key", [key for key, node in schema()["properties"].items() if "enum" in node])
@pytest.mark.parametrize(("name", "text"), [(TOML, "{} = '‸'"), (YAML, "{}: ‸"), (JSON, '{{"{}": "‸"}}')])
def test_every_enum_is_offered_with_what_its_values_mean(root: Path, name: str, text: str, key: str) -> None:
    items = completion.items(*at_mark(root / name, text.format(key)))
    assert tuple(item.label for item in items) == choices(key)
    assert all(isinstance(item.documentation, types.MarkupContent) and item.documentation.value for item in items)


@pytest.mark.parametrize(
    "text", ['x-own = "‸"', "[x-own]\n‸", "x-own = [‸]", "# ‸", 'function = "gone.‸"', 'function = "no/‸"']
)
def test_nothing_is_offered_where_nothing_is_known(root: Path, text: str) -> None:
    assert labels(root / TOML, text) == []


def test_functions_come_from_the_search_roots_and_nothing_is_imported(root: Path) -> None:
    (root / "pyproject.toml").write_text("")
    (root / "src").mkdir()
    (root / "src" / "broken.py").write_text("def half(\n")
    (root / "src" / "side.py").write_text("raise SystemExit\ndef one(path, *, n=1): ...\nTWO = 2\n")
    (root / "src" / "not-a-module.py").write_text("")
    assert labels(root / TOML, 'function = "‸"') == ["broken:", "my_pipeline.", "my_pipeline:", "side:", "src."]
    assert labels(root / TOML, 'function = "broken:‸"') == []
    (item,) = completion.items(*at_mark(root / TOML, 'function = "side:‸"'))
    assert item.label == "side:one"
    assert isinstance(item.documentation, types.MarkupContent)
    assert "def one(path, *, n=1)" in item.documentation.value


@pytest.mark.parametrize(
    ("name", "table"),
    [
        (TOML, '[partition_by]\ncolumn = "ca‸"\nkind = "group"\n'),
        (TOML, 'partition_by = { column = "‸'),
        (TOML, "[partition_by]\ncolumn = ‸"),
        (YAML, "partition_by:\n  column: ‸\n"),
        (JSON, '"partition_by": {"column": "‸"}'),
    ],
)
def test_columns_are_those_of_the_table(tmp_path: Path, name: str, table: str) -> None:
    (tmp_path / "flights.csv").write_text('day,carrier,"say ""delay"""\n1,UA,3\n')
    text = contract(name, split="data-partitions", input="flights.csv", output="out")
    text = text.rstrip().rstrip("}").rstrip() + f",\n{table}\n}}" if name == JSON else text + table
    assert labels(tmp_path / name, text) == ["day", "carrier", 'say "delay"']
    if "{" not in table or "}" in table:
        after = formats.of(name).parse(chosen(tmp_path / name, text, 'say "delay"'))
        assert after["partition_by"]["column"] == 'say "delay"'


@pytest.mark.parametrize(
    "changes", [{"split": "files"}, {"input": "gone.csv"}, {"input": "t.gz"}, {"input": "../outside.csv"}]
)
def test_columns_of_no_table_are_an_example(tmp_path: Path, changes: dict[str, object]) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("")
    (tmp_path / "outside.csv").write_text("secret,b\n")
    (project / "t.gz").write_text("a,b\n")
    text = contract(TOML, **{"split": "data-partitions", "input": "t.csv", **changes})
    assert labels(project / TOML, text + '[partition_by]\ncolumn = "‸"\n') == ["carrier"]

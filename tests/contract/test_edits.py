from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from contract_documents import VALID_DOCUMENTS
from parallel_stage.contract.document import parse
from parallel_stage.contract.edits import LONGEST, apply_edits, edits_for
from parallel_stage.contract.problem import Assign, Rename
from parallel_stage.contract.schema import schema
from parallel_stage.contract.text import Edit, Span

if TYPE_CHECKING:
    from parallel_stage.contract.problem import Change


def _after(text: str, change: Change, path: str) -> str:
    found = edits_for(parse(text.encode(), path), change)
    assert found, "no edit was found"
    return apply_edits(text, found)


SPLIT = Assign(("split",), "files")
BACKEND = Assign(("backend",), "local")
WORKERS = Assign(("workers",), 2)
FIRST = Assign(("schema",), "v1")
CASES: list[tuple[str, Change, str, str]] = [
    ("a.toml", SPLIT, 'split = "filez"  # why\n', 'split = "files"  # why\n'),
    ("a.toml", SPLIT, "split = 'filez'\n", "split = 'files'\n"),
    ("a.toml", Assign(("input",), "it's"), "input = 'a'\n", 'input = "it\'s"\n'),
    ("a.toml", Assign(("input",), 'a"\\b\x7f'), "input = 1\n", 'input = "a\\"\\\\b\\u007f"\n'),
    ("a.toml", SPLIT, 'split = """\nfilez"""\n', 'split = "files"\n'),
    ("a.toml", WORKERS, 'name = "a" # b\n\n[next_steps]\n', 'name = "a" # b\nworkers = 2\n\n[next_steps]\n'),
    ("a.toml", WORKERS, 'name = "a"', 'name = "a"\nworkers = 2'),
    ("a.toml", WORKERS, 'name = "a"\r\nx-a = 1\r\n', 'name = "a"\r\nworkers = 2\r\nx-a = 1\r\n'),
    ("a.toml", WORKERS, 'name = """\na"""\nx-a = 1\n', 'name = """\na"""\nworkers = 2\nx-a = 1\n'),
    ("a.toml", FIRST, '#:schema a\nname = "a"\n', '#:schema a\nschema = "v1"\nname = "a"\n'),
    ("a.toml", WORKERS, "# a\n[next_steps]\n", "# a\nworkers = 2\n[next_steps]\n"),
    ("a.toml", WORKERS, "", "workers = 2\n"),
    ("a.toml", WORKERS, "# a", "# a\nworkers = 2\n"),
    ("a.toml", Rename(("note",), "notes"), 'note = "a" # b\n', 'notes = "a" # b\n'),
    ("a.toml", Rename(("note",), "notes"), "'note' = 1\n", "'notes' = 1\n"),
    ("a.toml", Rename(("a", "b"), "c"), "[a]\nb = 1\n", "[a]\nc = 1\n"),
    ("a.toml", Rename(("a",), "c"), "[a]\nb = 1\n", "[c]\nb = 1\n"),
    ("a.toml", Rename(("note",), "not bare"), "note = 1\n", '"not bare" = 1\n'),
    ("a.json", SPLIT, '{"split" : "filez"}', '{"split" : "files"}'),
    (
        "a.json",
        BACKEND,
        '{\n  "name": "a",\n  "x-a": 1\n}\n',
        '{\n  "name": "a",\n  "backend": "local",\n  "x-a": 1\n}\n',
    ),
    ("a.json", FIRST, '{\n  "name": "a"\n}\n', '{\n  "schema": "v1",\n  "name": "a"\n}\n'),
    ("a.json", FIRST, '{"name":1}', '{"schema": "v1", "name":1}'),
    ("a.json", BACKEND, "{}", '{"backend": "local"}'),
    ("a.json", Rename(("note",), "notes"), '{"note": 1}', '{"notes": 1}'),
    ("a.yaml", SPLIT, "split: filez # why\n", "split: files # why\n"),
    ("a.yaml", SPLIT, "split: 'filez'\n", "split: 'files'\n"),
    ("a.yaml", SPLIT, 'split: "filez"\n', 'split: "files"\n'),
    ("a.yaml", Assign(("input",), "null"), "input: 1\n", 'input: "null"\n'),
    ("a.yaml", Assign(("input",), "a: b"), "input: 1\n", 'input: "a: b"\n'),
    ("a.yaml", Assign(("function",), "a.b:c"), "function: a.b:d\n", "function: a.b:c\n"),
    ("a.yaml", BACKEND, "name: |\n  a\nx-a:\n  - 1\n", "name: |\n  a\nbackend: local\nx-a:\n  - 1\n"),
    ("a.yaml", BACKEND, "  name: a\n  x-a: 1", "  name: a\n  backend: local\n  x-a: 1"),
    ("a.yaml", BACKEND, "{name: a}", "{name: a, backend: local}"),
    ("a.yaml", FIRST, "---\n# a\nname: a\n...\n", "---\n# a\nschema: v1\nname: a\n...\n"),
    ("a.yaml", Rename(("note",), "notes"), "note: a\n", "notes: a\n"),
]


@pytest.mark.parametrize(("path", "change", "before", "after"), CASES)
def test_what_is_not_changed_stays_as_it_is(path: str, change: Change, before: str, after: str) -> None:
    assert _after(before, change, path) == after


@pytest.mark.parametrize(
    ("path", "change", "text"),
    [
        ("a.toml", Rename(("a",), "c"), "a.b = 1\na.d = 2\n"),
        ("a.toml", Rename(("a",), "c"), "[a]\n[a.b]\n"),
        ("a.toml", Rename(("b",), "a"), "a = 1\nb = 2\n"),
        ("a.toml", Assign(("partition_by", "kind"), "day"), '[partition_by]\ncolumn = "a"\n'),
        ("a.yaml", Assign(("name",), "b"), "name: &a x\ninput: *a\n"),
        ("a.yaml", Assign(("input",), "b"), "name: &a x\ninput: *a\n"),
    ],
)
def test_what_cannot_be_changed_alone_is_left(path: str, change: Change, text: str) -> None:
    assert edits_for(parse(text.encode(), path), change) == []


def test_a_text_that_is_long_is_left() -> None:
    change, text = Assign(("name",), "b"), 'name = "a"\n#'
    assert edits_for(parse(text.ljust(LONGEST, "#").encode(), "a.toml"), change)
    assert edits_for(parse(text.ljust(LONGEST + 1, "#").encode(), "a.toml"), change) == []


def test_edits_are_applied_in_the_order_of_the_text() -> None:
    found = [Edit(Span(0, 1), "A"), Edit(Span(2, 2), "-"), Edit(Span(2, 2), "+"), Edit(Span(3, 5), "")]
    assert apply_edits("abcdef", found) == "Ab-+cf"
    assert apply_edits("abc", []) == "abc"


ROOT = st.sampled_from([name for name, node in schema()["properties"].items() if node.get("type") != "object"])
VALUES = st.one_of(st.integers(0, 99), st.text(st.characters(codec="utf-8"), max_size=12))


def _yaml(data: dict[str, Any]) -> str:
    out = io.StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.dump(data, out)
    return out.getvalue()


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, str]:
    """A valid contract as text, with comments where the format has them; and a name for it."""
    data = draw(VALID_DOCUMENTS)
    suffix = draw(st.sampled_from(["toml", "yaml", "json"]))
    if suffix == "json":
        return json.dumps(data, indent=draw(st.sampled_from([None, 2, "\t"])), ensure_ascii=False), "a.json"
    text = f"# é🐍\n{tomli_w.dumps(data) if suffix == 'toml' else _yaml(data)}# end\n"
    crlf = suffix == "toml" and draw(st.booleans())
    return text.replace("\n", "\r\n") if crlf else text, f"a.{suffix}"


@given(texts(), ROOT, VALUES)
def test_an_assignment_changes_nothing_else(document: tuple[str, str], name: str, value: Any) -> None:
    text, path = document
    after = parse(_after(text, Assign((name,), value), path).encode(), path)
    assert after.data == {**parse(text.encode(), path).data, name: value}
    assert _comments(after.text) == _comments(text)


@given(texts(), st.data())
def test_a_renamed_key_keeps_its_value(document: tuple[str, str], draw: st.DataObject) -> None:
    text, path = document
    before = parse(text.encode(), path).data
    name = draw.draw(st.sampled_from(sorted(before)))
    after = parse(_after(text, Rename((name,), "renamed"), path).encode(), path)
    assert after.data == {"renamed" if key == name else key: value for key, value in before.items()}
    assert _comments(after.text) == _comments(text)


def _comments(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("#")]

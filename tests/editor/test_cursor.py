from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opened_contracts import MARK
from parallel_stage.editor.cursor import Cursor, cursor

IN_TOML = [
    ("na‸", (), None, "na"),
    ('name = "x"\nsp‸ = 1', (), None, "sp"),
    ("split = ‸", (), "split", ""),
    ("split = fi‸", (), "split", "fi"),
    ('split = "fi‸', (), "split", "fi"),
    ('split = "fi‸les" # how', (), "split", "files"),
    ("split = 'fi‸'", (), "split", "fi"),
    ('split = "‸   # how', (), "split", ""),
    ("[input_format]\nk‸", ("input_format",), None, "k"),
    ("[input_format]\r\nkind = '‸'\r\n", ("input_format",), "kind", ""),
    ("input_format.k‸", ("input_format",), None, "k"),
    ("input_fo‸rmat.kind = 1", (), None, "input_format"),
    ("input_format.kind = ‸", ("input_format",), "kind", ""),
    ("input_format = { kind = 'c‸', header = true }", ("input_format",), "kind", "c"),
    ("input_format = { kind = 'csv', h‸", ("input_format",), None, "h"),
    ("input_format = {}\nna‸", (), None, "na"),
    ("x-list = [1, ‸]", None, None, ""),
]
IN_YAML = [
    ("schema: x\nsp‸\n", (), None, "sp"),
    ("split: ‸\nname: x", (), "split", ""),
    ("split: 'fi‸'", (), "split", "fi"),
    ("function: my_pipeline.process:‸", (), "function", "my_pipeline.process:"),
    ("function: my_pipeline.process:pro‸", (), "function", "my_pipeline.process:pro"),
    ("input_format:\n  ‸", ("input_format",), None, ""),
    ("input_format: # a word\n  kind: csv\n\n  header: ‸", ("input_format",), "header", ""),
    ("input_format:\n  kind: csv\n‸", (), None, ""),
    ("input_format:\n  kind: csv\nname: x\n  k‸", (), None, "k"),
    ('input_format: {kind: "c‸"}', ("input_format",), "kind", "c"),
    ("input_format: {kind: csv, ‸}", ("input_format",), None, ""),
]
IN_JSON = [
    ('{"‸"}', (), None, ""),
    ('{"name": "x", "sp‸', (), None, "sp"),
    ('{\n  "split": ‸\n}', (), "split", ""),
    ('{"split": "fi‸"}', (), "split", "fi"),
    ('{"input_format": {"ki‸": 1}}', ("input_format",), None, "ki"),
    ('{"input_format": {"kind": "‸"}}', ("input_format",), "kind", ""),
    ('{"input_format": {"kind": "csv"}, "‸"}', (), None, ""),
    ('{"x-a": ["{", {"b": 1}], "name": "‸"}', (), "name", ""),
    ('{"x-a": ["‸"]}', None, None, ""),
    ("‸", None, None, ""),
]
CASES = [
    pytest.param(language, *case, id=f"{language}: {case[0]!r}")
    for language, cases in (("toml", IN_TOML), ("yaml", IN_YAML), ("json", IN_JSON))
    for case in cases
]


def at_mark(language: str, text: str) -> tuple[str, Cursor | None]:
    before, _, behind = text.partition(MARK)
    return before + behind, cursor(language, before + behind, len(before))


@pytest.mark.parametrize(("language", "text", "table", "key", "written"), CASES)
def test_a_cursor_is_in_a_table_and_at_a_key_or_value(
    language: str, text: str, table: tuple[str, ...] | None, key: str | None, written: str
) -> None:
    whole, found = at_mark(language, text)
    assert found is not None
    assert (found.table, found.key, whole[slice(*found.span)]) == (table, key, written)


def test_a_cursor_may_be_in_the_header_of_a_table() -> None:
    whole, found = at_mark("toml", 'name = "x"\n[inp‸]\n')
    assert found is not None
    assert found.header
    assert whole[slice(*found.span)] == "inp"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("toml", "name = 'x' # ‸"),
        ("toml", "# na‸"),
        ("yaml", "name: x # ‸"),
        ("toml", 'name = "x"‸'),
        ("json", '{"a"‸}'),
    ],
)
def test_a_cursor_in_a_comment_or_behind_a_quote_is_nowhere(language: str, text: str) -> None:
    assert at_mark(language, text)[1] is None


@given(
    st.sampled_from(["toml", "yaml", "json"]), st.text(st.sampled_from("ab.:=,{}[]\"'#\\ \n\r"), max_size=40), st.data()
)
def test_no_text_is_too_broken(language: str, text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    found = cursor(language, text, offset)
    assert found is None or found.span.start <= offset <= found.span.stop <= len(text)

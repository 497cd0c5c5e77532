from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.contract import document
from parallel_stage.contract.formats import yaml
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.lint.engine.check_document import check_document


def _refused(text: str) -> tuple[int, int, str]:
    """Line, column and message of the one problem, as the linter tells it."""
    with pytest.raises(NotADocumentError) as caught:
        document.parse(text.encode(), "a.yaml")
    problem = caught.value.problem
    assert problem.rule == "syntax-error"
    assert problem.offset is not None
    before = text[: problem.offset]
    return before.count("\n") + 1, len(before) - before.rfind("\n"), problem.message


BOMB = "a: &a [1,2,3,4,5,6,7,8,9]\n" + "".join(
    f"{chr(98 + level)}: &{chr(98 + level)} [{', '.join(['*' + chr(97 + level)] * 9)}]\n" for level in range(9)
)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("name: 1\nsplit: 2\nname: 3\n", 3, 1, 'the key "name" is there twice; keep one'),
        ("a:\n  b: 1\n  b: 1\n", 3, 3, 'the key "b" is there twice; keep one'),
        ("a: 1\n---\nb: 2\n", 2, 1, "another document"),
        ("name:\t- a", 1, 7, "sequence entries are not allowed here"),
        ("-\ta: 1", 1, 4, "mapping values are not allowed here"),
        ("a:\n\tb: 1", 2, 1, "cannot start any token"),
        ("a:\n  b: 1\n  \tc: 2", 3, 3, "cannot start any token"),
        ("name: [1, 2", 1, 12, "not YAML"),
        ("name: 'abc", 1, 11, "not YAML"),
        ("a: 1\n b: 2\n", 2, 3, "not YAML"),
        ("a: *nothing", 1, 4, "undefined alias 'nothing'"),
        ("a: 1\nx-a: &a [*a]", 2, 6, "contains itself"),
        ("&a {x-a: *a}", 1, 1, "contains itself"),
        (BOMB, 1, 1, "aliases add more than 10,000 keys and values"),
        ("- a\n" * 20_000, 5_000, 3, "more than 5,000 keys and values"),
        ("name: !!python/object/apply:os.system [ls]", 1, 7, "the tag !!python/object/apply:os.system is not"),
        ("name: !own x", 1, 7, "the tag !own is not for plain data; leave it out"),
        ("name: !e!own x", 1, 7, "undefined tag handle"),
        ("name: !!int {a: 1}", 1, 7, "expected a scalar node"),
        ("name: !!map x", 1, 7, "expected a mapping node"),
        ("name: !!timestamp x", 1, 7, "timestamp"),
        ('name: !!int ""', 1, 1, "not what its form or tag says"),
        ('name: !!float ""', 1, 1, "not what its form or tag says"),
        ("name: !!int x", 1, 1, "not what its form or tag says"),
        ("name: !!bool maybe", 1, 1, "not what its form or tag says"),
        ("!!omap [a: 1, a: 2]", 1, 1, "not what its form or tag says"),
        ("name: 2001-99-99", 1, 1, "month must be in 1..12"),
        ("1: a", 1, 1, "the key 1 is not text; put it in quotes"),
        ("a: {true: 1}", 1, 5, "the key true is not text"),
        ("? [a]\n: 1", 1, 3, "the key a list or mapping is not text"),
        ("<<: {name: a}", 1, 1, "the key << is not text"),
        ("name: a\0b\n", 1, 8, "special characters are not allowed"),
        ("name: \x07", 1, 7, "special characters are not allowed"),
        ("%YAML 3.0\n---\na: 1", 1, 1, "incompatible YAML"),
        ("[" * 600, 1, 1, "nested too deep"),
        ("- " * 600, 1, 1, "nested too deep"),
        ("".join(" " * level + "a:\n" for level in range(600)), 1, 1, "nested too deep"),
    ],
)
def test_mistakes_are_reported_with_line_and_column(text: str, line: int, column: int, words: str) -> None:
    at_line, at_column, message = _refused(text)
    assert words in message
    assert (at_line, at_column) == (line, column)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("\ufeffname: a\n", {"name": "a"}),
        ("%YAML 1.2\n---\nname: a\n...\n", {"name": "a"}),
        ("name: yes", {"name": "yes"}),
        ("%YAML 1.1\n---\nname: 1e3", {"name": 1000.0}),
        ("a: &x [1]\nb: *x\n", {"a": [1], "b": [1]}),
        ("a: &x 1\nb: &x 2\nc: *x", {"a": 1, "b": 2, "c": 2}),
        ("name: !!str 1", {"name": "1"}),
        ("'1': a", {"1": "a"}),
        ("name: >\n  a\n  b\n", {"name": "a b\n"}),
        ("a:\t1\t# one\n\t\nb\t:\t\n  -\tc\t\n \t# two\n", {"a": 1, "b": ["c"]}),
        ("a:\t&x\t'b'\nc:\t*x\t\nd:\t|\n \te\n", {"a": "b", "c": "b", "d": "\te\n"}),
        ("", None),
        ("# nothing", None),
        ("text", "text"),
        ("- a", ["a"]),
    ],
)
def test_what_is_fine_is_read(text: str, data: Any) -> None:
    assert yaml.parse(text) == data


_PIECES = (
    *("a", "b", ":\t", ": ", "-\t", "- ", "?\t", "\t", " ", "\n", "\n\t", "\n  ", "\n \t", "# c", "\t# d", "'e'"),
    *("[", "]", ",", "{", "}", "&f\t", "*f"),
)


@given(st.lists(st.sampled_from(_PIECES), min_size=2, max_size=9).map("".join))
def test_a_tab_that_is_taken_means_what_a_blank_means(text: str) -> None:
    try:
        data = yaml.parse(text)
    except NotADocumentError:
        return
    assert repr(data).replace("\\t", " ") == repr(yaml.parse(text.replace("\t", " ")))


@pytest.mark.parametrize(
    "text",
    [
        "name: !!omap [a: 1]",
        "name: !!set {a, b}",
        "name: !!pairs [a: 1]",
        "name: !!binary aGk=",
        "name: 2001-02-03",
        "name: !!timestamp '9999-12-31T23:59:59-23:59'",
        "name: !!null x",
        "name: .nan",
        "!!set {a, b}",
        "!!omap [name: a]",
        "~",
    ],
)
def test_odd_values_are_shape_errors(text: str) -> None:
    rules = {diagnostic.rule for diagnostic in check_document(document.parse(text.encode(), "a.yaml"))}
    assert rules & {"wrong-type", "missing-key"}


def test_a_byte_order_mark_does_not_move_the_places() -> None:
    text = "\ufeffname: é\nworkers: 0\n"
    found = document.parse(text.encode(), "a.yaml")
    assert text[slice(*found.span(("name",)))] == "é"
    assert text[slice(*found.span(("workers",), on_key=True))] == "workers"


def test_places_of_an_alias_are_those_of_its_anchor() -> None:
    text = "x-a: &a {kind: csv}\ninput_format: *a\n"
    found = document.parse(text.encode(), "a.yaml")
    assert text[slice(*found.span(("input_format", "kind")))] == "csv"


def test_places_of_a_broken_text_are_none() -> None:
    assert list(yaml.entries("a: [")) == []

from __future__ import annotations

import pytest

from parallel_stage.contract.formats import json
from parallel_stage.contract.problem import NotADocumentError


def _refused(text: str) -> tuple[int, int, str]:
    with pytest.raises(NotADocumentError) as caught:
        json.parse(text)
    problem = caught.value.problem
    assert problem.rule == "syntax-error"
    assert problem.offset is not None
    before = text[: problem.offset]
    return before.count("\n") + 1, len(before) - before.rfind("\n"), problem.message


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, "Expecting value"),
        ("{", 1, 2, "Expecting property name"),
        ('{"a": 1,\n "b": }', 2, 7, "Expecting value"),
        ("{'a': 1}", 1, 2, "double quotes"),
        ('{"a": 1} {"b": 2}', 1, 10, "Extra data"),
        ("/* c */ {}", 1, 1, "Expecting value"),
        ('{"a": 01}', 1, 8, "delimiter"),
        ("\ufeff{}", 1, 1, "BOM"),
        ('{"a\0": 1}', 1, 4, "Invalid control character"),
        ('{"a": NaN}', 1, 7, "NaN is not a JSON number"),
        ('{"a": [1,\n -Infinity]}', 2, 2, "-Infinity is not a JSON number"),
        ('{"a": 1,\n "b": 2, "a": 3}', 2, 10, 'the key "a" is there twice; keep one'),
        ('{"b": {"c": 1},\n "d": {"c": 1, "\\u0063": 2}}', 2, 16, 'the key "c" is there twice'),
        ("[" * 40 + '{"c": 1, "c": 2}' + "]" * 40, 1, 1, 'the key "c" is there twice'),
        ("[" * 100_000, 1, 1, "nested too deep"),
        ("[" * 100_000 + "]" * 100_000, 1, 1, "nested too deep"),
        ('{"a":' * 50_000, 1, 1, "nested too deep"),
    ],
)
def test_mistakes_are_reported_with_line_and_column(text: str, line: int, column: int, words: str) -> None:
    at_line, at_column, message = _refused(text)
    assert words in message
    assert at_line == line
    assert abs(at_column - column) <= 1


def test_a_key_repeated_after_many_others_is_found() -> None:
    """Looking for it takes as long as reading; were it quadratic, this would take minutes."""
    keys = [f'"{number}": 0' for number in range(100_000)]
    assert 'the key "7" is there twice' in _refused("{" + ", ".join([*keys, '"7": 1']) + "}")[2]


def test_places_reach_no_deeper_than_they_must() -> None:
    text = "[" * 900 + "]" * 900
    assert max(len(route) for route, _, _ in json.entries(text)) <= 33


def test_places_of_a_half_typed_text_are_those_that_can_be_reported() -> None:
    text = '{"name": "x", "split": '
    assert {route: text[slice(*value)] for route, _, value in json.entries(text)}.get(("name",)) in ('"x"', None)

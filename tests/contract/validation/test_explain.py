from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from parallel_stage.contract.validation import violations
from parallel_stage.contract.validation.explain import show_value
from support import VALID, data

FUNCTION = 'module_or_path:function_name, such as "my_pipeline.process:process_file"'

CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"name": None}, "missing-key", "the required key name is missing; add it with text that is not blank"),
    (
        {"workers": None},
        "missing-key",
        'the required key workers is missing; add it with an integer of at least 1 or "auto"',
    ),
    ({"function": None}, "missing-key", f"the required key function is missing; add it with {FUNCTION}"),
    (
        {"partition_by": {"column": "day"}},
        "missing-key",
        'the required key partition_by.kind is missing; add it with one of "group", "date", "key"',
    ),
    ({"target_partition": 3}, "unknown-key", "unknown key target_partition: did you mean target_partitions?"),
    (
        {"owner": "flights"},
        "unknown-key",
        "unknown key owner: remove it, or call it x-owner if it is for another tool",
    ),
    (
        {"input_format": {"zip": True}},
        "unknown-key",
        "input_format.zip: write one of kind, delimiter, quotechar, header, head_lines, encoding, splittable",
    ),
    ({"workers": True}, "wrong-type", 'workers is true, a boolean; write an integer of at least 1 or "auto"'),
    ({"target_partitions": 64.0}, "wrong-type", "target_partitions is 64.0, a float; write an integer of at least 0"),
    ({"name": 3}, "wrong-type", "name is 3, an integer; write text that is not blank"),
    ({"notes": [1]}, "wrong-type", "notes is a list; write text"),
    ({"input": {}}, "wrong-type", "input is a table; write text that is not blank"),
    ({"next_steps": "look"}, "wrong-type", 'next_steps is "look", text; write a table'),
    ({"next_steps": {"own": 1}}, "wrong-type", "next_steps.own is 1, an integer; write text"),
    ({"input_format": {"header": "yes"}}, "wrong-type", 'input_format.header is "yes", text; write true or false'),
    ({"name": dt.date(2024, 2, 29)}, "wrong-type", "name is 2024-02-29; write text that is not blank"),
    ({"schema": "agilab.v2"}, "unknown-schema", 'schema is "agilab.v2"; write "agilab.parallel_stage.v1"'),
    (
        {"split": "data_partitions"},
        "unknown-value",
        (
            'split is "data_partitions"; write one of "files", "data-partitions", "parameter-sweep" '
            '(did you mean "data-partitions"?)'
        ),
    ),
    ({"backend": "Dask"}, "unknown-value", 'one of "local", "pool", "dask" (did you mean "dask"?)'),
    ({"backend": "nothing"}, "unknown-value", 'backend is "nothing"; write one of "local", "pool", "dask"'),
    ({"workers": "all"}, "unknown-value", 'write an integer of at least 1 or "auto" (did you mean "auto"?)'),
    ({"workers": "auto\n"}, "unknown-value", r'workers is "auto\n"; write an integer of at least 1 or "auto"'),
    ({"workers": 0}, "out-of-range", 'workers is 0; write an integer of at least 1 or "auto"'),
    ({"target_partitions": -1}, "out-of-range", "target_partitions is -1; write an integer of at least 0"),
    ({"input_format": {"delimiter": "::"}}, "out-of-range", 'input_format.delimiter is "::"; write one character'),
    ({"input_format": {"delimiter": ""}}, "empty-value", 'input_format.delimiter is ""; write one character'),
    ({"output": " \t"}, "empty-value", r'output is " \t"; write text that is not blank'),
    ({"function": ""}, "empty-value", f'function is ""; write {FUNCTION}'),
    ({"function": "what? this"}, "function-form", f'function is "what? this"; write {FUNCTION}'),
    ({"function": "a:b\n"}, "function-form", r'function is "a:b\n"; write "a:b", without blanks around it'),
    ({"reducer_function": "ünion!"}, "function-form", 'such as "my_pipeline.merge:merge_parts"'),
]


@pytest.mark.parametrize(("changes", "rule", "words"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_message_names_the_value_what_is_allowed_and_the_remedy(
    changes: dict[str, Any], rule: str, words: str
) -> None:
    (problem,) = violations(data(**changes))
    assert (problem.rule, problem.message[-len(words) :]) == (rule, words)


def test_every_kind_is_covered() -> None:
    assert {rule for _, rule, _ in CASES} == {
        "missing-key",
        "unknown-key",
        "wrong-type",
        "unknown-schema",
        "unknown-value",
        "out-of-range",
        "empty-value",
        "function-form",
    }


def test_the_problem_points_to_the_value_or_the_key() -> None:
    document = data(workers=0, nmae="x", input_format={"kind": "tsv"}, output=None)
    assert {problem.rule: (problem.route, problem.on_key) for problem in violations(document)} == {
        "out-of-range": (("workers",), False),
        "unknown-key": (("nmae",), True),
        "unknown-value": (("input_format", "kind"), False),
        "missing-key": (("output",), True),
    }


def test_everything_is_reported_once_in_the_order_of_the_document() -> None:
    document = {"zzz": 1, **data(backend="x", split=3, name=None, input=None), "aaa": 2}
    assert [(problem.rule, problem.route) for problem in violations(document)] == [
        ("missing-key", ()),
        ("unknown-key", ("zzz",)),
        ("wrong-type", ("split",)),
        ("unknown-value", ("backend",)),
        ("unknown-key", ("aaa",)),
    ]


def test_a_value_of_the_wrong_type_is_reported_once() -> None:
    assert [problem.rule for problem in violations(data(split=1, workers=False))] == ["wrong-type"] * 2


def test_an_empty_document_is_one_problem_that_names_every_field() -> None:
    (problem,) = violations({})
    assert f"required keys are missing: {', '.join(VALID)}; add them, such as name = " in problem.message
    assert len(problem.message) < 600


def test_a_mistyped_key_is_not_missing_too() -> None:
    for document in (data(split=None, spilt="files"), data(output=None, outptu="x.jsonl"), data(reducer=None, redux=1)):
        assert [problem.rule for problem in violations(document)] == ["unknown-key"]
    problems = violations(data(split=None, spilt="files", name=None, backend=None))
    assert [(problem.rule, problem.route) for problem in problems] == [("missing-key", ()), ("unknown-key", ("spilt",))]
    assert "missing: name, backend;" in problems[0].message


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "the document is a list; write a table"),
        (None, "the document is null; write a table"),
        ("text", 'the document is "text", text; write a table'),
        (1, "the document is 1, an integer; write a table"),
    ],
)
def test_a_document_that_is_no_table_is_reported_once(document: Any, words: str) -> None:
    assert [problem.message for problem in violations(document)] == [words]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("é\n", '"é\\n"'),
        (True, "true"),
        (float("nan"), "NaN"),
        (b"\xff", "b'\\xff'"),
        ("x" * 99, '"' + "x" * 58 + "…"),
        ({1, 2}, "a list"),
        (type("omap", (dict,), {})(), "a table"),
    ],
)
def test_values_are_shown_on_one_short_line(value: Any, text: str) -> None:
    assert show_value(value) == text


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"ignore": "x"}, 'ignore is "x", text; write a list, such as ["single-worker"]'),
        ({"ignore": ["x", 1]}, "ignore[1] is 1, an integer; write text that is not blank"),
        ({"per-file-ignores": {"a/b": [[]]}}, "per-file-ignores.a/b[0] is a list; write text that is not blank"),
        (
            {"severity": {"x": "Info"}},
            'severity.x is "Info"; write one of "error", "warning", "info" (did you mean "info"?)',
        ),
    ],
)
def test_members_of_lists_and_of_free_tables_are_named(document: Any, words: str) -> None:
    assert [problem.message for problem in violations(document, "agilab.parallel_stage.config.v1")] == [words]

"""Which fenced blocks of a page are contracts, and which texts an edit may make of it."""

from __future__ import annotations

import pytest

from parallel_stage.contract.document import Document
from parallel_stage.contract.edits import apply_edits
from parallel_stage.contract.markdown import Markdown
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.contract.text import Edit, Span

SCHEMA = 'schema = "agilab.parallel_stage.v1"\n'


def _found(info: str, text: str) -> list[object]:
    """What the contracts in a page are: their data, or the rule that says why there is none."""
    contracts = Markdown("README.md", f"text\n\n~~~{info}\n{text}~~~\n").contracts
    documents = [contract.document for contract in contracts]
    return [each.data if isinstance(each, Document) else each.problem.rule for each in documents]


@pytest.mark.parametrize(
    ("info", "text"),
    [
        ("toml", SCHEMA),
        ("TOML", SCHEMA),
        (" toml ", f"# a comment\n\n  {SCHEMA}"),
        ("toml", "'schema'='agilab.parallel_stage.v1'"),
        ("yaml", "schema: agilab.parallel_stage.v1\n"),
        ("yml", '"schema": "agilab.parallel_stage.v1" # it\n'),
        ("yaml", "{schema: agilab.parallel_stage.v1}\n"),
        ("json", '{"schema": "agilab.parallel_stage.v1"}\n'),
        ("json", '{\n  "schema":\n    "agilab.parallel_stage.v1"\n}\n'),
        ('toml title="parallel_stage.toml"', SCHEMA),
        ("{.toml}", SCHEMA),
    ],
)
def test_a_block_in_a_contract_s_language_that_names_the_schema_is_one(info: str, text: str) -> None:
    text = text if text.endswith("\n") else f"{text}\n"
    assert _found(info, text) == [{"schema": "agilab.parallel_stage.v1"}]


@pytest.mark.parametrize(
    "info",
    [
        "parallel-stage",
        "toml parallel-stage",
        "toml,parallel-stage",
        "{.toml .parallel-stage}",
        "toml x parallel-stage",
    ],
)
def test_a_block_that_says_so_is_one_whatever_is_in_it(info: str) -> None:
    assert _found(info, "a = 1\n") == [{"a": 1}]
    assert _found(info, "") == [{}]
    assert _found(info, "a = \n") == ["syntax-error"]


@pytest.mark.parametrize(("language", "text"), [("yaml", "a: 1\n"), ("yml", "a: 1\n"), ("json", '{"a": 1}\n')])
def test_the_language_stands_before_the_word(language: str, text: str) -> None:
    assert _found(f"{language} parallel-stage", text) == [{"a": 1}]


def test_a_language_that_no_contract_has_is_reported() -> None:
    (contract,) = Markdown("README.md", "```python parallel-stage\na = 1\n```\n").contracts
    assert isinstance(contract.document, NotADocumentError)
    assert contract.document.problem.message == (
        "the block is said to be a contract in python; write toml, yaml or json before parallel-stage"
    )


def test_a_broken_block_that_names_the_schema_is_one() -> None:
    assert _found("toml", f"{SCHEMA}name = \n") == ["syntax-error"]
    assert _found("json", '{"schema": "agilab.parallel_stage.v1",}\n') == ["syntax-error"]


@pytest.mark.parametrize(
    ("info", "text"),
    [
        ("", SCHEMA),
        ("text", SCHEMA),
        ("toml no-parallel-stage", SCHEMA),
        ("no-parallel-stage", SCHEMA),
        ("toml parallel-stage no-parallel-stage", SCHEMA),
        ("toml", "[tool.x]\n" + SCHEMA),
        ("toml", "# " + SCHEMA),
        ("toml", 'schema = "agilab.parallel_stage.v1.x"\n'),
        ("toml", 'my_schema = "agilab.parallel_stage.v1"\n'),
        ("toml", "#:schema https://parallel-stage.github.io/schema/agilab.parallel_stage.v1.schema.json\n"),
        ("json", '{"contract": {"schema": "agilab.parallel_stage.v1"}}\n'),
        ("json", '[{"schema": "agilab.parallel_stage.v1"}]\n'),
        ("yaml", "contract:\n  schema: agilab.parallel_stage.v1\n"),
        ('sh title="run parallel-stage check"', SCHEMA),
        ("toml parallel-stages", "a = 1\n"),
    ],
)
def test_other_blocks_are_none(info: str, text: str) -> None:
    assert _found(info, text) == []


def test_an_edit_that_would_end_the_block_is_refused() -> None:
    text = f"```toml\n{SCHEMA}```\n\n```toml\n{SCHEMA}name = 1\n```\n"
    markdown = Markdown("README.md", text)
    end = len(SCHEMA)
    after = markdown.with_edits(0, [Edit(Span(end, end), "a = 1\n")])
    assert after.text == text.replace("```\n\n", "a = 1\n```\n\n")
    for new in ("```\n", "a = \n", 'schema = "x"\n'):  # the end of the block, and no TOML
        with pytest.raises(NotADocumentError):
            markdown.with_edits(0, [Edit(Span(end, end), new)])
    with pytest.raises(NotADocumentError):  # it would be no contract
        markdown.with_edits(0, [Edit(Span(0, end), "a = 1\n")])
    assert apply_edits(text, []) == markdown.text


def test_a_page_without_the_words_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parallel_stage.contract.markdown.blocks", None)
    assert Markdown("README.md", "```toml\na = 1\n```\n").contracts == []

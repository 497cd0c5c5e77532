"""A contract in Markdown has the findings and fixes of the same contract in a file of its own."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import commented
from fenced import Container, Fence, Page, Part, Row, pages, rows, text_of
from parallel_stage.contract.document import parse
from parallel_stage.contract.edits import apply_edits
from parallel_stage.contract.markdown import Markdown
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.contract.text import Lines
from parallel_stage.lint.config.model import DEFAULT
from parallel_stage.lint.diagnostic import Diagnostic, Position, Severity
from parallel_stage.lint.engine.check_document import check_document, unreadable_file
from parallel_stage.lint.engine.check_markdown import check_markdown, fix_markdown
from parallel_stage.lint.engine.fixer import edits_of, fix_document
from support import data, toml

PATH = "README.md"
SETTINGS = DEFAULT._replace(severity={"no-editor-schema": Severity.INFO})  # its edit is at the very start
CHECK = partial(check_document, settings=SETTINGS)

_SLIPS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {"split": "file"}, {"nmae": "x", "name": None}, {"workers": None, "backend": None}, {"workers": 0}]
)


@st.composite
def contracts(draw: st.DrawFn) -> tuple[str, str]:
    """Contracts with mistakes and comments, some of them broken, each with the name of its format."""
    changes: dict[str, Any] = {**draw(commented.CHANGES), **draw(_SLIPS)}
    language = draw(st.sampled_from(["toml", "yaml", "json", "yml", "TOML"]))
    if language == "json":
        text = json.dumps(data(**changes), indent=draw(st.sampled_from([None, 2])), ensure_ascii=False) + "\n"
    else:
        between = " = " if language.lower() == "toml" else ": "
        text = commented.text_of(draw(commented.AROUND), between=between, **changes)
    text = draw(st.sampled_from([text, text, text, text[: len(text) // 2] + "\n", "", "# é\n"]))
    return text, language


def alone(fence: Fence, newline: str) -> tuple[str, list[Diagnostic]]:
    """The text of a fence as a file of its own, after all fixes, and the findings before."""
    text = fence.text.replace("\n", newline)
    path = f"README.{fence.info.split()[0]}"
    try:
        document = parse(text.encode(), path)
    except NotADocumentError as error:
        return text, [unreadable_file(path, error)]
    return fix_document(document, CHECK, unsafe=True).document.text, CHECK(document)


def _place(lines: list[Row], number: int, place: Position) -> Position:
    """The place in a page of a place in one of its fences."""
    own = [index for index, row in enumerate(lines) if row.fence == number]
    if place.line > len(own):  # what follows the contract
        opening = next(index for index, row in enumerate(lines) if row.opens == number)
        return Position(opening + len(own) + 2, 1)
    row = own[place.line - 1]
    return Position(row + 1, lines[row].column + place.column)


def fences(page: Page) -> list[Fence]:
    return [part.fence for part in page if part.fence]


@settings(max_examples=50)
@given(pages(contracts()), st.sampled_from(["\n", "\r\n"]))
def test_findings_are_those_of_files_of_their_own_moved_by_their_place(page: Page, newline: str) -> None:
    lines = rows(page)
    expected = []
    for number, fence in enumerate(fences(page)):
        at = partial(_place, lines, number)
        for found in alone(fence, newline)[1]:
            start = at(found.start)
            source = lines[start.line - 1].text if start.line <= len(lines) else ""
            expected.append((found.rule, found.message, found.route, found.value, start, at(found.end), source))
    moved = check_markdown(Markdown(PATH, text_of(page, newline)), CHECK)
    assert {each.path for each in moved} <= {PATH}
    got = [(each.rule, each.message, each.route, each.value, each.start, each.end, each.line_text) for each in moved]
    assert got == expected


@settings(max_examples=50)
@given(pages(contracts()), st.sampled_from(["\n", "\r\n"]))
def test_fixes_are_those_of_files_of_their_own_put_back(page: Page, newline: str) -> None:
    text = text_of(page, newline)
    fixed = iter([alone(fence, newline)[0].replace(newline, "\n") for fence in fences(page)])
    wanted = [part._replace(fence=part.fence._replace(text=next(fixed))) if part.fence else part for part in page]
    after = fix_markdown(Markdown(PATH, text), CHECK, unsafe=True)
    assert after.markdown.text == text_of(wanted, newline)
    assert bool(after.fixed) == bool(after.contracts) == (after.markdown.text != text)


@settings(max_examples=30)
@given(pages(contracts()), st.sampled_from(["\n", "\r\n"]))
def test_the_edits_in_a_report_are_edits_of_the_file(page: Page, newline: str) -> None:
    markdown = Markdown(PATH, text_of(page, newline))
    for found in check_markdown(markdown, CHECK):
        if found.fix:
            after = Markdown(PATH, apply_edits(markdown.text, edits_of([found])))
            assert len(after.contracts) == len(markdown.contracts)
            assert after.text != markdown.text
            for each in found.fix.replacements:
                ends = [Position(*markdown.lines.position(offset)) for offset in each.span]
                assert [each.start, each.end] == ends


def test_a_broken_contract_hides_no_other_and_fixes_none() -> None:
    good = toml(split="file")
    text = "".join(f"```toml parallel-stage\n{each}```\n\n" for each in (good, "a = \n", good))
    markdown = Markdown(PATH, text)
    assert [found.rule for found in check_markdown(markdown, check_document)] == [
        *("unknown-value", "syntax-error", "unknown-value")
    ]
    result = fix_markdown(markdown, check_document, unsafe=False)
    assert result.markdown.text == text.replace('"file"', '"files"')
    assert (len(result.fixed), result.contracts) == (2, 2)
    assert [found.start.line for found in result.fixed] == [5, 24]


@pytest.mark.parametrize("containers", [(), (Container("> ", "> "),), (Container("- ", "  "), Container(">", ">"))])
def test_a_line_of_a_contract_keeps_what_stands_before_it(containers: tuple[Container, ...]) -> None:
    text = text_of([Part(fence=Fence(toml(backend=None, split="file"), "toml"), containers=containers)])
    crooked = text.replace("name =", "    name =").replace(">name", "> name")
    markdown = fix_markdown(Markdown(PATH, crooked), check_document, unsafe=False).markdown
    assert set(crooked.splitlines()) - set(markdown.text.splitlines()) == {
        line for line in crooked.splitlines() if '"file"' in line
    }
    assert len(markdown.text.splitlines()) == len(crooked.splitlines()) + 1


def test_suppressions_are_about_their_own_contract() -> None:
    contract = toml(workers=1)
    ignored = "# parallel-stage: ignore-file[single-worker]\n" + contract
    text = f"```toml\n{ignored}```\n\n```toml\n{contract}```\n"
    (found,) = check_markdown(Markdown(PATH, text), check_document)
    line = Lines(text).line(found.start.line)
    assert (found.rule, line, found.line_text) == ("single-worker", "workers = 1", "workers = 1")
    assert found.start.line > text[: text.index("```\n\n")].count("\n")

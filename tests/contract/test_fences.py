"""Fenced blocks are those of CommonMark, and each character of them is found in the file again."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from fenced import CONTAINED, Container, Fence, Part, text_of
from parallel_stage.contract.edits import apply_edits
from parallel_stage.contract.fences import blocks
from parallel_stage.contract.text import Edit, Span

PIECES = st.sampled_from(
    [
        *("```", "~~~", "````", "``` toml", "~~~x", "> ", ">", "- ", "1. ", "* ", "\t", " ", "   ", "    ", "a", "# h"),
        *("<!--", "-->", "<div>", "\n", "\n", "\n", "\n\n", "\r\n", "\r", "\0", "é", "🐍", "\u2028", "\x0c", "\ufeff"),
    ]
)
"""What decides about blocks, and what readers of lines disagree about."""

MARKDOWN = st.lists(PIECES, max_size=30).map("".join)


@given(MARKDOWN)
@example("-\t```\n\tdeep\n\t  deeper\n")
@example(">\t\t```\n")
@example("- a\n\n\t~~~\n\tb\n \tc\n\t\td\n")
@example("\ufeff```\na\n```")
def test_the_blocks_are_those_of_a_whole_parser_and_their_places_hold_their_characters(text: str) -> None:
    whole = [token for token in MarkdownIt("commonmark").parse(text.removeprefix("\ufeff")) if token.type == "fence"]
    found = list(blocks(text))
    assert [block.info for block in found] == [token.info for token in whole]
    for block, token in zip(found, whole, strict=True):
        lf = block.text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
        assert lf + "\n" * (lf[-1:] not in {"", "\n"}) == token.content
        places = [block.place(offset) for offset in range(len(block.text) + 1)]
        assert places == sorted(places)
        assert places[-1] <= len(text)
        for char, place in zip(block.text, places, strict=False):
            assert char == text[place] or (char, text[place]) == (" ", "\t") or char == " " == text[place - 1 : place]


LINES = st.lists(st.sampled_from(["a = 1", "", "  é🐍"]), max_size=5)
FENCES = st.builds(
    lambda lines, indent, closed: Fence("".join(f"{line}\n" for line in lines), "toml", indent=indent, closed=closed),
    LINES,
    st.integers(0, 3),
    st.booleans(),
)


@given(FENCES, CONTAINED | st.just((Container(">", ">"),)), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.data())
def test_an_edit_of_a_block_changes_the_block_so_and_nothing_else(
    fence: Fence,
    containers: tuple[Container, ...],
    newline: str,
    final: bool,  # noqa: FBT001 -- whether the file's last line has an end
    data: st.DataObject,
) -> None:
    others = [Part(fence=Fence("end\n", "last"))] if fence.closed else []
    text = text_of([Part(fence=fence, containers=containers, opens_item=True), *others], newline)
    text = text if final else text.removesuffix(newline)
    first, *rest = blocks(text)
    edit = data.draw(_whole_lines(first.text, newline) | _inside_a_line(first.text, newline))
    after, *rest_after = blocks(apply_edits(text, [first.edit(edit)]))
    assert after.text == apply_edits(first.text, [edit])
    assert [block.text for block in rest_after] == [block.text for block in rest]


@st.composite
def _whole_lines(draw: st.DrawFn, text: str, newline: str) -> Edit:
    """Replace or remove lines, or insert some before a line or at the end."""
    starts = [0, *(at + 1 for at, char in enumerate(text) if char == "\n")]
    start, stop = sorted(draw(st.tuples(st.sampled_from(starts), st.sampled_from(starts))))
    new = draw(st.sampled_from(["", "x = 2\n", "x\n\n  y\n"]))
    if text and not text.endswith("\n") and draw(st.booleans()):
        start, stop, new = len(text), len(text), draw(st.sampled_from(["\nx = 2\n", "\n  x\n"]))
    return Edit(Span(start, stop), new.replace("\n", newline))


@st.composite
def _inside_a_line(draw: st.DrawFn, text: str, newline: str) -> Edit:
    inside = [at for at, char in enumerate(text) if char not in "\r\n"]
    if not inside:
        return Edit(Span(0, 0), "")
    start = draw(st.sampled_from(inside))
    new = draw(st.sampled_from(["x", "é🐍", f"x{newline}y", f"x{newline}  y{newline}"]))
    return Edit(Span(start, start + draw(st.integers(0, 1))), new)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```\na\n", ["a\n"]),
        ("````\n```\na\n````\n", ["```\na\n"]),
        ("   ```\n   a\n  b\n    c\n   ```\n", ["a\nb\n c\n"]),
        ("    ```\n    a\n", []),
        ("<!--\n```\na\n```\n-->\n", []),
        ("> ```\n> a\nb\n", ["a\n"]),
        ("- ```\n  a\nb\n", ["a\n"]),
        ("1. x\n\n   ~~~\n   a\n\n   b\n   ~~~\n", ["a\n\nb\n"]),
        ("``` a`b\nc\n", []),
        ("~~~\na\n```\n", ["a\n```\n"]),
        ("text\n```\na\n```\ntext\n", ["a\n"]),
    ],
)
def test_what_a_block_is(text: str, expected: list[str]) -> None:
    assert [block.text for block in blocks(text)] == expected

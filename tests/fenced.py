"""Markdown around fenced blocks, with the place of every line of them: for tests of contracts in Markdown."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st


class Fence(NamedTuple):
    """A fenced block: its text, with LF as line ends, and how it is written."""

    text: str
    info: str
    mark: str = "```"
    indent: int = 0
    closed: bool = True


class Container(NamedTuple):
    """A quote or an item of a list: what is before its first line, and before the others."""

    first: str
    others: str


QUOTE = Container("> ", "> ")
CONTAINERS = (
    QUOTE,
    Container("- ", "  "),
    Container("-   ", "    "),
    Container("12) ", "    "),
    Container("*\t", " \t"),
)


class Part(NamedTuple):
    """A part of a page: prose, or a fence in containers, the outer ones first."""

    prose: str = ""
    fence: Fence | None = None
    containers: tuple[Container, ...] = ()
    opens_item: bool = False


class Row(NamedTuple):
    """A line of a page.

    Attributes:
        text: The line without its end.
        fence: The number of the fence that it is a line of.
        column: Where the fence's own text starts on it.
        opens: The number of the fence that it opens.
    """

    text: str
    fence: int = -1
    column: int = 0
    opens: int = -1


Page = list[Part]


def rows(page: Page) -> list[Row]:
    """The lines of a page, without their ends."""
    found: list[Row] = []
    number = 0
    for part in page:
        if part.fence is None:
            found += [Row(line) for line in part.prose.split("\n")]
        else:
            if part.opens_item:  # indented further, the first line of an item would be code
                inner = _rows(part.fence._replace(indent=0), number)
            else:
                inner = [Row("text"), Row(""), *_rows(part.fence, number)]
            number += 1
            for container in reversed(part.containers):
                inner = [
                    _within(row, container.others if index else container.first) for index, row in enumerate(inner)
                ]
            found += [Row(""), *inner, *([Row(""), Row("after")] if part.fence.closed else [])]
    return found


def _rows(fence: Fence, number: int) -> list[Row]:
    indent = " " * fence.indent
    lines = fence.text.removesuffix("\n").split("\n") if fence.text else []
    body = [Row(f"{indent}{line}" if line else "", number, fence.indent if line else 0) for line in lines]
    ends = [Row(f"{indent}{fence.mark}")] if fence.closed else []
    return [Row(f"{indent}{fence.mark}{fence.info}", opens=number), *body, *ends]


def _within(row: Row, before: str) -> Row:
    if not row.text:
        before = before.rstrip()
    return row._replace(text=before + row.text, column=row.column + len(before))


def text_of(page: Page, newline: str = "\n") -> str:
    """The text of a page."""
    return "".join(f"{row.text}{newline}" for row in rows(page))


_PROSE = st.sampled_from(
    [
        "# Title\n\nSome *text* with `code` and ``` in it.",
        "<!--\n```toml parallel-stage\nnot a contract\n```\n-->",
        'Indented code:\n\n    ```toml\n    schema = "agilab.parallel_stage.v1"\n    ```',
        '````markdown\n```toml\nschema = "agilab.parallel_stage.v1"\n```\n````',
        "~~~text\n```toml parallel-stage\n~~~",
        '```python\nschema = "agilab.parallel_stage.v1"\n```',
        '```toml no-parallel-stage\nschema = "agilab.parallel_stage.v1"\n```',
        '```toml\n[tool.x]\nschema = "agilab.parallel_stage.v1"\n```',
        "```yaml\nschema: another\n```",
        "- an item\n- é🐍\n\n  > a quote\n\nSetext\n======",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "[link]: https://example.org 'parallel-stage'\n\n---",
    ]
)
"""Texts without a contract, many of which look as if they had one."""

CONTAINED = st.lists(st.sampled_from(CONTAINERS), max_size=3).map(tuple)


@st.composite
def pages(draw: st.DrawFn, texts: st.SearchStrategy[tuple[str, str]]) -> Page:
    """Pages with contracts in them: each a text and the name of its format."""
    found: Page = []
    contracts = draw(st.lists(texts, min_size=1, max_size=3))
    for number, (text, language) in enumerate(contracts):
        found.extend(Part(prose) for prose in draw(st.lists(_PROSE, max_size=2)))
        mark = draw(st.sampled_from(["```", "~~~", "`````", "~~~~"]))
        before, after = draw(st.sampled_from([("", ""), (" ", " "), ("  ", ' title="x"')]))
        info = f"{before}{language} parallel-stage{after}"
        last = number == len(contracts) - 1
        fence = Fence(text, info, mark, draw(st.integers(0, 3)), closed=not last or draw(st.booleans()))
        found.append(Part(fence=fence, containers=draw(CONTAINED), opens_item=draw(st.booleans())))
    return found

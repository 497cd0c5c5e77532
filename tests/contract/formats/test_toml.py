from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parallel_stage.contract.document import parse
from parallel_stage.contract.formats import toml
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.lint.engine.check_document import check_document
from support import VALID
from support import toml as valid_toml

LONG = "".join(f"# line {number} of a long comment\n" for number in range(60)) + valid_toml()
LONG_LINES = LONG.count("\n")


def _refused(text: str) -> tuple[str, int, int]:
    """The rule, the line and the column of the one problem."""
    with pytest.raises(NotADocumentError) as caught:
        toml.parse(text)
    problem = caught.value.problem
    assert problem.message
    assert problem.offset is not None
    assert 0 <= problem.offset <= len(text)
    before = text[: problem.offset]
    return problem.rule, before.count("\n") + 1, len(before) - before.rfind("\n")


NEWER = [
    ('x-a = { kind = "csv", }', 21),
    ("x-a = { b = 1\n}", 14),
    ("x-a = {\n  b = 1 }", 8),
    ("x-a = { b = 1, # a comment }\nc = 2 }", 16),
    ("x-a = [{ b = 1 }, { b = 2, }]", 26),
    ('x-a = { b = """x"}"y""",\n c = 1 }', 25),
    ("x-a = { b = { c = 1, } }", 20),
    (r'x-a = "\e[1m"', 8),
    (r'x-a = "\x41"', 8),
    (r'"\x41" = 1', 2),
    (r'x-a = """\e"""', 10),
    ("x-a = 07:32", 7),
    ("x-a = 1979-05-27T07:32", 7),
    ("x-a = 1979-05-27 07:32Z", 7),
    ("x-a = 1979-05-27T07:32-07:00", 7),
]


@pytest.mark.parametrize("text", [text for text, _ in NEWER])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_toml_1_1_is_reported_with_its_line_in_a_long_document(text: str, newline: str) -> None:
    document = f"{LONG}{text}\n[next_steps]\nevidence = 'kept'\n".replace("\n", newline)
    rule, line, _ = _refused(document)
    assert rule == "toml-version"
    assert LONG_LINES + 1 <= line <= LONG_LINES + 1 + text.count("\n")


@pytest.mark.parametrize(
    "text",
    [
        'x-a = "{ b = 1, }"',
        "x-a = '{ b = 1, }'",
        "# { b = 1, }",
        "x-a = { b = 1 } # , } \\e \\x41 07:32",
        'x-a = """\n{ b = 1,\n}\n"""',
        "x-a = '''\n{ b = 1,\n}\n'''",
        r"x-a = '\e \x41'",
        r'x-a = "\\e \\x41"',
        "x-a = '07:32'",
        "x-a = 07:32:00",
        "x-a = 1979-05-27T07:32:00.5-07:00",
        "x-a = 1979-05-27 07:32:00",
        "x-a = { b = { c = [1, 2, ] }, d = {} }",
        "x-a = { b = [\n1, # { c = 1, }\n2,\n] }",
        "x-a = { b = \"\"\"\n}\n\"\"\", c = '''\n{\n''' }",
        "x-a = [\n{ b = 1 },\n{ b = 2 },\n]",
        'x-a = { "b}" = "}", \'c{\' = \'{\', d."e{".f = 1 }',
        "x-a = {}",
        'x-a = """a "quoted" end\\\n   of line {"""',
        'x-a = """"""" # one quote',
        "x-a = {b=1}\nx-c = '''{'''",
    ],
)
def test_valid_toml_1_0_that_looks_newer_is_read(text: str) -> None:
    assert toml.parse(f"{LONG}{text}\n").items() >= VALID.items()


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("a = 1\n'a' = 2\n", 2, "a"),
        ("a = [1]\na = [2]\n", 2, "a"),
        ("a = [{ x = 1 }]\nb = 1\na = [{ x = 1 }]\nc = 1\nc = 2\n", 3, "a"),
        ("a = 1\na.b = 2\n", 2, "a"),
        ("[a]\nb = 1\n[a.b]\nc = 1\n", 3, "b"),
        ("[t]\nx = 1\n[t.s]\ny = 1\nz.y = 1\nz.y = 2\n", 6, "y"),
        ("[[t]]\nx = 1\n[[t]]\nx = 1\n'x x' = 2\n'x x' = 3\n", 6, "x x"),
    ],
)
def test_a_key_that_is_there_twice_is_named(text: str, line: int, key: str) -> None:
    with pytest.raises(NotADocumentError) as caught:
        toml.parse(text)
    assert caught.value.problem.message == f'not TOML: the key "{key}" is there twice; keep one'
    assert text.count("\n", 0, caught.value.problem.offset) + 1 == line


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("name = 1\nname = 2", 2, 1),
        ("a = 1\r\nname = 1\r\nname = 2\r\n", 3, 1),
        ("[a]\n[a]\n", 2, 3),
        ("a.b = 1\na.b = 2", 2, 3),
        ("name", 1, 5),
        ("name = ", 1, 8),
        ('name = "abc', 1, 12),
        ("name = 'é🐍", 1, 10),
        ("a = 1 b = 2", 1, 7),
        ("a = 1\rb = 2", 1, 6),
        ('name = "a\0"', 1, 10),
        ("\0", 1, 1),
        ("a = 0123", 1, 6),
        ("a = 2024-13-01", 1, 9),
        ("a = tru", 1, 5),
        ('a = "\\q"', 1, 6),
    ],
)
def test_mistakes_are_reported_with_line_and_column(text: str, line: int, column: int) -> None:
    rule, found, at = _refused(text)
    assert (rule, found) == ("syntax-error", line)
    assert abs(at - column) <= 2, at


def test_a_byte_order_mark_is_named() -> None:
    with pytest.raises(NotADocumentError, match="starts with a byte order mark") as caught:
        toml.parse("\ufeff" + valid_toml())
    assert caught.value.problem.offset == 0


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a = " + "[" * 50_000 + "]" * 50_000,
        "a = " + "{a=" * 50_000,
        "a." * 50_000 + "a = 1",
        "[" + "a." * 50_000 + "a]",
    ],
)
def test_nesting_beyond_reason_is_refused(text: str) -> None:
    assert _refused(text)[0] == "syntax-error"


def test_an_empty_text_is_an_empty_table() -> None:
    assert toml.parse("") == {}


if sys.version_info >= (3, 11):
    import tomllib

    _PIECES = st.sampled_from(
        [
            *"{}[]=,.#\"'\\\n\r\t -+_:0123456789aeTxZ",
            *(
                "é",
                "🐍",
                "\u2028",
                "\x7f",
                "\x00",
                '"""',
                "'''",
                "\r\n",
                "\\e",
                "\\x41",
                "\\u00e9",
                "07:32",
                "07:32:00",
            ),
            *(
                "a = ",
                "b.c = ",
                '"q" = ',
                "[t]\n",
                "[[t]]\n",
                "{ b = 1 }",
                "{ b = 1, }",
                "{\n",
                ", }",
                "inf",
                "nan",
                "0x1f",
            ),
            *(
                "1979-05-27",
                "1979-05-27T07:32Z",
                "1979-05-27 07:32:00",
                "true",
                "'''\n{\n'''",
                '"{"',
                "# {",
                "1e5",
                "1_0",
            ),
            *('"""}"""', '"a\\tb"', "{a='}'}", '{a="{"}', "[\n1,\n2,\n]", "x = 1\n", "\\", "\\\n"),
        ]
    )
    _LINES = st.lists(
        st.sampled_from([text for text, _ in NEWER] + LONG.splitlines()[-12:])
        | st.builds("a{} = {}".format, st.integers(0, 30), st.lists(_PIECES, max_size=8).map("".join)),
        max_size=5,
    ).map("\n".join)

    @st.composite
    def _edited(draw: st.DrawFn) -> str:
        text = draw(_LINES)
        for _ in range(draw(st.integers(0, 3))):
            at = draw(st.integers(0, len(text)))
            text = text[:at] + draw(_PIECES | st.just("")) + text[at + draw(st.integers(0, 2)) :]
        return text

    def _read(read: Any, text: str, refusal: type[Exception]) -> str:
        """What a reader makes of a text, as text: NaN equals nothing."""
        try:
            return repr(read(text))
        except refusal:
            return "refused"

    @settings(max_examples=600)
    @given(_edited() | st.lists(_PIECES, max_size=12).map("".join))
    @example("a = { b = 1, # }\nc = 2 }")
    @example('a = { b = """x"}"y""",\n c = 1 }')
    def test_exactly_what_tomllib_reads_is_read(text: str) -> None:
        assert _read(toml.parse, text, NotADocumentError) == _read(tomllib.loads, text, tomllib.TOMLDecodeError)


def test_the_linter_tells_the_line() -> None:
    found = check_document(parse(LONG.replace('"pool"', '"poool"').encode(), "a.toml"))
    line = LONG[: LONG.index('"pool"')].count("\n") + 1
    assert [(diagnostic.rule, diagnostic.start) for diagnostic in found] == [("unknown-value", (line, 11))]

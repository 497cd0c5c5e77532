from __future__ import annotations

import json
from typing import Any

import pytest
import tomli_w
from hypothesis import example, given
from hypothesis import strategies as st

from parallel_stage.contract import document

NEWLINES = st.sampled_from(["\n", "\r\n"])
_PRINTABLE = st.characters(codec="utf-8", categories=["L", "N", "P", "S"])
_WORDS = st.text(_PRINTABLE | st.sampled_from(" #'\""), max_size=6)
_COMMENTS = _WORDS.map("# {}".format)
_TEXTS = _WORDS | st.sampled_from(["# a", "a # b", "a\n# b", '"""\n# a\n"""', "'''", "🐍 # é", "\\", "\n\n"])


def _found(text: str, path: str) -> list[str]:
    """The comments of a text that is read under this name."""
    parsed = document.parse(text.encode(), path)
    return [text[slice(*span)] for span in parsed.format.comments(text)]


def _spans(text: str, path: str) -> list[tuple[int, int]]:
    return list(document.parse(text.encode(), path).format.comments(text))


class _Written:
    """A text as it is written, and the spans of the comments that were written into it."""

    def __init__(self, newline: str) -> None:
        self.newline = newline
        self.text = ""
        self.spans: list[tuple[int, int]] = []

    def add(self, text: str) -> None:
        self.text += text.replace("\n", self.newline)

    def comment(self, text: str | None, before: str = "") -> None:
        if text is not None:
            start = len(self.text) + len(before)
            self.spans.append((start, start + len(text)))
            self.add(before + text)


def _toml_entry(written: _Written, key: str, value: Any, multiline: bool) -> None:  # noqa: FBT001
    written.add(tomli_w.dumps({key: value}, multiline_strings=multiline).rstrip("\n"))


_TOML_VALUES = _TEXTS | st.lists(_TEXTS, max_size=3) | st.integers(0, 9)
_NEARBY = st.tuples(st.none() | _COMMENTS, st.none() | _COMMENTS)


@given(st.dictionaries(_WORDS, st.tuples(_TOML_VALUES, _NEARBY, st.booleans()), max_size=4), NEWLINES)
@example({"é🐍": ("a\n# b", ("# 🐍", "# é"), True), "#": ("", (None, "#"), False)}, "\r\n")
def test_toml(entries: dict[str, tuple[Any, tuple[str | None, str | None], bool]], newline: str) -> None:
    written = _Written(newline)
    for key, (value, (above, behind), multiline) in entries.items():
        written.comment(above)
        written.add("\n")
        _toml_entry(written, key, value, multiline)
        written.comment(behind, "  ")
        written.add("\n")
    assert _spans(written.text, "a.toml") == written.spans


def test_toml_comments_stand_between_all_parts() -> None:
    text = (
        "# a\n[t] # b\nx = [ # c\n  1, # d\n  # e\n] # f\n[[u]]# g\ns = \"\"\"\n# no\n\"\"\"\nl = '''\n# no''' # h\n"
        "'k # no' = 1#i\n\"k2 # no\".b = { c = '# no' } # j\n#\n# k"
    )
    assert _found(text, "a.toml") == [*(f"# {name}" for name in "abcdefgh"), "#i", "# j", "#", "# k"]


def test_toml_nested_without_end_is_no_trouble() -> None:
    text = f"x = {'[' * 200}1{']' * 200} # a"
    assert _found(text, "a.toml") == ["# a"]


_INDENTED = st.lists(st.sampled_from(["# no", "a # no", "é🐍", "", "  # no"]), max_size=3)
_HEADS = st.sampled_from(["|", ">", "|-", ">+", "|2", "|2-", ">-2"])
_FLAT = st.one_of(
    _TEXTS.map(lambda text: json.dumps(text, ensure_ascii=False)),
    _WORDS.map(lambda text: "'{}'".format(text.replace("'", "''"))),
    st.sampled_from(["a#b", "http://a#b", "&a#b c", "!!str a", "[1, 'a # no']", "{a: '# no'}", "", "a\n  b#c"]),
)


@given(st.lists(st.tuples(_FLAT | st.tuples(_HEADS, _INDENTED), _NEARBY), max_size=5), NEWLINES)
@example([(("|2", ["# no", "", "a # no"]), ("# 🐍", "# é")), ("'a # b'", (None, "#"))], "\r\n")
def test_yaml(
    entries: list[tuple[str | tuple[str, list[str]], tuple[str | None, str | None]]],
    newline: str,
) -> None:
    written = _Written(newline)
    for number, (value, (above, behind)) in enumerate(entries):
        written.comment(above)
        written.add(f"\nk{number}: ")
        flat, below = (value, []) if isinstance(value, str) else value
        written.add(flat)
        written.comment(behind, "  ")
        written.add("".join(f"\n  {line}" for line in ["a", *below]) if below else "")
        written.add("\n")
    assert _spans(written.text, "a.yaml") == written.spans


@pytest.mark.parametrize(
    ("text", "comments"),
    [
        ("\ufeff# a\nb: 1 # c\n", ["# a", "# c"]),
        ("%YAML 1.1 # a\n--- # b\nc: [d, # e\n  f] # g\n... # h\n# i", ["# a", "# b", "# e", "# g", "# h", "# i"]),
        ("a: |+ # b\n  # no\n\n # c\n# d\n", ["# b", "# c", "# d"]),
        ("a: &x#y # b\n  c\n", ["# b"]),
        ("? a # b\n: c # d\n", ["# b", "# d"]),
        ("- a # b\n-\n  # c\n  - d\n", ["# b", "# c"]),
        ("# a\r# b\nc: 1", ["# a", "# b"]),
        ("'a # no': \"b\n  # no\" # c", ["# c"]),
        ("a:\t1\t# b\n\t# c\n", ["# b", "# c"]),
        ("# nothing else", ["# nothing else"]),
        ("a: &b 1\nc: &b 2\nd: *b # e", ["# e"]),
    ],
)
def test_yaml_comments_stand_between_all_parts(text: str, comments: list[str]) -> None:
    assert _found(text, "a.yaml") == comments


def test_json_has_no_comments() -> None:
    assert _spans('{"# a": "# b",\n"// c": ["/* d */"]}', "a.json") == []

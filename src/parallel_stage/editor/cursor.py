"""The cursor's place in a contract, from the text before it, which need not parse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract.text import Span

if TYPE_CHECKING:
    from parallel_stage.contract.text import Route

# In YAML, a colon at the end of the text is a part of a function reference, so far.
_SEPARATORS = {"toml": "=", "yaml": r":(?=[ \t\"'{\[])", "json": ":"}
_STRING = r"""(?P<string>"(?:[^"\\\n]|\\.)*(?P<double>")?|'[^'\n]*(?P<single>')?)"""
_TOKENS = {
    language: re.compile(
        rf"""{_STRING}|(?P<sign>[{{}}\[\],]|{separator})|(?P<bare>(?:(?!{separator})[^\s"'{{}}\[\],])+)"""
    )
    for language, separator in _SEPARATORS.items()
}
_HEADER = re.compile(r"^[ \t]*\[[ \t]*([\w.-]*)", re.MULTILINE)
_YAML_KEY = re.compile(r""" *["']?([\w$-]+)["']? *:\s*(?:#.*)?$""")
_WORD = re.compile(r"[\w./:*$-]*")


class Cursor(NamedTuple):
    """A cursor in a contract.

    Attributes:
        table: The route of the table around it; None inside a list.
        key: The key whose value is being written; None where a key is being written.
        span: The span of what is written already, without quotes.
        quote: The opening quote; empty where there is none.
        closed: Whether the closing quote is there.
        header: Whether the name of a table is being written, between TOML's brackets.
    """

    table: Route | None
    key: str | None
    span: Span
    quote: str = ""
    closed: bool = False
    header: bool = False


class _Level(NamedTuple):
    """A table, and the route from it to the value that is being written; no table inside a list."""

    table: Route | None
    behind: tuple[str, ...] = ()


def cursor(language: str, text: str, offset: int) -> Cursor | None:
    """Return the cursor at an offset of a text; None in a comment, or after a closed quote."""
    line = text.rfind("\n", 0, offset) + 1
    if language == "json":
        return _within(language, text, Span(0, offset), None)
    if language == "yaml":
        return _within(language, text, Span(line, offset), _yaml_table(text, Span(line, offset)))
    header = _HEADER.match(text, line)
    if header and header.start(1) <= offset <= header.end():
        return Cursor((), None, Span(*header.span(1)), header=True)
    return _within(language, text, Span(line, offset), _toml_table(text, line))


def _toml_table(text: str, line: int) -> Route:
    """Return the table of the last header before a line."""
    *_, last = "", *(found[1] for found in _HEADER.finditer(text, 0, line))
    return tuple(last.split(".")) if last else ()


def _yaml_table(text: str, before: Span) -> Route:
    """Return the tables around a line, by its indentation up to the cursor."""
    indent = _indent(text[slice(*before)])
    route: Route = ()
    for line in reversed(text[: before.start].splitlines()):
        if not line.partition("#")[0].strip() or _indent(line) >= indent:
            continue
        found = _YAML_KEY.match(line)
        if not found:  # a line that holds no table
            break
        indent, route = _indent(line), (found[1], *route)
    return route


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _within(language: str, text: str, before: Span, table: Route | None) -> Cursor | None:
    """Follow keys, braces and brackets from the start of a line in a table.

    In JSON, from the start of the text.
    """
    levels = [_Level(table)]
    last = ""
    end = text.find("\n", before.stop)
    for token in _TOKENS[language].finditer(text, before.start, end if end >= 0 else len(text)):
        if token.start() >= before.stop:
            break
        if token.lastgroup == "bare" and language != "json" and token[0].startswith("#"):
            return None
        if token.lastgroup != "sign" and before.stop <= token.end():
            return _inside(language, levels[-1], token, before.stop)
        if token.lastgroup == "sign":
            _follow(levels, token[0], _parts(language, last))
        last = token[0]
    return _placed(levels[-1], Span(before.stop, before.stop))


def _parts(language: str, key: str) -> tuple[str, ...]:
    """Split a key as it is written: in TOML, a bare key may have several parts."""
    return tuple(key.split(".")) if language == "toml" and key[:1] not in ("'", '"') else (key.strip("'\""),)


def _follow(levels: list[_Level], sign: str, key: tuple[str, ...]) -> None:
    """Enter or leave a table or list, or turn from a key to its value, or from a value to the next key."""
    level, is_outermost = levels[-1], len(levels) == 1
    if sign == "{":
        is_root = is_outermost and level.table is None
        inside = () if is_root else None if level.table is None else (*level.table, *level.behind)
        levels.append(_Level(inside))
    elif sign == "[":
        levels.append(_Level(None))
    elif sign in "}]":
        del levels[1 if is_outermost else -1 :]
    elif sign != ",":
        levels[-1] = level._replace(behind=key)
    elif not is_outermost:
        levels[-1] = level._replace(behind=())


def _inside(language: str, level: _Level, token: re.Match[str], offset: int) -> Cursor | None:
    """Return the cursor in a word or a quoted text, or just after a word."""
    start, stop = token.span()
    if token.lastgroup == "bare":
        return (
            _in_key(level, token, offset)
            if language == "toml" and not level.behind
            else _placed(level, Span(start, stop))
        )
    closed = bool(token["double"] or token["single"])
    if closed and offset == stop:
        return None
    # After a quote that nothing closes, only the word at the cursor counts.
    word = _WORD.match(text := token.string, offset)
    stop = stop - 1 if closed else word.end() if word else offset
    return _placed(level, Span(start + 1, stop))._replace(quote=text[start], closed=closed)


def _in_key(level: _Level, token: re.Match[str], offset: int) -> Cursor:
    """Return the cursor in one of the parts of a key, between dots."""
    start, stop = token.span()
    *parents, written = token[0][: offset - start].split(".")
    dot = token.string.find(".", offset, stop)
    table = None if level.table is None else (*level.table, *parents)
    return Cursor(table, None, Span(offset - len(written), dot if dot >= 0 else stop))


def _placed(level: _Level, span: Span) -> Cursor:
    if level.table is None or not level.behind:
        return Cursor(level.table, None, span)
    *parents, key = level.behind
    return Cursor((*level.table, *parents), key, span)

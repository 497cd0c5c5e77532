"""TOML: tomli for the data, tree-sitter for places.

tomli reads TOML 1.1 too, which readers of 1.0 refuse; tree-sitter's grammar is that of 1.0, so what only tomli
understands is reported as `toml-version`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import tomli

from parallel_stage.contract.formats import TOO_LONG, refuse_excess
from parallel_stage.contract.problem import NotADocumentError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.contract.formats import FoundPlace

# What TOML 1.1 added: \e and \x, times without seconds, newlines and a last comma in inline tables.
# Each pattern starts with the character that is rarest, which the engine searches for first.
_ESCAPES = ("\\e", "\\x")
_SHORT_TIME = r":(?<=\d\d:)\d\d(?!:)"
_PLAIN_INLINE_TABLE = r"""\{(?:[^{}\n"'#]|"[^"\\\n{}]*"(?!")|'[^'\n{}]*'(?!'))*\}"""
_LAST_COMMA = r",\s*\}"


def parse(text: str, most: int | None = None) -> Any:
    """The data in a TOML text; see `formats.Format`. What parses only as TOML 1.1 is a mistake too."""
    if text.startswith("\ufeff"):
        message = "the file starts with a byte order mark, which TOML does not allow; save it as UTF-8 without BOM"
        raise NotADocumentError(Problem("syntax-error", message, offset=0), text)
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        offset = _offset(text, error.lineno, error.colno)
        raise NotADocumentError(Problem("syntax-error", f"not TOML: {error.msg}", offset=offset), text) from None
    except RecursionError:
        raise NotADocumentError(
            Problem("syntax-error", "arrays or tables are nested too deep", offset=0), text
        ) from None
    except ValueError:  # Python's own limit on digits
        raise NotADocumentError(Problem("syntax-error", f"not TOML: {TOO_LONG}", offset=0), text) from None
    if _maybe_newer(text):
        _refuse_newer(text)
    refuse_excess(data, most, text)
    return data


def places(text: str) -> Iterator[FoundPlace]:
    """Every route of a TOML text with the spans of its key and value; see `formats.Format`."""
    from parallel_stage.contract.formats import toml_places

    return toml_places.places(text)


def comments(text: str) -> Iterator[tuple[int, int]]:
    """The span of every comment; see `formats.Format`."""
    from parallel_stage.contract.formats import trees

    tree = trees.parse("toml", text)
    return (tree.span(node) for node in trees.nodes(tree.root) if node.type == "comment")


def _offset(text: str, line: int, column: int) -> int:
    """The code point at a line and column, both from 1; tomli counts lines after turning CRLF into LF."""
    start = 0
    for _ in range(line - 1):
        start = text.index("\n", start) + 1
    return min(start + column - 1, len(text))


def _maybe_newer(text: str) -> bool:
    """False only where no syntax of TOML 1.1 can be in the text; cheap, since every valid file asks."""
    # Expressions are compiled where they are needed, which takes longer than reading a contract.
    if any(escape in text for escape in _ESCAPES):
        return True
    if any(before[-1:].isdigit() for before in text.split(":")) and re.search(_SHORT_TIME, text):
        return True
    return "{" in text and bool(re.search(_LAST_COMMA, text) or "{" in re.sub(_PLAIN_INLINE_TABLE, "", text))


def _refuse_newer(text: str) -> None:
    from parallel_stage.contract.formats import trees

    tree = trees.parse("toml", text)
    if tree.root.has_error:
        start = tree.span(trees.first_error(tree.root))[0]
        message = (
            "this is TOML 1.1 (such as a newline or a last comma inside { }, \\e, \\x, or a time without seconds); "
            "readers of TOML 1.0, AGILAB's among them, cannot read it: write it as TOML 1.0"
        )
        raise NotADocumentError(Problem("toml-version", message, offset=start), text)

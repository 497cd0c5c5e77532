"""YAML 1.2: ruamel.yaml's safe loader for the data, its nodes for the spans, its tokens for the comments."""

from __future__ import annotations

import re
import warnings

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLWarning
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode
from ruamel.yaml.scanner import Scanner
from ruamel.yaml.tokens import ScalarToken

from parallel_stage.contract.formats import DEEPEST, TOO_LONG, refuse_excess
from parallel_stage.contract.formats.yaml_limits import PlainConstructor, RefusedError, StrictComposer
from parallel_stage.contract.problem import NotADocumentError, Problem
from parallel_stage.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from parallel_stage.contract.formats import EntrySpans
    from parallel_stage.contract.text import Route

_COMMENT = re.compile("#[^\0\n\r\x85\u2028\u2029]*")
_BLANK_LINE = re.compile("[ \t]*[#\0\n\r\x85\u2028\u2029]")
_HEAD = re.compile(r"[|>][-+0-9]*[ \t]*")
"""The start of a block scalar: a comment may follow on the line, and the text is below."""
_DEEPEST_BRACKETS = 250
"""A few less than the reader has stack for; its scanner looks at all open brackets for every token."""


class _Scanner(Scanner):
    """Takes a tab between tokens as white space, as YAML 1.2 does and ruamel.yaml does in brackets only."""

    def fetch_flow_collection_start(self, token: Any, to_push: str) -> None:
        """Open a bracket. Raise RecursionError for one too many."""
        if self.flow_level >= _DEEPEST_BRACKETS:
            raise RecursionError
        super().fetch_flow_collection_start(token, to_push)

    def scan_to_next_token(self) -> Any:
        """Skip white space and comments. After a tab no block begins: a tab is no indentation."""
        super().scan_to_next_token()
        while self.reader.peek() == "\t" and not self._is_indentation():
            while self.reader.peek() in " \t":
                self.reader.forward()
            self.allow_simple_key = False  # until the next line
            super().scan_to_next_token()

    def _is_indentation(self) -> bool:
        """Whether only blanks stand before the next character, and something after the white space there."""
        text, here = self.reader.buffer, self.reader.pointer
        if text[here - self.reader.column : here].strip(" "):
            return False
        return _BLANK_LINE.match(text, here) is None


def parse(text: str, most: int | None = None) -> Any:
    """Return the data in a YAML text; see `formats.Format`.

    A second document, a repeated key, a key that is not text, a tag that constructs anything but plain data,
    and aliases that expand beyond reason are mistakes, too.
    """
    try:
        data = _read(text, "load", most)
    except RefusedError as error:
        raise _syntax_error(text, str(error), error.offset) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = mark.index if mark is not None else 0
        raise _syntax_error(text, f"not YAML: {error.problem or error.context}", offset) from None
    except RecursionError:
        raise _syntax_error(text, "lists or mappings are nested too deep", 0) from None
    except YAMLError as error:
        first_line = str(error).partition("\n")[0]
        raise _syntax_error(text, f"not YAML: {first_line}", getattr(error, "position", 0)) from None
    except (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, AssertionError) as error:
        # The loader raises plain Python errors for odd values.
        if "integer string conversion" in str(error):  # Python's own limit on digits
            raise _syntax_error(text, f"not YAML: {TOO_LONG}", 0) from None
        reason = str(error).partition(";")[0]
        raise _syntax_error(text, f"not YAML: a value is not what its form or tag says: {reason}", 0) from None
    refuse_excess(data, most, text)
    return data


def entries(text: str) -> Iterator[EntrySpans]:
    """Yield every route of a YAML text with the spans of its key and value; see `formats.Format`."""
    try:
        root = _read(text, "compose")
    except (YAMLError, RecursionError, ValueError, RefusedError):
        return
    if root is not None:
        yield from _value(root, ())


def comments(text: str) -> Iterator[tuple[int, int]]:
    """Yield the span of every comment; see `formats.Format`."""
    stop = 0
    for token in _loader().scan(text):
        start = token.start_mark.index
        yield from (found.span() for found in _COMMENT.finditer(text, stop, start))
        head = _HEAD.match(text, start) if isinstance(token, ScalarToken) and token.style in ("|", ">") else None
        comment = _COMMENT.match(text, head.end()) if head else None
        if comment:
            yield comment.span()
        stop = token.end_mark.index


def _read(text: str, method: str, most: int | None = None) -> Any:
    yaml = _loader()
    yaml.Composer = StrictComposer
    yaml.Constructor = PlainConstructor
    yaml.composer.most = most
    with warnings.catch_warnings():  # such as for an anchor used twice, which YAML 1.2 allows
        warnings.simplefilter("ignore", YAMLWarning)
        return getattr(yaml, method)(text)


def _loader() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = _Scanner
    return yaml


def _value(node: Node, route: Route) -> Iterator[EntrySpans]:
    if len(route) > DEEPEST:
        return
    if isinstance(node, MappingNode):
        for key, value in node.value:
            inner = (*route, key.value)
            yield inner, _span(key), _span(value)
            yield from _value(value, inner)
    elif isinstance(node, SequenceNode):
        for index, element in enumerate(node.value):
            yield (*route, index), _span(element), _span(element)
            yield from _value(element, (*route, index))


def _span(node: Node) -> tuple[int, int]:
    return node.start_mark.index, node.end_mark.index


def _syntax_error(text: str, message: str, offset: int) -> NotADocumentError:
    return NotADocumentError(Problem("syntax-error", message, offset=offset), text)

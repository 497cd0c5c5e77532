"""Contracts in Markdown: fenced code blocks that hold one, or say that they do."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.contract import document as documents
from parallel_stage.contract import formats
from parallel_stage.contract.edits import apply_edits
from parallel_stage.contract.fences import blocks
from parallel_stage.contract.problem import NotADocumentError, Problem
from parallel_stage.contract.schema import CONTRACT
from parallel_stage.contract.text import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_stage.contract.document import Document
    from parallel_stage.contract.fences import Block
    from parallel_stage.contract.text import Edit

CHECKED, UNCHECKED = "parallel-stage", "no-parallel-stage"
"""The words behind a fence of a contract, whatever is in it, and of what looks like one and is not to be checked."""

_LANGUAGES = {suffix[1:]: name for suffix, name in formats.SUFFIXES.items()}
_SCHEMA = re.compile(
    rf"""(?:^[ \t]*|[{{,]\s*)["']?schema["']?\s*[=:]\s*["']?{re.escape(CONTRACT)}(?![\w.])""", re.MULTILINE
)


class FencedContract(NamedTuple):
    """A contract in a Markdown file.

    Attributes:
        block: Its fenced code block.
        document: Its data and text; or the error that says why there is no data.
    """

    block: Block
    document: Document | NotADocumentError


class Markdown:
    """A Markdown file.

    Attributes:
        path: As the caller named it.
        text: The file's content.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    @cached_property
    def lines(self) -> Lines:
        """The text's lines."""
        return Lines(self.text)

    @cached_property
    def contracts(self) -> list[FencedContract]:
        """The contracts in the file, in the order of the text."""
        return list(_contracts(self.path, self.text)) if _may_hold_contracts(self.text) else []

    def with_edits(self, index: int, edits: Sequence[Edit]) -> Markdown:
        """Return the file with edits of one of its contracts, given by its index in `contracts`.

        Raises:
            NotADocumentError: Where that contract would not be what the edits make of it, or no contract; or
                another one would change.
        """
        before = [contract.block.text for contract in self.contracts]
        block = self.contracts[index].block
        after = Markdown(self.path, apply_edits(self.text, list(map(block.edit, edits))))
        wanted = [*before[:index], apply_edits(block.text, edits), *before[index + 1 :]]
        texts = [contract.block.text for contract in after.contracts]
        if list(map(_with_lf, texts)) != list(map(_with_lf, wanted)):
            raise NotADocumentError(Problem("syntax-error", "the block cannot hold the text"), after.text)
        changed = after.contracts[index].document
        if isinstance(changed, NotADocumentError):
            raise changed
        return after


def read(path: str, *, stdin: bool = False) -> Markdown:
    """Read a Markdown file, or standard input in its place.

    A file that certainly holds no contract may have any size and encoding; its text is empty then.

    Raises:
        NotADocumentError: Where it cannot be read, or holds a contract and is too large or not UTF-8.
    """
    content = documents.content_of_stdin(path) if stdin else documents.content_of(path, bounded=False)
    if not stdin and not _may_hold_contracts(content.decode("latin-1")):
        return Markdown(path, "")
    if len(content) > documents.SIZE_LIMIT:
        message = f"{path!r} has contracts in it and is larger than {documents.SIZE_LIMIT >> 20} MiB; split it"
        raise NotADocumentError(Problem("unreadable", message, offset=0))
    return Markdown(path, documents.decoded(content, path))


def _may_hold_contracts(text: str) -> bool:
    """Whether a text has the words without which nothing in it is checked; most Markdown has not."""
    return CONTRACT in text or CHECKED in text


def _contracts(path: str, text: str) -> Iterator[FencedContract]:
    for block in blocks(text):
        words = _words(block.info)
        is_checked = CHECKED in words
        if UNCHECKED in words or not (is_checked or _looks_like_contract(words, block.text)):
            continue
        document = _document(path, block, words)
        if is_checked or isinstance(document, NotADocumentError) or _names_schema(document.data):
            yield FencedContract(block, document)


def _words(info: str) -> list[str]:
    """Return the words behind a fence, the language first; also of `{.toml .parallel-stage}`, as Pandoc has it.

    Attributes such as `title="…"` and what follows them are no words.
    """
    found: list[str] = []
    for word in info.replace(",", " ").strip("{} \t").split():
        if "=" in word:
            break
        found.append(word.removeprefix("."))
    return found


def _looks_like_contract(words: Sequence[str], text: str) -> bool:
    """Whether a block in the language of a contract names the contract's schema, broken or not."""
    return bool(words) and words[0].lower() in _LANGUAGES and CONTRACT in text and _SCHEMA.search(text) is not None


def _names_schema(data: object) -> bool:
    return isinstance(data, dict) and data.get("schema") == CONTRACT


def _document(path: str, block: Block, words: Sequence[str]) -> Document | NotADocumentError:
    language = "toml" if words[0] == CHECKED else words[0].lower()
    if language not in _LANGUAGES:
        message = f"the block is said to be a contract in {language}; write toml, yaml or json before {CHECKED}"
        return NotADocumentError(Problem("syntax-error", message, offset=0), block.text)
    try:
        return documents.parse_text(block.text, path, formats.named(_LANGUAGES[language]))
    except NotADocumentError as error:
        return error


def _with_lf(text: str) -> str:
    return text.replace("\r\n", "\n")

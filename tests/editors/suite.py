"""What is asked of every engine behind a language server; an engine's own test class says where it differs, and why."""

from __future__ import annotations

import json
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract_documents import valid_documents
from editors.documents import EVERY_FIELD, MISTAKES, VALID, Format, fields, place
from editors.language_server import LanguageServer, Reported
from parallel_stage.cli.group import group
from support import data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

CLOSED = {".".join(route): (route, field) for route, field in fields() if "enum" in field}
DESCRIBED = {".".join(route): (route, field) for route, field in fields() if route != ("$schema",)}

_ORDINARY = st.characters(codec="utf-8", max_codepoint=0xFFFF, exclude_characters="\ufeff")
"""Without the characters that `VALID` has contracts of their own for."""


class Known(NamedTuple):
    """What an engine does not do as it should, and why; `reported` is what it says of a text instead."""

    reason: str
    reported: Callable[[str], list[Reported]]


class Editor:
    """A running server in a project that `parallel-stage schema --write` prepared; every text is a new file there."""

    def __init__(self, server: LanguageServer, root: Path, format_: Format) -> None:
        self.server = server
        self.format = format_
        self._paths = (root / "stages" / f"{number}.parallel_stage.{format_.suffix}" for number in count())

    def open(self, text: str) -> tuple[Path, list[Reported]]:
        """The path that a contract with this text has, and what is said of it."""
        path = next(self._paths)
        return path, self.server.diagnostics(path, text)


@contextmanager
def opened(
    command: Sequence[str], root: Path, format_: Format, offline: dict[str, Any] | None = None, rounds: int = 1
) -> Iterator[Editor]:
    """An editor with that server; what keeps the server from the network is set beside the project's own settings."""
    group.main(["schema", "--write", str(root)], standalone_mode=False)
    written = json.loads((root / ".vscode/settings.json").read_text(encoding="utf-8"))
    sections: dict[str, Any] = {name: dict(values) for name, values in (offline or {}).items()}
    for name, value in written.items():
        section, _, key = name.partition(".")
        sections.setdefault(section, {})[key] = value
    server = LanguageServer(command, root, sections, rounds)
    try:
        yield Editor(server, root, format_)
    finally:
        server.stop()


class EditorSuite:
    """The tests, for a class that is beside a fixture `editor`."""

    known: ClassVar[dict[str, Known]] = {}
    """By the names of `MISTAKES` and `VALID`."""
    explains_values: ClassVar[bool] = True
    """Whether a value of a closed set is shown with its own text."""

    @pytest.mark.parametrize("name", VALID)
    def test_a_valid_contract_is_left_alone(self, name: str, editor: Editor) -> None:
        text = editor.format.dump(VALID[name])
        known = self.known.get(name)
        assert editor.open(text)[1] == (known.reported(text) if known else []), known and known.reason

    def test_every_valid_contract_is_left_alone(self, editor: Editor) -> None:
        @settings(max_examples=20)
        @given(valid_documents(_ORDINARY))
        def alone(contract: dict[str, Any]) -> None:
            # Editors would look for a schema at this address.
            written = {name: value for name, value in contract.items() if name != "$schema"}
            assert editor.open(editor.format.dump(written))[1] == []

        alone()

    @pytest.mark.parametrize("name", MISTAKES)
    def test_a_mistake_is_reported_where_it_is(self, name: str, editor: Editor) -> None:
        changes, route, words = MISTAKES[name]
        text = editor.format.dump(data(**changes))
        _, reported = editor.open(text)
        if name in self.known:
            assert reported == self.known[name].reported(text), self.known[name].reason
            return
        assert [line for line, _ in reported] == [place(text, route).line]
        assert all(word in reported[0].message.lower() for word in words), reported[0].message

    def test_the_keys_of_a_contract_are_offered(self, editor: Editor) -> None:
        first, *rest = editor.format.dump({"schema": "agilab.parallel_stage.v1", "x-last": 1}).splitlines()
        written = [first] if editor.format.suffix != "json" else [first, rest.pop(0)]
        gap, column = editor.format.gap
        path, _ = editor.open("\n".join([*written, gap, *rest, ""]))
        labels = editor.server.completions(path, len(written), column)
        offered = {label.strip("\"'") for label in labels}
        assert {route[0] for route, _ in fields()} - {"schema"} <= offered

    @pytest.mark.parametrize("name", CLOSED)
    def test_the_values_of_a_closed_set_are_offered(self, name: str, editor: Editor) -> None:
        route, field = CLOSED[name]
        contract = data()
        table = contract.setdefault(route[0], {"column": "day"}) if len(route) > 1 else contract
        table[route[-1]] = ""
        text = editor.format.dump(contract)
        where = place(text, route)
        path, _ = editor.open(text)
        offered = editor.server.completions(path, where.line, where.value + 1)
        texts = dict(zip(map(editor.format.spell, field["enum"]), field["enumDescriptions"], strict=True))
        assert set(offered) == set(texts)
        for value, description in texts.items():
            assert plain(description if self.explains_values else field["description"]) in plain(offered[value])

    @pytest.mark.parametrize("name", DESCRIBED)
    def test_a_key_is_explained(self, name: str, editor: Editor) -> None:
        route, field = DESCRIBED[name]
        text = editor.format.dump(EVERY_FIELD)
        where = place(text, route)
        path, _ = editor.open(text)
        assert plain(field["description"]) in plain(editor.server.hover(path, where.line, where.key + 1))

    @pytest.mark.parametrize("name", CLOSED)
    def test_a_value_is_explained(self, name: str, editor: Editor) -> None:
        route, field = CLOSED[name]
        value = EVERY_FIELD[route[0]] if len(route) == 1 else EVERY_FIELD[route[0]][route[1]]
        text = editor.format.dump(EVERY_FIELD)
        where = place(text, route)
        path, _ = editor.open(text)
        description = (
            field["enumDescriptions"][field["enum"].index(value)] if self.explains_values else field["description"]
        )
        assert plain(description) in plain(editor.server.hover(path, where.line, where.value + 1))


def at(message: str, *route: str) -> Callable[[str], list[Reported]]:
    """What `Known.reported` is where an engine says one thing, on the line of this route."""
    return lambda text: [Reported(place(text, route).line, message)]


def plain(markdown: str) -> str:
    """A text without the marks of Markdown that engines add."""
    return markdown.replace("`", "").replace("\\", "")

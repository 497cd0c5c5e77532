"""What taplo's linter and its language server do not do as they should: both are one engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from editors.documents import place
from editors.language_server import Reported
from editors.suite import Known, at
from parallel_stage.contract import schema

if TYPE_CHECKING:
    from collections.abc import Callable

PATTERN_SHOWN = "it shows the pattern, and has no keyword for a text in its place"
AT_EVERY_KEY = "what it finds in the root table it tells once for the document, and for each key and value"
AT_EVERY_KEY_OF_A_TABLE = "the linter does the same in a table"


def everywhere(message: str) -> Callable[[str], list[Reported]]:
    """Once at the first line, then twice on each line."""
    return lambda text: [
        Reported(0, message),
        *(Reported(line, message) for line in range(text.count("\n")) for _ in "kv"),
    ]


def throughout(message: str, table: str) -> Callable[[str], list[Reported]]:
    """Once at a table, then twice at the only entry that it has."""
    return lambda text: [Reported(place(text, (table,)).line + line, message) for line in (0, 1, 1)]


def required(key: str) -> str:
    """The message about a missing key."""
    return f'"{key}" is a required property'


def unexpected(key: str) -> str:
    """The message about an unknown key."""
    return f"Additional properties are not allowed ('{key}' was unexpected)"


KNOWN = {
    "missing key": Known(AT_EVERY_KEY, everywhere(required("backend"))),
    "unknown key": Known(AT_EVERY_KEY, everywhere(unexpected("nmae"))),
    "unknown key in a table": Known("it tells this at the table", at(unexpected("knid"), "input_format")),
    "no function name": Known(
        PATTERN_SHOWN, at(f'"process.py" does not match "{schema.field("function")["pattern"]}"', "function")
    ),
    "blank text": Known(PATTERN_SHOWN, at(r'" " does not match "\S"', "name")),
    "blank to ECMAScript": Known(
        "to ECMAScript U+FEFF is blank, to Python it is not", at('"\ufeff" does not match "\\S"', "name")
    ),
}
"""By the names of `MISTAKES` and `VALID`."""

KNOWN_OF_THE_LINTER = KNOWN | {
    "missing key in a table": Known(AT_EVERY_KEY_OF_A_TABLE, throughout(required("kind"), "partition_by")),
    "unknown key in a table": Known(AT_EVERY_KEY_OF_A_TABLE, throughout(unexpected("knid"), "input_format")),
}

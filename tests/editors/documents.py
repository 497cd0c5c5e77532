"""The contracts that are shown to every engine: valid ones, and each mistake with its place and message."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import tomli_w
from ruamel.yaml import YAML

from parallel_stage.contract import schema
from support import data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Route = tuple[str, ...]


class Mistake(NamedTuple):
    """What is changed in a valid contract, the route whose line is the right one, and what a message has to name."""

    changes: dict[str, Any]
    route: Route
    words: tuple[str, ...]


MISTAKES = {
    "missing key": Mistake({"backend": None}, (), ("backend",)),
    "missing key in a table": Mistake({"partition_by": {"column": "carrier"}}, ("partition_by",), ("kind",)),
    "unknown key": Mistake({"nmae": "x"}, ("nmae",), ("nmae",)),
    "unknown key in a table": Mistake({"input_format": {"knid": "csv"}}, ("input_format", "knid"), ("knid",)),
    "wrong enum": Mistake({"split": "filez"}, ("split",), schema.choices("split")),
    "wrong enum in a table": Mistake(
        {"input_format": {"kind": "csvv"}}, ("input_format", "kind"), schema.choices("input_format.kind")
    ),
    "another version": Mistake({"schema": "agilab.parallel_stage.v2"}, ("schema",), schema.choices("schema")),
    "workers = 0": Mistake({"workers": 0}, ("workers",), ("1",)),
    "workers = Auto": Mistake({"workers": "Auto"}, ("workers",), ("auto",)),
    "negative number": Mistake({"target_partitions": -1}, ("target_partitions",), ("0",)),
    "text for a number": Mistake({"target_partitions": "64"}, ("target_partitions",), ("integer",)),
    "boolean for a number": Mistake({"target_partitions": True}, ("target_partitions",), ("integer",)),
    "fraction for a number": Mistake({"target_partitions": 64.5}, ("target_partitions",), ("integer",)),
    "number for text": Mistake({"name": 7}, ("name",), ("string",)),
    "text for a boolean": Mistake({"input_format": {"header": "yes"}}, ("input_format", "header"), ("boolean",)),
    "no function name": Mistake({"function": "process.py"}, ("function",), ("module_or_path:function_name",)),
    "blank text": Mistake({"name": " "}, ("name",), ("blank",)),
    "two characters": Mistake({"input_format": {"delimiter": ";;"}}, ("input_format", "delimiter"), ("1",)),
}

EVERY_FIELD = data(
    split="data-partitions",
    input="flights.csv",
    reducer="custom",
    notes="Concatenated by day, newest first.",
    next_steps={
        "local_preview": "One day.",
        "workflow_stage": "After fetch.",
        "distributed_run": "In May.",
        "evidence": "The ledger.",
        "review": "Ask the team.",
    },
    reducer_function="my_pipeline.merge:merge_parts",
    partition_by={"column": "day", "kind": "date", "unit": "month"},
    input_format={
        "kind": "csv",
        "delimiter": ";",
        "quotechar": "'",
        "header": True,
        "head_lines": 1,
        "encoding": "latin-1",
        "splittable": True,
    },
    threads_per_worker=2,
)
"""A valid contract with all fields but `$schema`, whose values would be addresses to ask for."""

VALID = {
    "required fields": data(),
    "every field": EVERY_FIELD,
    "keys of other tools": data(**{"x-team": "flights", "x-tool": {"level": 3, "names": ["a", "b"]}}),
    "smallest numbers": data(workers=1, target_partitions=0, min_partitions_per_worker=1, threads_per_worker=1),
    "empty tables": data(input_format={}, next_steps={}),
    "beyond ASCII": data(name="retards – 遅延 ✈", input="données/*.csv"),
    "two units of UTF-16": data(input_format={"delimiter": "𝄀"}),
    "blank to ECMAScript": data(name="\ufeff"),
}


class Format(NamedTuple):
    """How contracts are written in one of the formats.

    Attributes:
        suffix: Of file names.
        dump: A contract's text.
        spell: A value of a closed set, as one writes it.
        gap: A line on which a key may be begun, and the column to begin at.
    """

    suffix: str
    dump: Callable[[dict[str, Any]], str]
    spell: Callable[[str], str]
    gap: tuple[str, int]


def _yaml(contract: dict[str, Any]) -> str:
    stream = io.StringIO()
    YAML().dump(contract, stream)
    return stream.getvalue()


TOML = Format("toml", tomli_w.dumps, json.dumps, ("", 0))
YAML_ = Format("yaml", _yaml, str, ("", 0))
JSON = Format("json", lambda contract: json.dumps(contract, indent=2, ensure_ascii=False), json.dumps, ('  "",', 3))


class Place(NamedTuple):
    """Where a key stands in a text: its line, and the columns at which key and value start; all from 0."""

    line: int
    key: int
    value: int


def place(text: str, route: Route) -> Place:
    """The place of a route's last key, in the text of a `Format`."""
    lines, found = text.splitlines(), Place(0, 0, 0)
    for name in route:
        head = re.compile(rf"^(\s*\[?[\"']?){re.escape(name)}[\"']?\s*[]=:]\s*")
        line = next(number for number in range(found.line, len(lines)) if head.match(lines[number]))
        match = head.match(lines[line])
        assert match
        found = Place(line, match.end(1), match.end())
    return found


def fields(node: dict[str, Any] | None = None, route: Route = ()) -> Iterator[tuple[Route, dict[str, Any]]]:
    """Every field of the contract with its schema."""
    for name, field in (node or schema.schema())["properties"].items():
        yield (*route, name), field
        if "properties" in field:
            yield from fields(field, (*route, name))

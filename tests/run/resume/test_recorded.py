from __future__ import annotations

import json
from dataclasses import replace

from parallel_stage.plan.partition import Identity, Input
from parallel_stage.run.resume.recorded import Recorded, events, record

FILE = Input("data/a.csv", 10, 1_000, Identity(1, 2, 3, (4, 5, 6), 1))
REPLACED = replace(FILE, identity=Identity(1, 7, 8, (4, 5, 6), 1))
LINKED = replace(FILE, identity=Identity(1, 2, 9, (4, 5, 6), 2))


def written(known: dict[str, Recorded], offset: int, *inputs: Input, host: str = "here") -> list[str]:
    """Write the events of a session, and read them back; the paths of the events."""
    found = json.loads(json.dumps(list(events(known, inputs, host))))
    for number, event in enumerate(found):
        record(known, event, host, offset + number)
    return [event["path"] for event in found]


def test_only_what_is_new_is_written() -> None:
    known: dict[str, Recorded] = {}
    other = replace(FILE, path="data/b.csv")
    assert written(known, 100, FILE, other) == ["data/a.csv", "data/b.csv"]
    assert known == {"data/a.csv": Recorded(FILE, "here", 100), "data/b.csv": Recorded(other, "here", 101)}
    assert known["data/a.csv"].item.identity == FILE.identity
    assert written(known, 200, FILE, other) == []
    assert written(known, 300, FILE) == ["data/b.csv"]
    assert list(known) == ["data/a.csv"]


def test_a_file_is_the_same_since_it_changed_last() -> None:
    known: dict[str, Recorded] = {}
    since = []
    for offset, item in enumerate((FILE, LINKED, REPLACED, REPLACED, replace(REPLACED, size=11)), start=1):
        written(known, offset * 100, item)
        since.append(known["data/a.csv"].since)
    assert since == [100, 100, 300, 300, 500]


def test_a_file_that_comes_back_is_new() -> None:
    known: dict[str, Recorded] = {}
    written(known, 100, FILE)
    written(known, 200)
    written(known, 300, FILE)
    assert known["data/a.csv"].since == 300


def test_on_another_host_a_file_is_written_again_and_the_same() -> None:
    known: dict[str, Recorded] = {}
    written(known, 100, FILE)
    assert written(known, 200, REPLACED, host="there") == ["data/a.csv"]
    assert known["data/a.csv"] == Recorded(REPLACED, "there", 100)
    assert not known["data/a.csv"].is_same(FILE, "there")
    assert known["data/a.csv"].is_same(FILE, "here")

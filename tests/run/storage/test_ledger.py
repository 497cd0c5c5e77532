from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.run.batching import MOST
from parallel_stage.run.storage import ledger
from parallel_stage.run.task import Failure, Row, TaskReceipt

if TYPE_CHECKING:
    from pathlib import Path


def receipt(*indices: int, **other: object) -> TaskReceipt:
    """The receipt of a task with such partitions, the first of which has other fields."""
    rows = [Row(index, f"{index:016x}", 3 * index, 3, 0, "0" * 32, 1, 4, 0.25) for index in indices]
    return TaskReceipt(1, "parts/00000000.part", ".json", "h", 7, 9, 1.5, rows, {0: other} if other else {})


def test_receipts_come_back_in_the_order_that_is_requested(tmp_path: Path) -> None:
    with ledger.open_ledger(tmp_path / "ledger.jsonl") as book:
        late = book.append_task(receipt(2, 3))
        early = book.append_task(receipt(0, 1))
        assert [found.index for found in book.receipts([*early, *late])] == [0, 1, 2, 3]
        assert [found.index for found in book.receipts([late[1], early[1], late[0]])] == [3, 1, 2]


def test_receipts_end_at_a_place_that_has_none(tmp_path: Path) -> None:
    with ledger.open_ledger(tmp_path / "ledger.jsonl") as book:
        book.append({"event": "started"})
        places = book.append_task(receipt(0, 1))
        for nowhere in (0, places.stop, places.start - 1):
            assert [found.index for found in book.receipts([places[0], nowhere, places[1]])] == [0]


def test_a_task_of_the_most_partitions_has_a_place_for_each(tmp_path: Path) -> None:
    with ledger.open_ledger(tmp_path / "ledger.jsonl") as book:
        first, second = book.append_task(receipt(*range(MOST))), book.append_task(receipt(MOST))
        assert not {*first} & {*second}
        assert [found.index for found in book.receipts([*first, *second])] == list(range(MOST + 1))
        ((offset, event), _) = ledger.located(tmp_path / "ledger.jsonl")
        assert [place for _, _, place in ledger.places_of(event, offset)] == [*first]


def test_what_few_partitions_have_is_in_their_receipts_alone(tmp_path: Path) -> None:
    failure = Failure("function", "Error", "no")
    with ledger.open_ledger(tmp_path / "ledger.jsonl") as book:
        places = book.append_task(receipt(4, 5, failure=failure, part="", log="logs/4.log", key="a"))
        first, second = book.receipts(places)
        ((offset, event),) = ledger.located(tmp_path / "ledger.jsonl")
    assert (first.failure, first.part, first.log, first.key) == (failure, "", "logs/4.log", "a")
    assert (second.failure, second.part, second.log, second.key) == (None, "parts/00000000.part", "", None)
    assert (second.host, second.pid, second.suffix, second.started) == ("h", 7, ".json", 1.504)
    assert [*ledger.places_of(event, offset)] == [(5, f"{5:016x}", places[1])]


@given(st.text(), st.text())
def test_a_receipt_survives_the_ledger(message: str, name: str) -> None:
    sent = receipt(5, 6, failure=Failure("function", "Error", message, name))
    assert TaskReceipt.from_dict(json.loads(json.dumps(sent.to_dict()))) == sent


def test_a_torn_last_line_did_not_happen(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with ledger.open_ledger(path) as book:
        book.append({"event": "started"}, receipt(0).to_dict())
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert len(list(ledger.read(path))) == whole[:length].count(b"\n")


def test_what_follows_a_torn_line_is_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with ledger.open_ledger(path) as book:
        book.append({"event": "started"}, {"event": "x" * 200_000})
    whole = path.read_bytes()
    for length in (*range(25), 70_000, len(whole) - 1, len(whole)):
        path.write_bytes(whole[:length])
        with ledger.open_ledger(path) as book:
            book.append({"event": "more"})
        events = list(ledger.located(path))
        assert [event["event"] for _, event in events][whole[:length].count(b"\n") :] == ["more"]
        assert path.read_bytes()[events[-1][0] :] == b'{"event":"more"}\n'


def test_lines_that_a_dying_machine_has_left_are_no_events(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b'{"event":"started"}\n\0\0\0\n[1]\n{"other":1}\n{"event":"ended"}\n')
    assert [(offset, event["event"]) for offset, event in ledger.located(path)] == [(0, "started"), (40, "ended")]


def test_what_was_appended_can_be_read_at_once(tmp_path: Path) -> None:
    with ledger.open_ledger(tmp_path / "ledger.jsonl") as book:
        book.append({"event": "one"})
        assert [event["event"] for event in ledger.read(tmp_path / "ledger.jsonl")] == ["one"]


def test_a_lone_surrogate_in_a_message_does_not_break_the_ledger(tmp_path: Path) -> None:
    with ledger.open_ledger(tmp_path / "ledger.jsonl") as book:
        places = book.append_task(receipt(0, failure=Failure("function", "E", "\ud800")))
        (found,) = book.receipts(places)
    assert found.failure == Failure("function", "E", "\ud800")

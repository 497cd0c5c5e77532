from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.run.storage import ledger
from parallel_stage.run.task import Failure, Receipt

if TYPE_CHECKING:
    from pathlib import Path


def receipt(index: int, failure: Failure | None = None) -> Receipt:
    return Receipt(
        index,
        f"{index:016x}",
        1,
        "parts/00000000.part",
        0,
        3,
        0,
        ".json",
        "0" * 32,
        1,
        1.5,
        0.25,
        9,
        "h",
        7,
        "",
        failure,
    )


def test_receipts_come_back_in_the_order_that_is_requested(tmp_path: Path) -> None:
    with ledger.open_ledger(tmp_path / "ledger.jsonl") as book:
        late = book.append(*(receipt(index).to_dict() for index in (2, 3)))
        early = book.append(*(receipt(index).to_dict() for index in (0, 1)))
        assert [found.index for found in book.receipts([*early, *late])] == [0, 1, 2, 3]


@given(st.text(), st.text())
def test_a_receipt_survives_the_ledger(message: str, name: str) -> None:
    sent = receipt(5, Failure("function", "Error", message, name))
    assert Receipt.from_dict(sent.to_dict()) == sent


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
            (offset,) = book.append({"event": "more"})
        events = list(ledger.located(path))
        assert [event["event"] for _, event in events][whole[:length].count(b"\n") :] == ["more"]
        assert events[-1][0] == offset


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
        offsets = book.append(receipt(0, Failure("function", "E", "\ud800")).to_dict())
        (found,) = book.receipts(offsets)
    assert found.failure == Failure("function", "E", "\ud800")

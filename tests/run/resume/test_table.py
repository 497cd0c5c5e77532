from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.run.resume.table import IdTable, ReceiptTable

IDS = st.integers(0, 2**64 - 1) | st.integers(0, 5) | st.integers(0, 5).map(lambda n: n * 1024)


@given(st.lists(IDS), st.sets(st.integers(0, 50)))
def test_an_id_gives_its_positions_once_the_last_first(ids: list[int], skipped: set[int]) -> None:
    table = IdTable()
    for number in ids:
        table.add(number)
    skip = bytearray(position in skipped for position in range(len(ids)))
    for number in sorted(set(ids)):
        assert number in table
        expected = [position for position, each in enumerate(ids) if each == number and position not in skipped]
        assert list(table.pop(number, skip)) == expected[::-1]
        assert number not in table
    assert 7 not in IdTable()


def test_a_table_that_grows_keeps_all() -> None:
    table = IdTable()
    for number in range(10_000):
        table.add(number * 0x9E3779B97F4A7C15 % 2**64)
    assert all(table[number] in table for number in range(10_000))
    assert len(table) == 10_000


def hexadecimal(number: int) -> str:
    return f"{number:016x}"


def nothing() -> None:
    """Reserve nothing."""


def test_the_receipt_of_the_same_place_comes_first() -> None:
    table = ReceiptTable()
    for place in (2, 0, 1):
        table.add(hexadecimal(7), place, 100 + place)
    assert next(table.take(hexadecimal(7), 1, nothing)) == 101
    assert list(table.take(hexadecimal(7), 9, nothing)) == [100, 102]
    assert list(table.take(hexadecimal(7), 9, nothing)) == []
    assert list(table.take(hexadecimal(8), 2, nothing)) == []


def test_a_reserved_receipt_is_left_to_its_place() -> None:
    table = ReceiptTable()
    for place in range(3):
        table.add(hexadecimal(7), place, 100 + place)
    table.reserve(hexadecimal(7), 1)
    table.reserve(hexadecimal(8), 2)
    assert list(table.take(hexadecimal(7), 9, nothing)) == [102, 100]
    assert next(table.take(hexadecimal(7), 1, nothing)) == 101


def test_places_are_reserved_only_where_a_receipt_of_another_would_be_taken() -> None:
    table, reserved = ReceiptTable(), []
    for place in range(3):
        table.add(hexadecimal(place), place, 100 + place)
    assert [next(table.take(hexadecimal(place), place, lambda: reserved.append(1))) for place in (0, 1)] == [100, 101]
    assert list(table.take(hexadecimal(8), 9, lambda: reserved.append(1))) == []
    assert reserved == []
    assert list(table.take(hexadecimal(2), 9, lambda: reserved.append(1))) == [102]
    assert reserved == [1]


def test_the_newest_of_one_place_comes_first() -> None:
    table = ReceiptTable()
    table.add(hexadecimal(7), 0, 100)
    table.add(hexadecimal(7), 0, 200)
    assert list(table.take(hexadecimal(7), 0, nothing)) == [200, 100]


def test_equal_ids_take_no_time_for_each_other() -> None:
    """A hundred thousand equal parameter sets, each at another place than before: a step for each pair is too many."""
    table, count = ReceiptTable(), 100_000
    for place in range(count):
        table.add(hexadecimal(7), place, place + 1)
    taken = {next(table.take(hexadecimal(7), place + count, nothing)) for place in range(count)}
    assert taken == set(range(1, count + 1))


def test_a_receipt_takes_some_fifty_bytes() -> None:
    tracemalloc.start()
    table = ReceiptTable()
    for place in range(50_000):
        table.add(hexadecimal(place * 0x9E3779B97F4A7C15 % 2**64), place, place + 1)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 50_000 * 90

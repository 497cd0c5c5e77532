from __future__ import annotations

from typing import TYPE_CHECKING
from unittest import mock

import pytest

from parallel_stage.errors import InputChangedError
from parallel_stage.plan.records import reader
from parallel_stage.plan.records.reader import opened

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "x.csv"
    found.write_bytes(b"0123456789")
    return found


def test_blocks_of_a_range(path: Path) -> None:
    with opened(str(path)) as file:
        assert [(at, bytes(block)) for at, block in file.blocks(3, length=4)] == [(3, b"3456"), (7, b"789")]
        assert [(at, bytes(block)) for at, block in file.blocks(3, 8, 4)] == [(3, b"3456"), (7, b"7")]
        assert [*file.blocks(10)] == []


def test_blocks_that_are_kept(path: Path) -> None:
    with opened(str(path)) as file:
        blocks = [block for _, block in file.blocks(0, 6, length=2, kept=2)]
    assert [bytes(block) for block in blocks] == [b"01", b"23", b"45"]


@pytest.mark.parametrize("content", [b"", b"01234", b"0123456789x"])
def test_a_file_that_becomes_shorter_or_longer(path: Path, content: bytes) -> None:
    with opened(str(path)) as file:
        path.write_bytes(content)
        with pytest.raises(InputChangedError, match=f"x.csv changed .* from 10 to {len(content)} bytes"):
            list(file.blocks(0, length=4))


def test_a_file_that_becomes_shorter_around_an_offset(path: Path) -> None:
    with opened(str(path)) as file:
        path.write_bytes(b"01")
        with pytest.raises(InputChangedError, match="from 10 to 2 bytes"):
            file.around(5)


@pytest.mark.parametrize("block", [1, 2, 3, 100])
@pytest.mark.parametrize(("text", "start", "place"), [(b"45", 0, 4), (b"45", 5, -1), (b"0", 0, 0), (b"89", 0, 8)])
def test_find_across_blocks(path: Path, block: int, text: bytes, start: int, place: int) -> None:
    with mock.patch.object(reader, "BLOCK", block), opened(str(path)) as file:
        assert file.find(text, start) == place


def test_around_an_offset(path: Path) -> None:
    with opened(str(path)) as file:
        data, at, last = file.around(6, 2)
        assert (data[at:], last) == (b"67", False)
        assert data[:at] == b"2345"
        data, at, last = file.around(7)
        assert (data[at:], last) == (b"7", False), "the bytes of the last call are used again"
        data, at, last = file.around(8)
        assert (data[at:], last) == (b"89", True)

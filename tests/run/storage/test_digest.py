from __future__ import annotations

import hashlib
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.run.storage.digest import BLOCK, Hashing, Measure, MeasuredFile, measure, new_digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZES = st.sampled_from([0, 1, 100, (1 << 16) - 1, 1 << 16, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 7])


def content(size: int, seed: int) -> bytes:
    return (bytes(range(seed, 256)) * (size // (256 - seed) + 1))[:size]


@given(sizes=st.lists(SIZES, max_size=6))
def test_a_file_is_measured_as_it_is_written(tmp_path_factory: pytest.TempPathFactory, sizes: list[int]) -> None:
    path = tmp_path_factory.mktemp("measured") / "file"
    blocks = [content(size, seed) for seed, size in enumerate(sizes)]
    with MeasuredFile(path) as file:
        file.writelines(blocks)
    whole = b"".join(blocks)
    assert path.read_bytes() == whole
    assert file.measure == measure(path) == Measure(len(whole), hashlib.sha256(whole).hexdigest())


def test_a_caller_may_reuse_what_it_has_written(tmp_path: Path) -> None:
    block = bytearray(content(BLOCK, 0))
    with MeasuredFile(tmp_path / "file") as file:
        for byte in range(8):
            block[:] = bytes([byte]) * BLOCK
            file.write(block)
    assert file.measure == measure(tmp_path / "file")


def test_a_write_in_pieces_is_whole(tmp_path: Path) -> None:
    class Reluctant:
        """A file that takes a third of what it is given."""

        def __init__(self, file: Any) -> None:
            self._file = file

        def write(self, data: memoryview) -> int:
            return int(self._file.write(data[: len(data) // 3 + 1]))

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

    with MeasuredFile(tmp_path / "file") as file:
        file.raw._file = Reluctant(file.raw._file)  # type: ignore[attr-defined]
        file.write(content(BLOCK, 3))
    assert file.measure == measure(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == content(BLOCK, 3)


@contextmanager
def nothing_stays() -> Iterator[None]:
    """Check that no thread and no open file is left by a `with` block."""
    threads, files = threading.active_count(), len(os.listdir("/proc/self/fd"))
    yield
    assert (threading.active_count(), len(os.listdir("/proc/self/fd"))) == (threads, files)


def test_no_thread_and_no_file_stay(tmp_path: Path) -> None:
    with nothing_stays(), MeasuredFile(tmp_path / "file") as file:
        file.write(content(2 * BLOCK, 1))


def _interrupted(file: MeasuredFile) -> None:
    file.write(content(2 * BLOCK, 1))
    raise KeyboardInterrupt


def test_nothing_stays_of_a_file_that_is_given_up(tmp_path: Path) -> None:
    with nothing_stays(), pytest.raises(KeyboardInterrupt), MeasuredFile(tmp_path / "file") as file:
        _interrupted(file)


def test_a_file_that_cannot_be_made(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    with nothing_stays(), pytest.raises(FileNotFoundError):
        MeasuredFile(tmp_path / "nowhere" / "file")
    assert not recwarn.list


def test_a_disk_that_fails_is_an_error_and_leaves_nothing_open(tmp_path: Path) -> None:
    broken = patch("os.fsync", side_effect=OSError(5, "Input/output error"))
    fails = pytest.raises(OSError, match="Input/output")
    with nothing_stays(), broken, fails, MeasuredFile(tmp_path / "file") as file:
        file.write(content(BLOCK, 2))


def test_a_file_is_on_the_disk_after_its_last_byte(tmp_path: Path) -> None:
    seen: list[int] = []
    synced = patch("os.fsync", side_effect=lambda _: seen.append((tmp_path / "file").stat().st_size))
    with synced, MeasuredFile(tmp_path / "file") as file:
        file.write(b"abc")
    assert seen == [3]


def test_a_directory_is_measured_in_the_order_of_its_paths(tmp_path: Path) -> None:
    for name, text in (("b", "2"), ("a/z", "1"), ("c", "3")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert measure(tmp_path) == measure(tmp_path, to_disk=True) == Measure(3, hashlib.sha256(b"123").hexdigest())


@given(sizes=st.lists(SIZES, min_size=1, max_size=8))
def test_hashes_in_turn_do_not_mix(sizes: list[int]) -> None:
    hashing, blocks = Hashing(), [content(size, seed) for seed, size in enumerate(sizes)]
    digests = [new_digest() for _ in blocks]
    try:
        for digest, block in zip(digests, blocks, strict=True):
            hashing.start(digest, block)
            hashing.wait()
    finally:
        hashing.close()
    assert [each.hexdigest() for each in digests] == [hashlib.sha256(block).hexdigest() for block in blocks]

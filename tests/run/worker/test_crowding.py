from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.dummy import Pool as ThreadPool
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from parallel_stage.run.worker.crowding import Crowding, exceeding

if TYPE_CHECKING:
    from collections.abc import Callable


def wait(event: threading.Event, threads: int) -> None:
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(threads):
            pool.submit(event.wait)
        event.set()


def two_threads() -> None:
    wait(threading.Event(), 2)


def one_thread() -> None:
    wait(threading.Event(), 1)


def dummy_pool() -> None:
    with ThreadPool(3) as pool:
        pool.map(abs, range(3))


def others_threads() -> None:
    """A thread that is there already starts two more, as those of a Dask worker do."""
    other = threading.Thread(target=two_threads)
    other.start()
    other.join()


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (two_threads, "starts 2 threads of its own"),
        (one_thread, ""),
        (others_threads, ""),
        (int, ""),
    ],
)
def test_threads_of_its_own(function: Callable[[], object], said: str) -> None:
    crowding = Crowding(threads=10_000)
    start = threading.Thread.start
    with crowding.noticing():
        function()
        assert crowding.take() == said
        assert crowding.take() == ""
    assert threading.Thread.start is start


def test_a_pool_of_threads_is_one() -> None:
    crowding = Crowding(threads=10_000)
    with crowding.noticing():
        dummy_pool()
        assert crowding.take().startswith("starts ")
    assert BaseProcess.start.__module__ == "multiprocessing.process"


def test_blas_with_more_threads_than_allowed_is_named() -> None:
    square = np.ones((4, 4))
    assert (square @ square).sum() == 64
    with threadpool_limits(4, user_api="blas"):
        assert ("openblas", 4) in exceeding(3)
    with threadpool_limits(1, user_api="blas"):
        assert "openblas" not in dict(exceeding(1))


@pytest.mark.parametrize("library", [None, ModuleType("polars")])
def test_a_module_of_a_librarys_name_that_is_none(monkeypatch: pytest.MonkeyPatch, library: ModuleType | None) -> None:
    monkeypatch.setitem(sys.modules, "polars", library)
    assert "polars" not in dict(exceeding(0))


def test_libraries_are_asked_again_when_modules_were_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    library = ModuleType("polars")
    library.thread_pool_size = lambda: 7_000  # type: ignore[attr-defined]
    crowding = Crowding(threads=6_000)
    crowding.take()
    monkeypatch.setitem(sys.modules, "polars", library)
    monkeypatch.setitem(sys.modules, "one_more", library)
    assert crowding.take() == "lets polars use 7,000 threads"
    assert crowding.take() == ""

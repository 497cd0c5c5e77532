"""The closing summary of a run: the result first, in the width of the terminal, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.cli.summary import summary

if TYPE_CHECKING:
    from pathlib import Path


def manifest(path: Path, **changes: Any) -> dict[str, Any]:
    """The parts of a run's manifest that the summary reads, of four equal partitions on two workers."""
    document = {
        "ran": {"backend": "pool", "workers": 2, "threads_per_worker": 1, "partition": None, "root": str(path.parent)},
        "result": {"path": str(path)},
        "timing": {"seconds": 0.4, "partition_seconds": 0.2, "speed_up": 0.5},
        "partitions": {"done": 4, "failed": 0, "kept": 0, "planned": 4},
        "contract": {"path": str(path.parent / "stage.toml")},
        "slowest": [{"index": index, "seconds": 0.05, "source": f"data/{index}.csv"} for index in range(4)],
        "records": 4,
        "bytes": 40,
        "crowding": [],
        "environment": {"cores": 2},
        "directory": "/run",
    }
    return {
        name: {**value, **changes.get(name, {})} if isinstance(value, dict) else changes.get(name, value)
        for name, value in document.items()
    }


@pytest.fixture
def result(tmp_path: Path) -> Path:
    path = tmp_path / "out.jsonl"
    path.write_text('{"x":1}\n' * 3, encoding="utf-8")
    return path


def test_the_result_comes_first(result: Path) -> None:
    assert summary(manifest(result)).splitlines() == [
        f"result: {result}",
        *['  {"x":1}'] * 3,
        "4 partitions, 4 records, 40 B",
        "0.40 s; the partitions took 0.20 s (pool, 2 workers)",
        "run directory: /run",
    ]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int, result: Path) -> None:
    result.write_text("\t".join(["a long record"] * 30) + "\n", encoding="utf-8")
    crowding = [{"what": "starts a pool of 8 threads of its own in each of the workers", "partitions": 4}]
    lines = summary(manifest(result, crowding=crowding), width).splitlines()
    assert lines[1].endswith("…")
    assert max(len(line) for line in lines if str(result) not in line) <= width
    assert any(line.startswith("warning: the function starts a pool") for line in lines)


def test_a_file_gets_whole_lines(result: Path) -> None:
    result.write_text("x" * 500 + "\n", encoding="utf-8")
    assert f"  {'x' * 500}" in summary(manifest(result)).splitlines()


@pytest.mark.parametrize(
    ("changes", "quicker"),
    [
        ({}, True),
        ({"ran": {"backend": "local"}}, False),
        ({"timing": {"partition_seconds": 6.0}}, False),
        ({"timing": {"partition_seconds": 0.1, "seconds": 0.9}}, False),
        ({"partitions": {"kept": 3}}, False),
    ],
)
def test_local_is_quicker_for_little_work(changes: dict[str, Any], quicker: bool, result: Path) -> None:  # noqa: FBT001
    timing = {"seconds": 6.4, "partition_seconds": 0.4, **changes.get("timing", {})}
    text = summary(manifest(result, **{**changes, "timing": timing}))
    assert ("; --backend local is quicker here" in text) is quicker


def test_only_partitions_that_are_slower_than_the_rest_are_listed(result: Path) -> None:
    timing = {"partition_seconds": 2.15}
    slowest = [{"index": 2, "seconds": 2.0, "source": "data/2.csv"}, {"index": 0, "seconds": 0.05, "source": "x"}]
    lines = summary(manifest(result, timing=timing, slowest=slowest)).splitlines()
    assert lines[-3:] == [
        "slow partitions (the mean is 0.537 s):",
        "     2.000 s       2  data/2.csv",
        "run directory: /run",
    ]


def test_after_one_partition_comes_the_whole_run(result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(result.parent)
    slowest = [{"index": 1, "seconds": 0.05, "source": "data/1.csv"}]
    alone = manifest(result, ran={"partition": 1}, slowest=slowest)
    lines = summary(alone).splitlines()
    assert lines[0] == f"output of the partition: {result}"
    assert lines[-1] == "next: parallel-stage run stage.toml"
    elsewhere = manifest(result, ran={"partition": 1, "root": "/some data"}, slowest=slowest)
    assert summary(elsewhere).endswith("next: parallel-stage run stage.toml --root '/some data'")

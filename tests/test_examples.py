"""The example contracts through the command line, against plain sequential computations written here."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import subprocess
import sysconfig
from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

FLIGHTS = Path(__file__).resolve().parents[1] / "examples/flights"
COMMAND = Path(sysconfig.get_path("scripts")) / "parallel-stage"
ROWS = {"EWR": 9893, "JFK": 9161, "LGA": 7950}
CONTRACTS = sorted(path.name for path in FLIGHTS.glob("*.parallel_stage.toml"))

DASK = pytest.param("dask", marks=pytest.mark.xdist_group("dask"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example, without what earlier runs left in it."""
    leftovers = shutil.ignore_patterns("results", ".parallel-stage", "__pycache__")
    return shutil.copytree(FLIGHTS, tmp_path / "flights", ignore=leftovers)


def parallel_stage(*arguments: str, cwd: Path) -> str:
    result = subprocess.run((COMMAND, *arguments), cwd=cwd, encoding="utf-8", capture_output=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def run(folder: Path, contract: str, backend: str) -> None:
    """Run a contract of the copy from another directory."""
    parallel_stage("run", f"flights/{contract}.parallel_stage.toml", "--backend", backend, cwd=folder.parent)


def table(airport: str) -> list[dict[str, str]]:
    with (FLIGHTS / "data" / f"{airport}.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("backend", ["local", "pool"])
def test_delays_is_the_table_of_means(folder: Path, backend: str) -> None:
    waits: dict[tuple[str, str], list[int]] = defaultdict(list)
    for airport in ROWS:
        for row in table(airport):
            if row["dep_delay"] != "NA":
                waits[row["hour"].rjust(2, "0") + ":00", row["origin"]].append(int(row["dep_delay"]))
    run(folder, "delays", backend)
    title, head, *lines = (folder / "results/delays.txt").read_text(encoding="utf-8").splitlines()
    assert f"{sum(map(len, waits.values())):,} flights" in title
    assert "26,483 flights" in title
    assert head.split() == ["hour", *ROWS]
    assert [line.split()[0] for line in lines] == sorted({hour for hour, _ in waits})
    for hour, *cells in map(str.split, lines):
        for airport, cell in zip(ROWS, cells, strict=True):
            known = waits[hour, airport]
            assert cell == (f"{fmean(known):.1f}" if len(known) >= 20 else "."), (hour, airport)


@pytest.mark.parametrize("backend", ["local", "pool", DASK])
def test_rows_are_the_flights_that_made_up_their_delay(folder: Path, backend: str) -> None:
    expected = [
        [
            "{}-{:02}-{:02}".format(*(int(row[unit]) for unit in ("year", "month", "day"))),
            row["carrier"] + row["flight"],
            f"{row['origin']}-{row['dest']}",
            row["dep_delay"],
            str(-int(row["arr_delay"])),
            row["distance"],
        ]
        for airport in ROWS
        for row in table(airport)
        if "NA" not in (row["dep_delay"], row["arr_delay"])
        and int(row["dep_delay"]) >= 30
        and int(row["arr_delay"]) <= 0
    ]
    run(folder, "rows", backend)
    with (folder / "results/made_up.csv").open(newline="", encoding="utf-8") as stream:
        header, *found = csv.reader(stream)
    assert header == ["date", "flight", "route", "left_late_min", "landed_early_min", "miles"]
    assert found == expected
    assert len(found) == 20


@pytest.mark.parametrize("backend", ["local", "pool"])
def test_the_sweep_finds_the_same_errors(folder: Path, backend: str) -> None:
    spans = json.loads((FLIGHTS / "grid.json").read_text(encoding="utf-8"))["span"]
    expected = [(airport, span, moving_average_error(airport, span)) for airport in ROWS for span in spans]
    run(folder, "sweep", backend)
    found = json.loads((folder / "results/forecast_errors.json").read_text(encoding="utf-8"))
    assert [(item["airport"], item["span"]) for item in found] == [item[:2] for item in expected]
    assert [item["error_min"] for item in found] == pytest.approx([item[2] for item in expected], abs=0.0051)
    for airport in ROWS:
        assert min((item["error_min"], item["span"]) for item in found if item["airport"] == airport)[1] == 21


def by_hand(column: str, key: Callable[[str], str]) -> dict[str, list[str]]:
    """The flights, the cancelled ones and the mean delay for each key, in the order of first appearance."""
    groups: dict[str, list[str]] = defaultdict(list)
    for airport in ROWS:
        for row in table(airport):
            groups[key(row[column])].append(row["dep_delay"])
    return {
        name: [
            str(len(waits)),
            str(waits.count("NA")),
            str(round(fmean(int(wait) for wait in waits if wait != "NA"), 1)),
        ]
        for name, waits in groups.items()
    }


@pytest.mark.parametrize("backend", ["local", "pool", DASK])
def test_carriers_are_in_the_order_of_their_first_flights(folder: Path, backend: str) -> None:
    run(folder, "carriers", backend)
    with (folder / "results/carriers.csv").open(newline="", encoding="utf-8") as stream:
        header, *found = csv.reader(stream)
    assert header == ["carrier", "flights", "cancelled", "mean_delay_min"]
    assert found == [[name, *figures] for name, figures in by_hand("carrier", str).items()]
    assert [found[0][0], len(found)] == ["UA", 16]


@pytest.mark.parametrize("backend", ["local", "pool"])
def test_days_are_in_the_order_of_time(folder: Path, backend: str) -> None:
    run(folder, "days", backend)
    with (folder / "results/days.csv").open(newline="", encoding="utf-8") as stream:
        _, *found = csv.reader(stream)
    assert found == [[day, *figures] for day, figures in sorted(by_hand("time_hour", lambda text: text[:10]).items())]
    assert max(found, key=lambda row: float(row[3]))[:2] == ["2013-02-01", "139"]


def moving_average_error(airport: str, span: int) -> float:
    """The mean absolute error of forecasts that weigh the delay before last by 1 - 2 / (span + 1), and so on back."""
    delays = [int(row["dep_delay"]) for row in table(airport) if row["dep_delay"] != "NA"]
    keep, forecasts = 1 - 2 / (span + 1), [float(delays[0])]
    for delay in delays[1:-1]:
        forecasts.append(keep * forecasts[-1] + (1 - keep) * delay)
    return fmean(abs(delay - forecast) for delay, forecast in zip(delays[1:], forecasts, strict=True))


def test_no_rule_has_anything_to_say(folder: Path) -> None:
    report = json.loads(parallel_stage("check", "--format", "json", *CONTRACTS, cwd=folder))
    assert report["issues"] == []
    assert report["summary"]["file_count"] == 5


@pytest.mark.parametrize(
    ("contract", "partitions"), [("delays", 12), ("rows", 8), ("sweep", 33), ("carriers", 16), ("days", 32)]
)
def test_a_plan_has_as_many_partitions_as_documented(folder: Path, contract: str, partitions: int) -> None:
    plan = json.loads(parallel_stage("plan", f"{contract}.parallel_stage.toml", "--json", cwd=folder))
    assert len(plan["partitions"]) == partitions


@pytest.mark.parametrize("airport", ROWS)
def test_the_data_is_what_the_page_says(airport: str) -> None:
    page = (FLIGHTS / "README.md").read_text(encoding="utf-8")
    content = (FLIGHTS / "data" / f"{airport}.csv").read_bytes()
    stated = re.search(rf"`data/{airport}\.csv` \| ([\d,]+) \| ([\d,]+) \| `(\w+)`", page)
    assert stated
    rows = table(airport)
    assert stated.groups() == (f"{len(rows):,}", f"{len(content):,}", hashlib.sha256(content).hexdigest())
    assert len(rows) == ROWS[airport]
    assert {(row["origin"], row["year"], row["month"]) for row in rows} == {(airport, "2013", "1")}


def test_the_page_has_a_row_for_every_contract() -> None:
    page = (FLIGHTS / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\]\((\S+\.parallel_stage\.toml)\)", page)) == CONTRACTS

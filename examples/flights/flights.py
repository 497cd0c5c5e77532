"""What the five contracts beside this file run: each function is called once per partition."""

import csv
import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from parallel_stage import Chunk, current_partition

DATA = Path(__file__).resolve().parent / "data"
AIRPORTS = ("EWR", "JFK", "LGA")
LATE_MIN = 30
FEW = 20

Delays: TypeAlias = dict[str, tuple[int, int]]


def delays(path: Path) -> Delays:
    """Sum the departure delays of the flights in a CSV file (delays.parallel_stage.toml).

    Returns:
        "AIRPORT HOUR" (the scheduled hour of departure, two digits) → (flights, minutes late in total). Sums
        and not means, because sums of chunks can be added up.
    """
    sums: Delays = {}
    with path.open(newline="", encoding="utf-8") as stream:
        for row in filter(departed, csv.DictReader(stream)):
            key = f"{row['origin']} {row['hour']:0>2}"
            flights, minutes = sums.get(key, (0, 0))
            sums[key] = flights + 1, minutes + int(row["dep_delay"])
    return sums


def timetable(parts: list[Path], output: Path) -> None:
    """Add up what `delays` returned, and write the mean delay of each hour and airport as a text table."""
    totals: Delays = {}
    for part in parts:
        for key, (flights, minutes) in json.loads(part.read_text(encoding="utf-8")).items():
            before = totals.get(key, (0, 0))
            totals[key] = before[0] + flights, before[1] + minutes
    hours = sorted({key.split()[1] for key in totals})
    lines = [
        f"Mean departure delay in minutes, {sum(n for n, _ in totals.values()):,} flights of January 2013",
        "hour " + "".join(f"{airport:>7}" for airport in AIRPORTS),
        *(f"{hour}:00" + "".join(cell(totals, airport, hour) for airport in AIRPORTS) for hour in hours),
    ]
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")


def cell(totals: Delays, airport: str, hour: str) -> str:
    """One cell of the table: the mean with one decimal, or a dot where too few flights left for one."""
    flights, minutes = totals.get(f"{airport} {hour}", (0, 0))
    return f"{minutes / flights:7.1f}" if flights >= FEW else f"{'.':>7}"


def made_up(chunk: Chunk) -> Iterator[dict[str, object]]:
    """Pick the flights that left half an hour late and still landed on time (rows.parallel_stage.toml)."""
    for row in filter(departed, chunk.records()):
        if row["arr_delay"] != "NA" and int(row["dep_delay"]) >= LATE_MIN and int(row["arr_delay"]) <= 0:
            yield {
                "date": f"{row['year']}-{row['month']:0>2}-{row['day']:0>2}",
                "flight": f"{row['carrier']}{row['flight']}",
                "route": f"{row['origin']}-{row['dest']}",
                "left_late_min": int(row["dep_delay"]),
                "landed_early_min": -int(row["arr_delay"]),
                "miles": int(row["distance"]),
            }


def carrier_delays(path: Path) -> list[dict[str, object]]:
    """Sum up the flights of one carrier, which are all in one file (carriers.parallel_stage.toml)."""
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return [{"carrier": current_partition().key, **punctuality(rows)}]


def day_delays(chunk: Chunk) -> list[dict[str, object]]:
    """Sum up the flights of one day (days.parallel_stage.toml)."""
    return [{"day": current_partition().key, **punctuality(list(chunk.records()))}]


def punctuality(rows: list[dict[str, str]]) -> dict[str, object]:
    """Return the number of flights, of those cancelled, and the mean delay of the others in minutes."""
    late = [int(row["dep_delay"]) for row in filter(departed, rows)]
    mean = round(sum(late) / len(late), 1) if late else None
    return {"flights": len(rows), "cancelled": len(rows) - len(late), "mean_delay_min": mean}


def forecast_error(parameters: Mapping[str, object]) -> dict[str, object]:
    """Measure how well the latest departures foretell the next one's delay (sweep.parallel_stage.toml).

    The forecast is an exponential moving average with the smoothing factor 2 / (span + 1).

    Args:
        parameters: `airport`, and `span`: how many flights the forecast remembers.

    Returns:
        The parameters and `error_min`: the mean absolute error in minutes.
    """
    airport, span = parameters["airport"], int(str(parameters["span"]))
    with (DATA / f"{airport}.csv").open(newline="", encoding="utf-8") as stream:
        late = [int(row["dep_delay"]) for row in filter(departed, csv.DictReader(stream))]
    forecast, error = float(late[0]), 0.0
    for _, actual in pairwise(late):
        error += abs(actual - forecast)
        forecast += 2 / (span + 1) * (actual - forecast)
    return {"airport": airport, "span": span, "error_min": round(error / (len(late) - 1), 2)}


def departed(row: Mapping[str, str]) -> bool:
    """Whether the flight left at all; a cancelled one has no delay."""
    return row["dep_delay"] != "NA"

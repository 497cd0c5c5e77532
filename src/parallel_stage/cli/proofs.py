"""The proofs of an installation: a small stage is checked, planned and really run on each backend.

The stage reads a table with quoted line ends in several chunks, so that it also proves the cuts.
"""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
import time
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_stage import api
from parallel_stage.cli.lsp import serving
from parallel_stage.contract.schema import CONTRACT, choices
from parallel_stage.errors import MissingExtraError, ParallelStageError
from parallel_stage.plan.dialect import dialect_of
from parallel_stage.plan.records.cuts import cut_records
from parallel_stage.plan.records.survey import survey
from parallel_stage.service import lifecycle
from parallel_stage.service.addresses import LOOPBACK
from parallel_stage.service.health import take
from parallel_stage.service.state import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ROWS = 400
_SERVICE = "self-test"
_STAGE = f"""\
schema = "{CONTRACT}"
name = "self_test"
function = "self_test_function.py:work"
split = "files"
input = "table.csv"
workers = 2
partition_strategy = "row-chunks"
target_partitions = 8
min_partitions_per_worker = 2
reducer = "concat-jsonl"
backend = "pool"
output = "result.jsonl"
"""
_FUNCTION = """\
import csv


def work(path):
    with open(path, newline="", encoding="utf-8") as file:
        return [{"number": int(row["number"]), "note": row["note"]} for row in csv.DictReader(file)]
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """What one part of an installation has proven.

    Attributes:
        part: What was tried: `check`, `plan`, a backend, or a kind of file.
        status: `ok`, `missing` where a package is not installed, or `failed`.
        seconds: How long it took.
        detail: What was seen; of a missing or failed part, why and what to do.
    """

    part: str
    status: str
    seconds: float
    detail: str


def prove() -> Iterator[Proof]:
    """Try every part, one after the other; yield what each has proven."""
    with tempfile.TemporaryDirectory(prefix="parallel-stage-self-test-") as name:
        directory = Path(name)
        records = _write_stage(directory)
        yield _proof("check", lambda: _check(directory))
        yield _proof("plan", lambda: _plan(directory))
        for backend in choices("backend"):
            yield _proof(backend, lambda backend=backend: _run(directory, records, backend))  # type: ignore[misc]
        yield _proof("service", lambda: _serve(directory, records))
        yield _proof("parquet", lambda: _plan_parquet(directory))
        yield _proof("threads", _see_threads)
        yield _proof("numpy", lambda: _cut_with_numpy(directory))
        yield _proof("editors", _load_server)


def _proof(part: str, attempt: Callable[[], str]) -> Proof:
    started = time.perf_counter()
    try:
        status, detail = "ok", attempt()
    except MissingExtraError as error:
        status, detail = "missing", f"{error.message}: {error.hint}"
    except ParallelStageError as error:
        status, detail = "failed", f"{error.message}; {error.hint}" if error.hint else error.message
    except Exception as error:  # noqa: BLE001 -- a broken installation may raise anything
        status, detail = "failed", f"{type(error).__name__}: {error}"
    return Proof(part, status, round(time.perf_counter() - started, 3), detail)


def _write_stage(directory: Path) -> list[dict[str, object]]:
    """Write contract, function and table; return the records that a sequential program reads."""
    records: list[dict[str, object]] = [{"number": n, "note": f'line {n}\n"and", another'} for n in range(_ROWS)]
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, ["number", "note"])
    writer.writeheader()
    writer.writerows(records)
    for name, text in (("parallel_stage.toml", _STAGE), ("self_test_function.py", _FUNCTION)):
        (directory / name).write_text(text, encoding="utf-8")
    (directory / "table.csv").write_text(table.getvalue(), encoding="utf-8", newline="")
    return records


def _stage(directory: Path) -> str:
    return str(directory / "parallel_stage.toml")


def _check(directory: Path) -> str:
    problems = api.check(_stage(directory), inputs=True)
    if problems:
        raise ParallelStageError("; ".join(problem.message for problem in problems))
    wrong = directory / "wrong.parallel_stage.toml"
    wrong.write_text(_STAGE.replace("row-chunks", "row-chunk"), encoding="utf-8")
    if [problem.rule for problem in api.check(wrong)] != ["unknown-value"]:
        raise ParallelStageError("a contract with an unknown value passes")
    return "a valid contract has no findings, a mistyped value is one"


def _plan(directory: Path) -> str:
    count = api.make_plan(_stage(directory)).count
    if count < 2:  # noqa: PLR2004 -- one would prove no cut
        raise ParallelStageError(f"the table was cut into {count} partition")
    return f"{count} partitions of a table with quoted line ends"


def _run(directory: Path, records: list[dict[str, object]], backend: str) -> str:
    output = directory / f"{backend}.jsonl"
    api.run_stage(_stage(directory), backend=backend, workers=2, output=output)
    return _compare(output, records)


def _serve(directory: Path, records: list[dict[str, object]]) -> str:
    if os.name == "nt":
        raise MissingExtraError("workers that stay need Linux or macOS", "give run the --scheduler of a Dask cluster")
    output, root = directory / "service.jsonl", str(directory)
    lifecycle.start(_SERVICE, root, Settings(1, LOOPBACK))
    try:
        api.run_stage(_stage(directory), service=_SERVICE, output=output)
        found = _compare(output, records)
        status = take(_SERVICE, root)[0]["status"]
    finally:
        lifecycle.stop(_SERVICE, root)
    if status != "running":
        raise ParallelStageError(f"the service is {status} after a run")
    return found


def _compare(output: Path, records: list[dict[str, object]]) -> str:
    found = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    if found != records:
        raise ParallelStageError(
            f"the result has {len(found)} records that differ from the {len(records)} of the table"
        )
    return f"{len(found)} records, as a sequential program reads them"


def _plan_parquet(directory: Path) -> str:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError("Parquet files need pyarrow", "pip install 'parallel-stage[parquet]'") from None
    groups = 4
    table = pa.table({"number": list(range(_ROWS))})
    parquet.write_table(table, directory / "table.parquet", row_group_size=_ROWS // groups)
    stage = directory / "table.parallel_stage.toml"
    stage.write_text(_STAGE.replace("table.csv", "table.parquet"), encoding="utf-8")
    count = api.make_plan(stage).count
    if count != groups:
        raise ParallelStageError(f"{groups} row groups were cut into {count} partitions")
    return f"{count} partitions of a Parquet file"


def _see_threads() -> str:
    try:
        from threadpoolctl import threadpool_info, threadpool_limits
    except ImportError:
        message = "what numeric libraries use above threads_per_worker is seen with threadpoolctl"
        raise MissingExtraError(message, "pip install 'parallel-stage[threads]'") from None
    if find_spec("numpy") is not None:
        import_module("numpy")  # it loads a library for linear algebra
    with threadpool_limits(1):
        pools = threadpool_info()
    if above := [pool["internal_api"] for pool in pools if pool["num_threads"] > 1]:
        raise ParallelStageError(f"a limit of 1 thread does not hold for {', '.join(above)}")
    seen = ", ".join(sorted({pool["internal_api"] for pool in pools}))
    return f"sees and limits the threads of {seen}" if seen else "loads; no library with threads of its own is here"


def _cut_with_numpy(directory: Path) -> str:
    if find_spec("numpy") is None:
        raise MissingExtraError(
            "large tables are planned several times as fast with numpy", "pip install 'parallel-stage[fast]'"
        )
    path = str(directory / "table.csv")
    dialect = dialect_of(path, None)
    cuts = [cut_records(survey(path, dialect, count=True, numpy=numpy), 8) for numpy in (True, False)]
    if cuts[0] != cuts[1]:
        raise ParallelStageError(f"numpy leads to other cuts: {cuts[0].bounds}, without it {cuts[1].bounds}")
    return "the same cuts with numpy as without"


def _load_server() -> str:
    serving()
    return "the language server loads"

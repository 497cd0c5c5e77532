"""Functions that look at other records are found; those that do not pass; nothing remains."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING, Any

import pytest

import support
from parallel_stage.contract.model import Contract
from parallel_stage.errors import PartitionsFailedError, PlanRefusedError
from parallel_stage.run.request import RunRequest
from parallel_stage.run.verify.verify import Verification, verify

if TYPE_CHECKING:
    from pathlib import Path

READ = "import csv\nimport pandas as pd\ndef work(path):\n"
DEPENDENT = [
    "t['d'] = t.v.diff()",
    "t['d'] = t.v.shift(1)",
    "t['d'] = t.v.shift(-1)",
    "t['d'] = t.v.cumsum()",
    "t['d'] = t.v.rank()",
    "t['d'] = t.groupby('k').cumcount()",
    "t['d'] = t.groupby('k').v.transform('mean')",
    "t['d'] = t.w.ffill()",
    "t['d'] = t.w.bfill()",
    "t['d'] = t.w.fillna(t.w.mean())",
    "t['d'] = t.v.rolling(3).mean()",
    "t['d'] = t.v.ewm(2).mean()",
    "t['d'] = t.v.expanding().max()",
    "t['d'] = (t.v - t.v.mean()) / t.v.std()",
    "t['d'] = t.v.pct_change()",
    "t['d'] = range(len(t))",
    "t['d'] = t.k.astype('category').cat.codes",
    "t['d'] = t.k.duplicated()",
    "t = t.drop_duplicates('k')",
    "t = t.sort_values('v')",
    "t = t.nlargest(3, 'v')",
    "t = t.iloc[1:]",
    "t = t.groupby('k').v.mean().reset_index()",
    "t = t.groupby('k').v.min().reset_index()",
    "t['d'] = t.w.interpolate()",
]
CHECKS = [
    "the same cut again",
    "cut near its ends",
    "cut at blank values",
    "cut between equal values",
    "cut at the largest steps",
    "the last partition first",
]
FREE = [
    "t['d0'] = t.v * 2",
    "t['d1'] = t.w.fillna(0.0)",
    "t['d2'] = t.k.str.upper()",
    "t['d3'] = t.v.clip(3, 9)",
    "t['d4'] = t.k.map({'a': 1, 'b': 2, 'c': 3})",
    "t['d5'] = t.k.isin(['a'])",
    "t['d6'] = t.v.where(t.v > 20, 20)",
    "t['d7'] = t[['v', 'w']].sum(axis=1)",
    "t['d8'] = t.v.apply(lambda v: v % 7)",
    "t['d9'] = t.w.isna()",
    "t['d10'] = t.v.between(5, 50)",
    "t['d11'] = pd.cut(t.v, [-1, 20, 60, 200], labels=False)",
    "t['d12'] = t.v.astype(str) + t.k",
    "t = t[t.v > 10]",
    "t = t.dropna(subset=['w'])",
    "t = t.rename(columns={'v': 'value'})",
    "t = t.assign(e=t.value // 3, f=lambda f: f.e + 1)",
    "t = t.query('value > 15')",
    "t = t.drop(columns=['w'])",
    "t = t[[*t.columns[::-1]]]",
]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of 300 records with a column that has blanks and one of three words."""
    pick = random.Random(7)  # noqa: S311 -- no secret
    rows = [
        f"{number},{pick.randrange(100)},{pick.choice('abc')},{'' if number % 5 == 3 else pick.random()}"
        for number in range(300)
    ]
    (tmp_path / "t.csv").write_text("id,v,k,w\n" + "\n".join(rows) + "\n")
    return tmp_path


def run(directory: Path, code: str, *, isolated: bool = False, **fields: Any) -> Verification:
    (directory / "work.py").write_text(code)
    stage = {
        "function": "work:work",
        "split": "data-partitions",
        "input": "t.csv",
        "partition_strategy": "row-chunks",
        "target_partitions": 6,
        "reducer": "concat-csv",
        "output": "result.csv",
    }
    contract = Contract.from_valid(support.data(**(stage | fields)))
    found = verify(RunRequest(contract=contract, text="", root=str(directory), isolated=isolated), sample=64)
    assert not (directory / ".parallel-stage" / "verify").exists()
    assert not (directory / ".parallel-stage" / "runs").exists()
    assert not (directory / "result.csv").exists()
    return found


def frame(line: str) -> str:
    return f"{READ}    t = pd.read_csv(path, dtype={{'w': float}})\n    {line}\n    return t\n"


@pytest.mark.parametrize("line", DEPENDENT)
def test_a_function_that_looks_at_other_records_is_found(table: Path, line: str) -> None:
    found = run(table, frame(line))
    assert found.status == "differs"
    assert found.checks[0].found.verdict == "same"
    last = found.checks[-1]
    assert last.found.record > 0
    assert re.match(r"t.csv, (\d+ records from line \d+ to line \d+|the record at line \d+ alone)$", last.place)
    assert "splittable" in found.note


def test_functions_of_each_record_pass(table: Path) -> None:
    found = run(table, frame("\n    ".join(FREE)))
    assert (found.status, found.note) == ("passed", "")
    assert found.records == 64
    assert [check.name for check in found.checks] == CHECKS
    (kept,) = json.loads((table / ".parallel-stage/validations/delays.json").read_text())["validations"]
    assert (kept["label"], kept["summary"]) == (
        "verify",
        "64 records of the input, 6 comparisons of equal results",
    )


def test_columns_that_depend_on_the_records_are_a_difference(table: Path) -> None:
    found = run(table, frame("t = pd.get_dummies(t, columns=['k'])"))
    assert (found.status, found.checks[-1].found.verdict) == ("differs", "columns differ")
    assert "k_" in found.checks[-1].place


def test_one_record_per_partition_is_a_partial_result(table: Path) -> None:
    code = f"{READ}    yield {{'sum': sum(int(r['v']) for r in csv.DictReader(path.read_text().splitlines()))}}\n"
    found = run(table, code, reducer="concat-jsonl")
    assert found.status == "partial"
    assert found.note.endswith("these merge: sum by sum")
    assert not (table / ".parallel-stage/validations").exists()


def test_sums_by_group_are_a_partial_result_that_says_how_it_merges(table: Path) -> None:
    line = "t = t.groupby('k').agg(total=('v', 'sum'), most=('v', 'max')).reset_index()"
    found = run(table, frame(line))
    assert found.status == "partial"
    assert "one record per k and partition" in found.note
    assert found.note.endswith("these merge: total by sum, most by max")
    month = "t = t.assign(m=t.id % 5).groupby('m').v.sum().reset_index()"
    assert "one record per m and partition" in run(table, frame(month)).note


FAR = [
    "t['d'] = t.code.duplicated()",
    "t = t.drop_duplicates('code')",
    "t = t.drop_duplicates()",
    "t = t.drop_duplicates(['k', 'code'])",
    "t['d'] = t.w.ffill()",
    "t['d'] = t.w.bfill()",
    "t['d'] = t.w.isna().any()",
    "t = t[t.code != t.code.shift()]",
    "t['d'] = (t.n.diff() > 500).cumsum() == 0",
    "t['d'] = t.n.diff().abs() > 500",
    "t['d'] = (t.kind == 'odd').any()",
]


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.jsonl", "t.parquet"])
@pytest.mark.parametrize("line", FAR)
def test_one_blank_value_and_one_that_is_there_twice_are_found_wherever_they_are(
    tmp_path: Path, name: str, line: str
) -> None:
    import pandas as pd

    rows = pd.DataFrame({"code": [f"c{n}" for n in range(5000)], "k": 1, "w": [n / 2 for n in range(5000)]})
    rows["n"] = [n + 1000 * (n > 2500) for n in range(5000)]
    rows["kind"] = ["odd" if n == 4444 else "even" for n in range(5000)]
    rows.loc[4099] = rows.loc[1237]
    rows.loc[1700, "code"] = "c1699"
    rows.loc[3111, "w"] = None
    read, reducer = WAYS[name]
    if name == "t.parquet":
        rows.to_parquet(tmp_path / name, row_group_size=500)
    elif name == "t.jsonl":
        rows.to_json(tmp_path / name, orient="records", lines=True)
    else:
        rows.to_csv(tmp_path / name, index=False, sep="\t" if name == "t.tsv" else ",")
    code = f"import json\nimport pandas as pd\ndef work(path):\n    t = {read}\n    {line}\n    return {reducer[1]}\n"
    found = run(tmp_path, code, input=name, reducer=reducer[0])
    assert found.status == "differs", found
    assert found.checks[-1].place.startswith(f"{name}, ")


WAYS = {
    "t.csv": ("pd.read_csv(path)", ("concat-csv", "t")),
    "t.tsv": ("pd.read_csv(path, sep='\t')", ("concat-csv", "t")),
    "t.jsonl": (
        "pd.read_json(path, lines=True, dtype=False)",
        ("concat-jsonl", "json.loads(t.to_json(orient='records'))"),
    ),
    "t.parquet": ("pd.read_parquet(path)", ("concat-csv", "t")),
}


def test_parquet_is_cut_by_rows_as_row_groups_are(tmp_path: Path) -> None:
    import pandas as pd

    table = pd.DataFrame({"v": [n * n % 17 for n in range(30)]})
    table.to_parquet(tmp_path / "t.parquet", row_group_size=5)
    code = "import pandas as pd\ndef work(path):\n    t = pd.read_parquet(path)\n    t['d'] = {}\n    return t\n"
    found = run(tmp_path, code.format("t.v.diff()"), input="t.parquet")
    assert (found.status, found.records) == ("differs", 30)
    assert found.checks[-1].place == "t.parquet, 22 records from row 8 to row 29"
    found = run(tmp_path, code.format("t.v * 2"), input="t.parquet")
    assert (found.status, found.note) == ("passed", "")


def test_a_head_of_lines_goes_to_every_cut(tmp_path: Path) -> None:
    lines = [f"{n},{n * n % 17}\n" for n in range(200)]
    (tmp_path / "t.csv").write_text("# made by hand\nid,v\n" + "".join(lines))
    code = f"{READ}    t = pd.read_csv(path, skiprows=1)\n    return t"
    settings: dict[str, Any] = {"input_format": {"head_lines": 2}}
    assert run(tmp_path, code, **settings).status == "passed"
    assert run(tmp_path, code + "[1:]", **settings).status == "differs"


@pytest.mark.parametrize("reducer", ["concat-csv", "concat-jsonl", "collect-json"])
def test_what_is_kept_between_calls_is_found(table: Path, reducer: str) -> None:
    code = (
        f"seen = []\n{READ}    seen.append(1)\n    return [{{'n': len(seen)}} for _ in path.read_text().splitlines()]\n"
    )
    for number in range(3):
        (table / f"t{number}.csv").write_text("id,v\n1,2\n")
    files: dict[str, Any] = {"split": "files", "partition_strategy": "one-file-per-partition", "input": "t?.csv"}
    found = run(table, code, reducer=reducer, isolated=True, **files)
    assert (found.status, found.checks[-1].name) == ("differs", "the last partition first")
    assert "keeps something from one call to the next" in found.note


def test_a_cut_table_whose_function_remembers_is_found(table: Path) -> None:
    code = f"seen = set()\n{READ}    for row in csv.DictReader(path.read_text().splitlines()):\n"
    code += "        if row['k'] not in seen:\n            seen.add(row['k'])\n            yield row\n"
    assert run(table, code, reducer="concat-jsonl", isolated=True).status == "differs"


def test_a_function_that_is_another_each_time_is_told_apart(table: Path) -> None:
    code = f"{READ}    import random\n    return [{{'r': random.random()}} for _ in path.read_text().splitlines()]\n"
    found = run(table, code, reducer="concat-jsonl")
    assert (found.status, len(found.checks)) == ("differs", 1)
    assert "another result each time" in found.note


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"reducer": "collect-json"}, "by nature"), ({"partition_strategy": "one-file-per-partition"}, "cuts no file")],
)
def test_what_cannot_be_proved_is_said(table: Path, fields: dict[str, Any], said: str) -> None:
    code = f"{READ}    return [{{'n': 1}}, {{'n': 2}}]\n"
    found = run(table, code, **({"reducer": "concat-jsonl"} | fields))
    assert found.status == "passed"
    assert said in found.note


def test_a_table_that_is_gathered_by_key_is_refused(table: Path) -> None:
    by: dict[str, Any] = {"partition_by": {"column": "k", "kind": "group"}}
    with pytest.raises(PlanRefusedError, match="no other cut of it is legal"):
        run(table, f"{READ}    return pd.read_csv(path)\n", **by)


def test_merged_custom_results_are_compared(table: Path) -> None:
    reduce = "def merge(parts, output):\n    output.write_text(str({}))\n"
    code = f"{READ}    return f\"{{sum(int(r['v']) for r in csv.DictReader(path.read_text().splitlines()))}}\\n\"\n"
    settings: dict[str, Any] = {"reducer": "custom", "reducer_function": "work:merge", "notes": "sums"}
    assert run(table, code + reduce.format("sum(int(p.read_text()) for p in parts)"), **settings).status == "passed"
    assert run(table, code + reduce.format("max(int(p.read_text()) for p in parts)"), **settings).status == "differs"


def test_a_function_that_raises_fails_with_its_traceback(table: Path) -> None:
    with pytest.raises(PartitionsFailedError, match="on the sample") as caught:
        run(table, f"{READ}    raise ValueError('no such thing')\n")
    assert "no such thing" in caught.value.details
    assert "--partition" not in caught.value.details
    assert not (table / ".parallel-stage" / "verify").exists()


def test_json_lines_are_cut_at_null(tmp_path: Path) -> None:
    lines = [f'{{"id": {number}, "v": {"null" if number % 9 == 4 else number}}}\n' for number in range(90)]
    (tmp_path / "t.jsonl").write_text("".join(lines))
    read = "import json\ndef work(path):\n    last, lines = None, path.read_text().splitlines()\n"
    read += "    for row in map(json.loads, lines):\n"
    code = f"{read}        last = row['v'] if row['v'] is not None else last\n        yield {{**row, 'v': last}}\n"
    settings: dict[str, Any] = {"input": "t.jsonl", "reducer": "concat-jsonl"}
    found = run(tmp_path, code, **settings)
    assert (found.status, found.checks[-1].name) == ("differs", "cut at blank values")
    assert run(tmp_path, f"{read}        yield row\n", **settings).status == "passed"

"""Tables by groups, dates and keys: what each partition's function gets, compared with a plain loop."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import random
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import support
from parallel_stage.contract.model import Contract
from parallel_stage.errors import InputChangedError
from parallel_stage.plan.groups import csv_records
from parallel_stage.plan.groups.dates import period_of
from parallel_stage.plan.groups.groups import Groups
from parallel_stage.plan.partition import Group
from parallel_stage.plan.planner import make_plan
from parallel_stage.plan.records import reader
from parallel_stage.run import split_table
from parallel_stage.run.split_table import write_split
from parallel_stage.run.storage import layout
from parallel_stage.run.task import Stage
from parallel_stage.run.worker.argument import argument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from parallel_stage.plan.plan import Plan

UNITS = ("day", "week", "month", "quarter", "year")
BYS: list[dict[str, Any]] = [
    {"column": "who", "kind": "group"},
    {"column": "who", "kind": "key"},
    *({"column": "when", "kind": "date", "unit": unit} for unit in UNITS),
]
ROWS = 9_000


@cache
def rows() -> list[list[str]]:
    """Shuffled records: cells with quotes, line ends and delimiters in them, blank and odd ones."""
    chance = random.Random(7)  # noqa: S311
    names = [
        "UA",
        " UA",
        "UA ",
        "",
        "1",
        "1.0",
        "01",
        'say "hi"',
        "a,b\tc;d",
        "two\nlines",
        "cr\rlf\r\n",
        "Zürich",
        '"',
        "#",
    ]
    found = []
    for number in range(ROWS):
        day = f"20{chance.choice((10, 12, 13))}-{chance.choice((1, 2, 12)):02}-{chance.choice((1, 2, 3, 28)):02}"
        when = chance.choice(["", day, day.replace("-", ""), f"{day}T2{chance.randrange(4)}:30:00Z", f"{day} 24:00"])
        found.append([str(number), chance.choice(names), when, chance.choice(["", "x", 'q"', "a\nb", "é" * 40])])
    return found


HEADER = ["n", "who", "when", "rest"]


def key_of(by: dict[str, Any], text: str, target: int) -> str:
    if by["kind"] == "group":
        return text
    if by["kind"] == "key":
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        return str(int.from_bytes(digest, "big") % target)
    return period_of(text, by["unit"]) if text.strip() else ""


def by_hand(by: dict[str, Any], values: Iterable[str], records: Iterable[Any], target: int = 5) -> dict[str, list[Any]]:
    """The partitions in order, by a plain loop."""
    found: dict[str, list[Any]] = defaultdict(list)
    for value, record in zip(values, records, strict=True):
        found[key_of(by, value, target)].append(record)
    if by["kind"] == "date":
        return dict(sorted(found.items(), key=lambda each: (each[0] == "", each[0])))
    return dict(sorted(found.items(), key=lambda each: int(each[0])) if by["kind"] == "key" else found)


def planned(root: Path, by: dict[str, Any], **fields: Any) -> Plan:
    changes = {"function": "work:work", "split": "data-partitions", "partition_strategy": "row-chunks", "workers": 2}
    wanted = {**changes, "target_partitions": 5, "partition_by": by, **fields}
    return make_plan(Contract.from_valid(support.data(**wanted)), root)


class Split:
    """The partitions of a plan as workers see them."""

    def __init__(self, root: Path, plan: Plan) -> None:
        assert isinstance(plan.shares, Groups)
        self.plan = plan
        self.stage = Stage(plan.contract, str(root), (str(root),), root / "run")
        layout.scratch(self.stage.directory).mkdir(parents=True, exist_ok=True)
        if plan.scratch:
            write_split(plan.shares, self.stage.directory, bytearray(b"\1" * plan.count), lambda _: None)

    def files(self, read: Callable[[Path], Any]) -> dict[str, Any]:
        """What a function reads from the file that it gets, by the key of the partition."""
        os.chdir(self.stage.root)
        found = {}
        for partition in self.plan.partitions():
            assert isinstance(partition.work, Group)
            with argument(partition.work, self.stage, as_chunk=False) as given:
                found[partition.work.key] = read(given.value)
        return found


@pytest.fixture(autouse=True)
def _in_its_own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # and back


def pieces_of(path: Path, **dialect: Any) -> list[bytes]:
    """The records of a CSV file, header included, as the bytes that they are."""
    text = path.read_bytes().decode("latin-1")
    lines: list[str] = []

    def pull() -> Iterable[str]:
        for line in io.StringIO(text, newline=""):
            lines.append(line)
            yield line

    found = []
    for _ in csv.reader(pull(), **dialect):
        found.append("".join(lines).encode("latin-1"))
        lines.clear()
    return found


CSV: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "csv": ("t.csv", "utf-8", {"delimiter": ","}, "\n"),
    "csv with CRLF and a mark": ("t.csv", "utf-8-sig", {"delimiter": ","}, "\r\n"),
    "tsv": ("t.tsv", "latin-1", {"delimiter": "\t"}, "\n"),
    "semicolons": ("t.csv", "utf-8", {"delimiter": ";", "quotechar": "'"}, "\r"),
}


WAYS = [(numpy, form, by) for numpy in (False, True) for form in CSV for by in (BYS if form == "csv" else BYS[:4])]


@pytest.mark.parametrize(("numpy", "form", "by"), WAYS)
def test_text_is_split_record_for_record(
    tmp_path: Path,
    form: str,
    by: dict[str, Any],
    numpy: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name, encoding, dialect, end = CSV[form]
    monkeypatch.setattr("parallel_stage.plan.groups.table.worth_numpy", lambda _: numpy)
    monkeypatch.setattr(reader, "BLOCK", 5_003)
    monkeypatch.setattr(csv_records, "BLOCK", 5_003)
    monkeypatch.setattr(split_table, "_HELD", 20_001)
    records = rows()
    with (tmp_path / name).open("w", encoding=encoding, newline="") as file:
        if end == "\r":  # beside which some versions do not quote a line feed
            dialect = {**dialect, "quoting": csv.QUOTE_ALL}
        writer = csv.writer(file, lineterminator=end, **dialect)
        writer.writerows([HEADER, *records])
    said = {"encoding": encoding, **{k: v for k, v in dialect.items() if k != "quoting"}}
    header, *pieces = pieces_of(tmp_path / name, **dialect)
    column = HEADER.index(by["column"])
    expected = by_hand(by, (record[column] for record in records), pieces)
    plan = planned(tmp_path, by, input=name, input_format=said)
    found = Split(tmp_path, plan).files(Path.read_bytes)
    assert list(found) == list(expected)
    assert found == {key: header + b"".join(each) for key, each in expected.items()}
    assert plan.scratch == len(header) + sum(map(len, pieces))
    assert [work.rows for work, _ in plan.shares if isinstance(work, Group)] == list(map(len, expected.values()))
    assert [weight for _, weight in plan.shares] == [len(b"".join(each)) for each in expected.values()]


@pytest.mark.parametrize("by", BYS, ids=lambda by: by.get("unit", by["kind"]))
def test_json_lines_are_split_record_for_record(
    tmp_path: Path, by: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "BLOCK", 5_003)
    chance = random.Random(3)  # noqa: S311
    records: list[dict[str, Any]] = [dict(zip(HEADER, row, strict=True)) for row in rows()]
    for record in records:
        if record[by["column"]] == "":
            record[by["column"]] = None
            if chance.random() < 0.5:
                del record[by["column"]]
    lines = [json.dumps(each, ensure_ascii=chance.random() < 0.5).encode() + b"\n" for each in records]
    (tmp_path / "t.jsonl").write_bytes(b"".join(line + b" \n" * (chance.random() < 0.1) for line in lines))
    canonical = (json.dumps(record.get(by["column"]), ensure_ascii=False) for record in records)
    texts = (record.get(by["column"]) or "" for record in records) if by["kind"] == "date" else canonical
    expected = by_hand(by, texts, lines)
    found = Split(tmp_path, planned(tmp_path, by, input="t.jsonl")).files(Path.read_bytes)
    assert list(found) == list(expected)
    assert found == {key: b"".join(each) for key, each in expected.items()}


@pytest.mark.parametrize(("by", "categories"), [*((by, False) for by in BYS), (BYS[0], True)])
def test_parquet_is_split_row_for_row(
    tmp_path: Path,
    by: dict[str, Any],
    categories: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    monkeypatch.setattr(split_table, "_HELD", 100_000)
    columns = [list(column) for column in zip(*rows(), strict=True)]
    texts = [value or None for value in columns[HEADER.index(by["column"])]]
    columns[HEADER.index(by["column"])] = texts
    table = pa.table(columns, names=HEADER).replace_schema_metadata({"made": "here"})
    if categories:
        table = table.set_column(1, "who", table["who"].dictionary_encode())
    parquet.write_table(table, tmp_path / "t.parquet", row_group_size=1_100)
    values = (
        [text or "" for text in texts] if by["kind"] == "date" else [json.dumps(t, ensure_ascii=False) for t in texts]
    )
    expected = by_hand(by, values, range(ROWS))
    plan = planned(tmp_path, by, input="t.parquet")
    found = Split(tmp_path, plan).files(parquet.read_table)
    assert list(found) == list(expected)
    assert plan.scratch > 0
    for key, numbers in expected.items():
        assert found[key].schema.equals(table.schema, check_metadata=True)
        assert found[key].to_pylist() == table.take(numbers).to_pylist()


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("files", [1, 3])
def test_a_table_in_which_equal_keys_stand_together_is_not_copied(tmp_path: Path, form: str, files: int) -> None:
    records = [[f"d{number // 40:02}", str(number)] for number in range(1_000)]
    shares = [records[len(records) * part // files : len(records) * (part + 1) // files] for part in range(files)]
    if form == "csv":
        for number, share in enumerate(shares):
            text = "\n".join(",".join(record) for record in [["day", "n"], *share])
            (tmp_path / f"{number}.csv").write_text(text)  # without a line end at the end
    else:
        pa = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        for number, share in enumerate(shares):
            table = pa.table([list(column) for column in zip(*share, strict=True)], names=["day", "n"])
            parquet.write_table(table, tmp_path / f"{number}.parquet", row_group_size=100)
    plan = planned(tmp_path, {"column": "day", "kind": "group"}, input=f"*.{form}")
    assert plan.scratch == 0
    assert "stand together" in plan.reason
    if form == "csv":
        found = Split(tmp_path, plan).files(
            lambda path: [*csv.reader(io.StringIO(path.read_text(encoding="utf-8")))][1:]
        )
    else:
        found = Split(tmp_path, plan).files(
            lambda path: [[*row.values()] for row in parquet.read_table(path).to_pylist()]
        )
    assert [*found] == [f"d{day:02}" if form == "csv" else f'"d{day:02}"' for day in range(25)]
    assert [record for each in found.values() for record in each] == records
    assert not any(layout.scratch(tmp_path / "run").iterdir())


def test_ids_do_not_depend_on_where_the_records_are(tmp_path: Path) -> None:
    by = {"column": "k", "kind": "group"}
    (tmp_path / "t.csv").write_text("k,v\na,1\nb,2\nc,3\n")
    apart = {work.key: number for number, work in _ids(planned(tmp_path, by, input="t.csv"))}
    (tmp_path / "t.csv").write_text("k,v\nc,3\na,1\nb,2\n")
    assert {work.key: number for number, work in _ids(planned(tmp_path, by, input="t.csv"))} == apart
    assert len(set(apart.values())) == 3
    (tmp_path / "t.csv").write_text("k,v\na,1\nc,3\na,2\n")
    changed = {work.key: number for number, work in _ids(planned(tmp_path, by, input="t.csv"))}
    assert changed["a"] == apart["a"]
    dates = planned(tmp_path, {"column": "v", "kind": "key"}, input="t.csv")
    others = planned(tmp_path, {"column": "v", "kind": "key"}, input="t.csv", target_partitions=6)
    assert not {number for number, _ in _ids(dates)} & {number for number, _ in _ids(others)}


def _ids(plan: Plan) -> list[tuple[str, Group]]:
    return [(each.id, each.work) for each in plan.partitions() if isinstance(each.work, Group)]


def test_a_table_that_changes_before_it_is_written_is_told(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("k,v\na,1\nb,2\na,3\n")
    plan = planned(tmp_path, {"column": "k", "kind": "group"}, input="t.csv")
    for text in ("k,v\na,1\nc,2\na,3\n", "k,v\na,1\nb,2\nb,3\n", "k,v\na,1\nb,2\n", "k,v\n", "k,v\na\nb,22\na,3\n"):
        file.write_text(text)
        with pytest.raises(InputChangedError, match=r"t\.csv has other records than when the plan was made"):
            Split(tmp_path, plan)


def test_only_wanted_partitions_are_written(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("k,v\n" + "".join(f"{number % 3},{number}\n" for number in range(300)))
    plan = planned(tmp_path, {"column": "k", "kind": "group"}, input="t.csv")
    assert isinstance(plan.shares, Groups)
    layout.scratch(tmp_path / "run").mkdir(parents=True)
    write_split(plan.shares, tmp_path / "run", bytearray(b"\0\1\0"), lambda _: None)
    written = (layout.split_table(tmp_path / "run") / "records.csv").read_bytes()
    assert b"\n1,298\n" in written
    assert b"\n2,299\n" not in written

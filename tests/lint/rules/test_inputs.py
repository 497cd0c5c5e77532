"""The rules on data, for what no text in a corpus can hold: binary files, directories, what the system refuses."""

from __future__ import annotations

import gzip
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parallel_stage.contract import document
from parallel_stage.contract.model import Contract
from parallel_stage.errors import NoInputError, ParallelStageError, PlanRefusedError
from parallel_stage.lint.config.model import Settings
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.engine.check_document import check_document
from parallel_stage.lint.inputs import inspect as looks
from parallel_stage.lint.rules import RULES
from parallel_stage.plan.inputs import listed
from parallel_stage.plan.planner import make_plan
from support import REUSED_FIXTURES, data

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.lint.diagnostic import Diagnostic

TABLE = b"carrier,delay\nAA,1\nUA,2\n"
GRID: dict[str, Any] = {"split": "parameter-sweep", "partition_strategy": "parameter-items", "target_partitions": 0}
WHOLE: dict[str, Any] = {"partition_strategy": "one-file-per-partition", "target_partitions": 0}


def check(directory: Path, *, inputs: bool = True, **changes: Any) -> list[Diagnostic]:
    """What is found out about a contract that stands in a directory, as JSON, which holds any text."""
    text = json.dumps(data(**changes), indent=0).encode()
    path = str(directory / "parallel_stage.json")
    return check_document(document.parse(text, path), Settings(check_inputs=inputs))


def found(directory: Path, **changes: Any) -> list[str]:
    return [f"{each.rule}: {each.message}" for each in check(directory, **changes)]


def write(directory: Path, **files: bytes) -> None:
    for name, content in files.items():
        (directory / name.replace("__", ".")).write_bytes(content)


def parquet(path: Path, **columns: list[Any]) -> None:
    import pyarrow as pa
    from pyarrow import parquet as pq

    pq.write_table(pa.table(columns), path)


def test_without_leave_no_data_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "InputInspection", lambda _: pytest.fail("looked"))
    assert check(tmp_path, inputs=False) == []
    assert check(tmp_path, inputs=False, **WHOLE, workers=8) == []


def test_inputs_are_listed_once_a_check_and_again_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def counted(name: str, split: str, root: str, *args: Any) -> Any:
        if root == str(tmp_path):  # not where else the files may be
            calls.append(name)
        return listed(name, split, root, *args)

    monkeypatch.setattr(looks, "listed", counted)
    assert [each.rule for each in check(tmp_path, input="*.csv", workers=4)] == ["input-matches-nothing"]
    write(tmp_path, a__csv=TABLE)
    assert check(tmp_path, input="*.csv", workers=4) == []
    assert calls == ["*.csv", "*.csv"]


@pytest.mark.parametrize("field", ["notes", "backend", "reducer"])
def test_a_field_that_has_nothing_to_do_with_data_silences_nothing(tmp_path: Path, field: str) -> None:
    changes: dict[str, Any] = {field: 7}
    rules = {each.rule for each in check(tmp_path, **changes)}
    assert rules == {"wrong-type", "input-matches-nothing"}


def test_a_finding_stands_on_the_input_and_says_nothing_of_this_machine(tmp_path: Path) -> None:
    (one,) = check(tmp_path, input="data/*.csv")
    assert (one.route, one.line_text) == (("input",), '"input": "data/*.csv",')
    assert str(tmp_path) not in one.message


def test_odd_names_match_nothing(tmp_path: Path) -> None:
    for name in ("\ud800/*.csv", "**/\ud800/*", "\ud800.csv", "a\0b/*", "x" * 300):
        assert [each.rule for each in check(tmp_path, input=name)] == ["input-matches-nothing"], name


def test_what_is_no_file_of_data_is_reported(tmp_path: Path) -> None:
    (tmp_path / "gone.csv").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.csv")
    (link,), (pipe,) = found(tmp_path, input="gone.csv"), found(tmp_path, input="pipe.csv")
    assert link.startswith("input-matches-nothing: input 'gone.csv' is a symbolic link that leads nowhere; repair")
    assert pipe.startswith("input-matches-nothing: input 'pipe.csv' is not a regular file; name")


def test_a_file_that_a_link_gives_a_second_path(tmp_path: Path) -> None:
    write(tmp_path, a__csv=TABLE)
    (tmp_path / "d").mkdir()
    (tmp_path / "d/a.csv").symlink_to("../a.csv")
    (tmp_path / "manifest.txt").write_text("a.csv\nd/a.csv\n", encoding="utf-8")
    twice = "input 'd/a.csv' is the file 'a.csv' by another path: it would count twice; "
    for name, rule in (("**/*.csv", "input-matches-nothing"), ("manifest.txt", "manifest-entry-missing")):
        assert found(tmp_path, input=name)[0].startswith(f"{rule}: {twice}")


@pytest.mark.parametrize("inner", ["manifest.txt", "d/**/*.csv"])
def test_what_the_system_refuses_while_listing_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inner: str
) -> None:
    def refuse(path: str, *_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied", path)

    (tmp_path / "d").mkdir()
    (tmp_path / "manifest.txt").write_text("a.csv", encoding="utf-8")
    monkeypatch.setattr("parallel_stage.plan.inputs.os.listdir", refuse)
    monkeypatch.setattr("parallel_stage.plan.listing.open", refuse, raising=False)
    (message,) = found(tmp_path, input=inner)
    name = inner.partition("/")[0]
    assert message == (
        f"input-matches-nothing: {name} cannot be read: Permission denied; check that it exists and may be read"
    )


def test_many_entries_are_missing_and_each_is_reported(tmp_path: Path) -> None:
    names = [f"{number}.csv" for number in range(300)]
    write(tmp_path, **{"7__csv": TABLE, "manifest__txt": "\n".join(names).encode()})
    messages = found(tmp_path, input="manifest.txt")
    assert len(messages) == 299
    assert messages[7] == (
        "manifest-entry-missing: manifest.txt, line 9: there is no file '8.csv'; correct the entry, or remove it"
    )


def test_a_manifest_is_judged_as_far_as_it_can_be_read(tmp_path: Path) -> None:
    write(tmp_path, manifest__jsonl=b'"a.csv"\n{"path"\n"b.csv"\n')
    rules = [each.rule for each in check(tmp_path, input="manifest.jsonl")]
    assert rules == ["input-matches-nothing", "manifest-entry-missing"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(TABLE, mtime=0), "it is compressed (it starts as gzip does)"),
        (TABLE.decode().encode("utf-16"), "it is UTF-16 (by its byte order mark), where newlines are not single bytes"),
        (TABLE.decode().encode("utf-32"), "it is UTF-32"),
        (b"a,b\r1,2\n\n3,4\n", "its header ends with a bare carriage return"),
    ],
)
@pytest.mark.parametrize("strategy", ["file-chunks", "row-chunks"])
def test_files_that_cannot_be_cut(tmp_path: Path, content: bytes, reason: str, strategy: str) -> None:
    write(tmp_path, a__csv=content, b__csv=TABLE)
    (message,) = found(tmp_path, input="*.csv", partition_strategy=strategy)
    assert message.startswith(
        f'unsplittable-input: partition_strategy is "{strategy}", but a.csv cannot be cut: {reason}'
    )
    assert found(tmp_path, input="*.csv", **WHOLE) == []


def test_a_thousand_files_with_one_reason_are_one_finding(tmp_path: Path) -> None:
    write(tmp_path, **{f"{number:03}__csv": gzip.compress(b"") for number in range(200)}, z__gz=b"", a__csv=TABLE)
    write(tmp_path, y__zip=TABLE)
    first, second = found(tmp_path, input="*")
    assert "000.csv cannot be cut (as with 199 more files): it is compressed" in first
    assert "y.zip cannot be cut: it is compressed (.zip)" in second


def test_parquet(tmp_path: Path) -> None:
    parquet(tmp_path / "a.parquet", carrier=["AA"], delay=[1])
    write(tmp_path, b__parquet=TABLE, c__parquet=b"")
    (tmp_path / "d.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-9])
    messages = found(tmp_path, input="*.parquet")
    faults = ("b.parquet cannot be cut: it does not start", "c.parquet cannot be cut: it is empty", "it is cut short")
    for message, fault in zip(messages, faults, strict=True):
        assert fault in message
    by: dict[str, Any] = {"split": "data-partitions", "input": "a.parquet"}
    by["partition_by"] = {"column": "carrier", "kind": "group"}
    assert found(tmp_path, **by) == []
    by["partition_by"] = {"column": "carriers", "kind": "group"}
    (message,) = found(tmp_path, **by)
    assert message.startswith('column-missing: partition_by.column is "carriers"')
    assert message.endswith("did you mean carrier?")
    # Nothing can be said of the columns of what is no Parquet, and one rule has said why.
    assert [each.rule for each in check(tmp_path, **{**by, "input": "b.parquet"})] == ["unsplittable-input"]


def test_without_pyarrow_parquet_is_not_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    write(tmp_path, a__parquet=TABLE, b__parquet=TABLE)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert found(tmp_path, input="*.parquet") == []
    by = {"column": "carrier", "kind": "group"}
    assert found(tmp_path, split="data-partitions", input="*.parquet", partition_by=by) == []
    assert found(tmp_path, split="data-partitions", input="a.parquet", partition_by=by) == []


def test_a_compressed_table_has_one_finding(tmp_path: Path) -> None:
    write(tmp_path, a__csv=gzip.compress(TABLE))
    by = {"column": "origin", "kind": "group"}
    rules = [each.rule for each in check(tmp_path, split="data-partitions", input="a.csv", partition_by=by)]
    assert rules == ["unsplittable-input"]
    write(tmp_path, a__csv=TABLE)
    said = {"splittable": False}  # hides no header
    rules = [
        each.rule
        for each in check(tmp_path, split="data-partitions", input="a.csv", partition_by=by, input_format=said)
    ]
    assert sorted(rules) == ["column-missing", "unsplittable-input"]


def test_what_the_system_refuses_of_data_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from parallel_stage.plan import divisible

    def refuse(path: str, *_: Any, **__: Any) -> str:
        raise PermissionError(13, "Permission denied", path)

    write(tmp_path, a__csv=TABLE, b__csv=TABLE)
    with monkeypatch.context() as patched:
        patched.setattr(divisible, "doubtful_quote", refuse)
        (message,) = found(tmp_path, input="*.csv")
        assert message.startswith(
            "ambiguous-records: a.csv can be cut only on a guess (as with 1 more file): it cannot"
        )
    monkeypatch.setattr(divisible, "opaque", refuse)
    (message,) = found(tmp_path, input="*.csv")
    assert "a.csv cannot be cut (as with 1 more file): it cannot be read (Permission denied)" in message
    monkeypatch.setattr("parallel_stage.plan.splits.table.open", refuse, raising=False)
    (message,) = found(tmp_path, input="*.csv", split="data-partitions")
    assert message.startswith("unsplittable-input: a.csv cannot be read: Permission denied; check")


def test_a_grid_that_goes_away_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from parallel_stage.plan.splits import grid, sweep

    write(tmp_path, grid__jsonl=b"1\n1\n")
    read = grid.grid_of

    def vanishing(path: str) -> sweep.Grid:
        grid = read(path)
        os.remove(path)
        return grid

    monkeypatch.setattr(grid, "grid_of", vanishing)
    (message,) = found(tmp_path, input="grid.jsonl", **GRID)
    assert message.startswith("grid-duplicates: grid.jsonl cannot be read: No such file or directory; check")


def test_quotes_of_many_files_are_one_finding(tmp_path: Path) -> None:
    write(tmp_path, a__csv=b'h\n5" pipe\n', b__csv=b'h\n"open\n', c__csv=b'h\n"\\""\n', d__csv=b'h\n"""x\n"""\n')
    (message,) = found(tmp_path, input="*.csv")
    assert "a.csv can be cut only on a guess (as with 2 more files): the quote at byte 3 stands" in message
    assert found(tmp_path, input="*.csv", input_format={"quotechar": '"'}) == []


@pytest.mark.parametrize(
    ("count", "workers", "said"), [(1, 4, "1 file would leave 3 workers idle"), (3, 4, "3 files"), (0, 4, "")]
)
def test_idle_workers_are_counted(tmp_path: Path, count: int, workers: int, said: str) -> None:
    write(tmp_path, **{f"{number}__csv": TABLE for number in range(count)})
    messages = [
        each.message for each in check(tmp_path, input="*.csv", workers=workers, **WHOLE) if each.rule == "idle-workers"
    ]
    assert len(messages) == bool(said)
    assert all(said in message for message in messages)


@pytest.mark.parametrize("count", [4, 5])
def test_no_worker_is_idle_where_there_are_files_enough(tmp_path: Path, count: int) -> None:
    write(tmp_path, **{f"{number}__csv": TABLE for number in range(count)})
    assert found(tmp_path, input="*.csv", workers=4, **WHOLE) == []


def test_a_manifest_with_faults_counts_nobody(tmp_path: Path) -> None:
    write(tmp_path, a__csv=TABLE, manifest__txt=b"a.csv\nb.csv\n")
    assert [each.rule for each in check(tmp_path, input="manifest.txt", workers=4, **WHOLE)] == [
        "manifest-entry-missing"
    ]


FILES = {
    "a.csv": TABLE,
    "b.csv": b"carrier,late\nAA,1\n",
    "c.csv": TABLE,
    "empty.csv": b"",
    "stray.csv": b'h\n5" pipe\n',
    "open.csv": b'h\n"x\n',
    "escaped.csv": b'h\n"\\"\n',
    "wide.csv": TABLE.decode().encode("utf-16"),
    "gzip.csv": gzip.compress(TABLE),
    "z.csv.gz": gzip.compress(TABLE),
    "long.csv": b'"' + b"x" * 140_000 + b'"\n1\n',
    "long2.csv": TABLE,
    "t.tsv": b"h\ti\n1\t2\n",
    "l.jsonl": b'{"a": 1}\n{"a": 2}\n',
    "l.txt": b"1\n2\n",
    "no.parquet": TABLE,
    "blob": b"\0\1\n",
    "manifest.txt": b"a.csv\nt.tsv\n",
    "manifest.json": b'["a.csv", "a.csv", 7]',
    "manifest.jsonl": b'"a.csv"\n"c.csv',
    "manifest.csv": b"path\nl.txt\nl.jsonl\n",
    "void.manifest": b"#\n",
    "grid.json": b'{"alpha": [1, 2]}',
    "twice.json": b"[1, 1.0]",
    "void.json": b"[]",
    "void.yaml": b"alpha: []\n",
    "odd.toml": b"day = [2026-01-31]\n",
    "broken.json": b"[",
    "rows.csv": b"a,b\n1\n",
}
INPUTS = [
    *FILES,
    "long*.csv",
    "*",
    "*.csv",
    "[ab].csv",
    "[ac].csv",
    "**/*.csv",
    "*.json",
    "l.*",
    "*.manifest",
    "d",
    "d/*",
    "\ud800/*",
]
FORMATS = [
    *(None, {}, {"splittable": False}, {"kind": "csv"}, {"kind": "lines"}, {"kind": "parquet"}, {"kind": "binary"}),
    *({"delimiter": "\t"}, {"delimiter": "\n"}, {"delimiter": '"'}, {"delimiter": "§"}, {"quotechar": ""}),
    *({"encoding": "utf-9"}, {"encoding": "utf-16"}, {"encoding": "latin-1"}, {"header": False}),
]


def _plan(directory: Path, fields: dict[str, Any]) -> ParallelStageError | None:
    try:
        plan = make_plan(Contract.from_valid(fields), directory)
        assert sum(1 for _ in plan.partitions()) == plan.count
    except (NoInputError, PlanRefusedError) as error:
        return error
    return None


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("project")
    for name, content in FILES.items():
        (directory / name).write_bytes(content)
    (directory / "d").mkdir()
    return directory


_FIELDS = st.fixed_dictionaries(
    {
        "split": st.sampled_from(["files", "data-partitions", "parameter-sweep"]),
        "partition_strategy": st.sampled_from(
            ["one-file-per-partition", "file-chunks", "row-chunks", "parameter-items"]
        ),
        "input": st.sampled_from(INPUTS),
        "input_format": st.sampled_from(FORMATS),
        "target_partitions": st.sampled_from([0, 3, 2_000_000]),
        "workers": st.sampled_from(["auto", 3, 3_000_000]),
    }
)


@settings(max_examples=400, suppress_health_check=REUSED_FIXTURES)
@given(_FIELDS)
@example({"split": "data-partitions", "partition_strategy": "row-chunks", "input": "long*.csv"})
@example(
    {"split": "files", "partition_strategy": "one-file-per-partition", "input": "a.csv", "input_format": FORMATS[8]}
)
def test_a_contract_that_passes_with_its_inputs_can_be_planned(project: Path, changes: dict[str, Any]) -> None:
    fields = data(**changes)
    errors = {each.rule for each in check(project, **fields) if each.severity is Severity.ERROR}
    refused = _plan(project, fields)
    assert refused is None or errors, refused
    impossible = {"input-matches-nothing", "manifest-entry-missing", "grid-invalid", "grid-empty", "strategy-mismatch"}
    assert refused or not errors & impossible, errors


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("split", ["files", "data-partitions", "parameter-sweep"])
def test_one_cause_has_one_rule(project: Path, name: str, split: str) -> None:
    strategy = "parameter-items" if split == "parameter-sweep" else "file-chunks"
    rules = {each.rule for each in check(project, split=split, input=name, partition_strategy=strategy)}
    several = {"unsplittable-input", "ambiguous-records"}  # of different files
    assert len({rule for rule in rules if RULES[rule].reads_data}) <= 1 or ("*" in name and rules >= several), rules


def test_files_one_directory_up_or_in_the_current_one_are_pointed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("project/data/a.csv", "project/data/b.csv", "here/data/c.csv", "project/stages/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(TABLE)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (found,) = check(tmp_path / "project/stages", input="data/*.csv")
    assert found.message.endswith("paths start at the contract: write '../data/*.csv', which matches 2 files")
    (found,) = check(tmp_path / "project/stages", input="data/c.csv")
    assert found.message.endswith("write '../../here/data/c.csv', which matches 1 file")
    for nowhere in ("data/*.txt", "**/*.csv", "/nowhere/*.csv"):
        (found,) = (each for each in check(tmp_path / "project/stages", input=nowhere) if each.rule.startswith("input"))
        assert "which matches" not in found.message

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import tomli

from parallel_stage.contract import schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]

NAME = "parallel_stage.toml"
FUNCTION = "my_pipeline.process:process_file"
MINIMUM = ["--name", "delays", "--function", FUNCTION, "--split", "files", "--input", "data/*.csv"]


@pytest.fixture(autouse=True)
def project(tmp_path: Path) -> Path:
    """A project with the function and the data that `MINIMUM` names, also as seen from apps/."""
    for directory in (tmp_path, tmp_path / "apps"):
        (directory / "data").mkdir(parents=True)
        (directory / "data/a.csv").touch()
        (directory / "my_pipeline").mkdir()
        (directory / "my_pipeline/process.py").write_text("def process_file(path):\n    return [1]\n")
    return tmp_path


def _written(tmp_path: Path, name: str = NAME) -> dict[str, object]:
    return tomli.loads((tmp_path / name).read_text())


def test_a_contract_is_written_and_passes_the_check(command: Command, tmp_path: Path) -> None:
    code, out, _ = command("new", *MINIMUM)
    assert (code, out) == (0, f"written: {NAME}\nnext: parallel-stage plan {NAME}\n")
    assert command("check", NAME)[0] == 0
    written = _written(tmp_path)
    assert list(written)[:12] == schema.schema()["required"]
    assert (written["workers"], written["output"]) == ("auto", "results/delays.json")


def test_every_option_is_a_field(command: Command, tmp_path: Path) -> None:
    options = {
        "workers": "4",
        "partition_strategy": "row-chunks",
        "target_partitions": "64",
        "min_partitions_per_worker": "3",
        "reducer": "custom",
        "backend": "dask",
        "output": "results/é.txt",
        "notes": "line one\nline two \x1b",
        "reducer_function": "a.b:merge",
        "threads_per_worker": "2",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]
    assert command("new", "apps/x.toml", *MINIMUM, *arguments, "--allow-missing")[0] == 0
    written = _written(tmp_path, "apps/x.toml")
    assert {name: str(written[name]) for name in options} == options


@pytest.mark.parametrize(
    ("split", "strategy"),
    [("files", "one-file-per-partition"), ("data-partitions", "row-chunks"), ("parameter-sweep", "parameter-items")],
)
def test_the_strategy_fits_the_split(split: str, strategy: str, command: Command, tmp_path: Path) -> None:
    assert command("new", *MINIMUM, "--split", split)[0] == 0
    assert _written(tmp_path)["partition_strategy"] == strategy


def test_an_invalid_contract_is_not_written(command: Command, tmp_path: Path) -> None:
    code, out, err = command("new", *MINIMUM, "--partition-strategy", "parameter-items")
    assert (code, out) == (1, "")
    assert err.startswith(f"not written: {NAME}\nerror[strategy-mismatch]")
    assert not (tmp_path / NAME).exists()


def test_a_file_is_replaced_only_by_force(command: Command, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("mine")
    code, out, err = command("new", *MINIMUM)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {NAME} exists and has another content\nhelp: ")
    assert (tmp_path / NAME).read_text() == "mine"
    assert command("new", *MINIMUM, "--force")[0] == 0
    assert _written(tmp_path)["name"] == "delays"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["new"], "Missing option"),
        (["new", "x.yaml", *MINIMUM], "does not end in .toml"),
        (["new", *MINIMUM, "--workers", "0"], "is neither"),
        (["new", *MINIMUM, "--split", "file"], "is not one of"),
        (["new", *MINIMUM, "--target-partitions", "-1"], "-1"),
        (["new", "/dev/null/x.toml", *MINIMUM, "--allow-missing"], "cannot be written"),
        (["new", *MINIMUM, "--notes", "\udcff"], "is not UTF-8"),
    ],
)
def test_wrong_usage(arguments: list[str], words: str, command: Command, tmp_path: Path) -> None:
    code, out, err = command(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["apps", "data", "my_pipeline"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("carrier:group", {"column": "carrier", "kind": "group"}),
        ("time:hour:date", {"column": "time:hour", "kind": "date"}),
        ("day:date:month", {"column": "day", "kind": "date", "unit": "month"}),
    ],
)
def test_a_table_by_a_column(written: str, expected: dict[str, str], command: Command, tmp_path: Path) -> None:
    assert command("new", *MINIMUM, "--split", "data-partitions", "--partition-by", written)[0] == 0
    assert _written(tmp_path)["partition_by"] == expected
    assert _written(tmp_path)["partition_strategy"] == "row-chunks"


@pytest.mark.parametrize("written", ["carrier", "carrier:groups", ":group", "day:date:months", ""])
def test_a_column_without_a_kind_is_refused(written: str, command: Command, tmp_path: Path) -> None:
    code, _, err = command("new", *MINIMUM, "--split", "data-partitions", "--partition-by", written)
    assert code == 2
    assert "COLUMN:KIND[:UNIT]; a kind is group, date, key, and a unit of dates day, week, month" in err
    assert not (tmp_path / NAME).exists()


def test_keys_need_a_number_of_buckets(command: Command, tmp_path: Path) -> None:
    assert command("new", *MINIMUM, "--split", "data-partitions", "--partition-by", "carrier:key")[0] == 1
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize(
    ("changes", "rule", "words"),
    [
        (["--input", "dat/*.csv"], "input-matches-nothing", "input 'dat/*.csv' matches no file"),
        (["--input", "data/manifest.txt"], "manifest-entry-missing", "b.csv"),
        (["--function", "my_pipelin.process:process_file"], "function-not-found", "no module my_pipelin"),
    ],
)
def test_what_is_not_found_is_said_and_nothing_written(
    changes: list[str], rule: str, words: str, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "data/manifest.txt").write_text("data/a.csv\ndata/b.csv\n")
    code, out, err = command("new", *MINIMUM, *changes)
    assert (code, out) == (1, "")
    assert err.startswith(f"not written: {NAME}\nerror[{rule}]: ")
    assert words in err
    assert err.endswith("help: correct it, or add --allow-missing if it comes later\n")
    assert not (tmp_path / NAME).exists()
    assert command("new", *MINIMUM, *changes, "--allow-missing")[0] == 0
    assert (tmp_path / NAME).exists()


def test_fixes_are_not_offered_for_what_is_not_there(command: Command) -> None:
    _, _, err = command("new", *MINIMUM, "--output", "results/delays.csv", "--reducer", "collect-json")
    assert "output-suffix" in err
    assert "--fix" not in err
    _, _, err = command("new", "b.parallel_stage.toml", *MINIMUM, "--partition-strategy", "parameter-items")
    assert "strategy-mismatch" in err
    assert "fix" not in err
    assert "--allow-missing" not in err


def test_a_name_that_nothing_finds_is_told(command: Command) -> None:
    code, _, err = command("new", "pipeline.toml", *MINIMUM)
    assert (code, err.count("note: check, hooks and editors find pipeline.parallel_stage.toml;")) == (0, 1)
    assert "note:" not in command("new", "b.parallel_stage.toml", *MINIMUM)[2]

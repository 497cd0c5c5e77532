"""AGILAB's command line beyond what its page shows; the page itself is in `tests/test_seed_page.py`."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
import tomli

from parallel_stage.contract import schema
from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]

NAME = "parallel_stage.toml"
MINIMUM = ["--name", "n", "--function", "a:b", "--split", "files", "--input", "data/*.csv"]


def test_the_generator_has_the_documented_defaults(command: Command, tmp_path: Path) -> None:
    code, out, err = command(*MINIMUM)
    assert (code, err) == (0, "")
    assert out.startswith(f"parallel stage contract: {NAME}\nstatus: ok\n")
    written = tomli.loads((tmp_path / NAME).read_text())
    assert {name: written[name] for name in schema.schema()["required"][5:]} == {
        "workers": 2,
        "partition_strategy": "one-file-per-partition",
        "target_partitions": 0,
        "min_partitions_per_worker": 2,
        "reducer": "collect-json",
        "backend": "local",
        "output": NAME,
    }
    assert "notes" not in written


def test_the_generator_tells_the_contract_as_json(command: Command, tmp_path: Path) -> None:
    code, out, _ = command(*MINIMUM, "--json", "--notes", "sums", "--output", "deep/x.toml", "--workers", "3")
    document = json.loads(out)
    assert code == 0
    assert list(document) == ["contract", "issues", "ok", "path", "warnings"]
    assert document["path"] == "deep/x.toml"
    assert list(document["contract"]) == sorted([*schema.schema()["required"], "notes"])
    assert (document["contract"]["notes"], document["contract"]["workers"]) == ("sums", 3)
    assert tomli.loads((tmp_path / "deep/x.toml").read_text())["notes"] == "sums"


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ([], 0),
        (["--workers", "1"], 0),
        (["--function", "no_colon"], 1),
        (["--name", " "], 1),
        (["--name", ""], 2),
        (["--split", "x"], 2),
        (["--workers", "0"], 1),
        (["--workers", "many"], 2),
        (["--target-partitions", "-1"], 1),
        (["--min-partitions-per-worker", "0"], 1),
        (["--backend", "ray"], 2),
    ],
)
def test_exit_codes_of_the_generator(extra: list[str], code: int, command: Command, tmp_path: Path) -> None:
    found, _, err = command(*MINIMUM, *extra)
    assert found == code
    assert "Traceback" not in err
    assert (tmp_path / NAME).exists() is (code == 0)


@pytest.mark.parametrize("missing", ["--name", "--function", "--split", "--input"])
def test_what_is_needed_is_named(missing: str, command: Command, tmp_path: Path) -> None:
    at = MINIMUM.index(missing)
    code, out, err = command(*MINIMUM[:at], *MINIMUM[at + 2 :])
    assert (code, out) == (2, "")
    assert err.startswith(f"error: missing to write a contract: {missing}\nhelp: ")
    assert os.listdir(tmp_path) == []


def test_another_file_is_not_replaced(command: Command, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("mine")
    code, _, err = command(*MINIMUM)
    assert code == 2
    assert "--force" in err
    assert (tmp_path / NAME).read_text() == "mine"
    assert command(*MINIMUM, "--force")[0] == 0
    assert command(*MINIMUM)[0] == 0


@pytest.mark.parametrize("arguments", [["--check", NAME], ["--json", "--check", NAME], [f"--check={NAME}"]])
def test_a_check_of_an_invalid_contract(arguments: list[str], command: Command, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(toml(workers=True))
    code, out, err = command(*arguments)
    assert (code, err) == (1, "")
    assert "workers is true" in out


@pytest.mark.parametrize("content", [None, "name = ", "\ufeffname = 1"])
def test_what_is_no_document_is_reported_in_json_too(content: str | None, command: Command, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / NAME).write_text(content, encoding="utf-8")
    code, out, err = command("--check", NAME, "--json")
    document = json.loads(out)
    assert (code, err, document["ok"], len(document["issues"])) == (1, "", False, 1)

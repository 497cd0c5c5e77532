"""The bytes of a result are the same on every backend and with every number of workers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.run.runner import run

from .cases import CASES, Case

if TYPE_CHECKING:
    from .conftest import MakeRequest

_NAMED = [pytest.param(case, id=case.name) for case in CASES]


@pytest.mark.parametrize("case", _NAMED)
def test_result_has_the_expected_bytes(case: Case, make_request: MakeRequest, backend: dict[str, Any]) -> None:
    outcome = run(make_request(case.code, case.files, case.fields, **backend))
    assert outcome.result.read_bytes() == case.expected
    assert outcome.manifest["partitions"]["failed"] == 0


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("case", _NAMED[1:10:4])
def test_number_of_workers_does_not_matter(case: Case, make_request: MakeRequest, workers: int) -> None:
    settings = {"overrides": {"backend": "pool", "workers": workers}}
    assert run(make_request(case.code, case.files, case.fields, **settings)).result.read_bytes() == case.expected


def test_custom_without_function_leaves_ordered_parts(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    code = "def work(item):\n    return [b'bytes', 'text\\n', {'a': 1}][item]\n"
    fields = {
        "split": "parameter-sweep",
        "input": "grid.json",
        "partition_strategy": "parameter-items",
        "reducer": "custom",
        "output": "parts",
    }
    request = make_request(code, {"grid.json": "[0, 1, 2]"}, fields, **backend)
    run(request)
    result = run(request).result
    assert {path.name: path.read_bytes() for path in result.iterdir() if path.name != "manifest.json"} == {
        "000000.bin": b"bytes",
        "000001.txt": b"text\n",
        "000002.json": b'{"a":1}\n',
    }
    named = json.loads((result / "manifest.json").read_text())["parts"]
    assert [part["file"] for part in named] == ["000000.bin", "000001.txt", "000002.json"]


def test_output_that_names_the_contract_goes_to_the_run_directory(
    make_request: MakeRequest, backend: dict[str, Any]
) -> None:
    request = make_request(
        "def work(path):\n    return 1\n", {"data/a": ""}, {"output": "parallel_stage.toml"}, **backend
    )
    outcome = run(request)
    assert outcome.result == outcome.directory / "result.json"
    assert outcome.result.read_bytes() == b"[\n1\n]\n"
    with open(request.path, encoding="utf-8") as contract:
        assert contract.read() == request.text


@pytest.mark.parametrize("pool", ["Thread", "Process"])
def test_pools_of_the_function_are_noticed(make_request: MakeRequest, backend: dict[str, Any], pool: str) -> None:
    code = f"from concurrent.futures import {pool}PoolExecutor\n"
    code += f"def work(path):\n    with {pool}PoolExecutor(3) as pool:\n"
    code += "        return sum(pool.map(abs, range(300), chunksize=1))\n"
    manifest = run(make_request(code, {"data/a": "", "data/b": ""}, {}, **backend)).manifest
    crowds = manifest["ran"]["workers"] > 1
    assert sum(each["partitions"] for each in manifest["crowding"]) == (2 if crowds else 0)
    assert all(f"{pool.lower()}" in each["what"] and "of its own" in each["what"] for each in manifest["crowding"])

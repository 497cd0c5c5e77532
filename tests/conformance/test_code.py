"""Each run executes the code that its project has now: in this process, in new ones, and on workers that stay."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.errors import PartitionsFailedError
from parallel_stage.run.runner import run

if TYPE_CHECKING:
    from parallel_stage.run.request import RunRequest

    from .conftest import MakeRequest

SWEEP = {"split": "parameter-sweep", "input": "grid.json", "partition_strategy": "parameter-items"}
GRID = {"grid.json": json.dumps(list(range(4)))}


def results(request: RunRequest) -> list[Any]:
    found: list[Any] = json.loads(run(request).result.read_text(encoding="utf-8"))
    return found


def modules(request: RunRequest) -> dict[str, str]:
    last = Path(request.directory, ".parallel-stage", "runs", "stage", "_LAST", "manifest.json")
    found: dict[str, str] = json.loads(last.read_text(encoding="utf-8"))["function"]["modules"]
    return found


def edit(path: Path, text: str) -> None:
    """Write a file, with a time in the same second as before."""
    before = os.stat(path).st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    second = before // 10**9 * 10**9
    if before:
        os.utime(path, ns=(before, second + (before + 1 - second) % 10**9))


LAZY = "def work(item):\n    import helper\n    return [helper.x]\n"
PACKAGE = {
    "package/__init__.py": "",
    "package/a.py": "from . import b\n",
    "package/b.py": "from helper import x\n",
    "space/inner.py": "from package.a import b\n",
}
ALL = "from space.inner import b\ndef work(item):\n    import helper\n    return [helper.x, b.x]\n"


def test_an_edited_helper(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    request = make_request(ALL, {**GRID, **PACKAGE, "helper.py": "x = 1\n"}, SWEEP, **backend)
    found = [(results(request), modules(request))]
    edit(Path(request.directory, "helper.py"), "x = 2\n")
    found.append((results(request), modules(request)))
    assert [values for values, _ in found] == [[[1, 1]] * 4, [[2, 2]] * 4]
    (_, before), (_, after) = found
    assert {name for name in after if before[name] != after[name]} == {"helper"}


def test_two_projects_with_a_module_of_one_name(
    make_request: MakeRequest, backend: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    one = make_request(LAZY, {**GRID, "helper.py": "x = 'one'\n"}, SWEEP, **backend)
    copy = tmp_path_factory.mktemp("two")
    shutil.copytree(one.directory, copy, dirs_exist_ok=True)
    (copy / "helper.py").write_text("x = 'two'\n", encoding="utf-8")
    two = replace(one, path=str(copy / "parallel_stage.toml"))
    assert [results(each)[0] for each in (one, two, one)] == [["one"], ["two"], ["one"]]


def test_a_file_named_by_its_path_imports_its_neighbour(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    files = {"scripts/m.py": LAZY, "scripts/helper.py": "x = 'beside'\n", "helper.py": "x = 'not'\n"}
    reducer = "import helper\ndef merge(parts, output): output.write_text(parts[0].read_text() + helper.x)\n"
    files |= {"reducers/merge.py": reducer, "reducers/helper.py": "x = 'merged'\n"}
    fields = {**SWEEP, "function": "scripts/m.py:work"}
    fields |= {"reducer": "custom", "reducer_function": "reducers/merge.py:merge"}
    request = make_request("", {**GRID, **files}, fields, **backend)
    assert run(request).result.read_text(encoding="utf-8") == '["beside"]\nmerged'
    edit(Path(request.directory, "reducers/helper.py"), "x = 'MERGED'\n")
    assert run(request).result.read_text(encoding="utf-8") == '["beside"]\nMERGED'


def test_an_edit_during_a_run_is_not_mixed_in(make_request: MakeRequest, backend: dict[str, Any]) -> None:
    code = (
        "import pathlib\ndef work(item):\n    pathlib.Path('helper.py').write_text('x = 2')\n"
        "    import helper\n    return helper.x\n"
    )
    request = make_request(code, {**GRID, "helper.py": "x = 1"}, SWEEP, **backend)
    with pytest.raises(PartitionsFailedError, match=r"code changed: .*helper\.py was edited while the stage ran"):
        run(request)

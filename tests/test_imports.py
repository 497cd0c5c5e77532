"""What a plain check loads: every module here would be paid for by every commit of every user."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support import toml

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {
    "typing",
    *("dask", "distributed", "pebble", "numpy", "pyarrow", "jsonschema", "referencing", "ruamel", "rich", "click"),
    *("parallel_stage.lint.config.file", "parallel_stage.lint.locate", "parallel_stage.contract.edits"),
    *("pygls", "lsprotocol", "parallel_stage.editor"),
    *("subprocess", "parallel_stage.lint.revisions", "parallel_stage.lint.discovery"),
    *("markdown_it", "parallel_stage.contract.markdown", "parallel_stage.contract.fences"),
    *("tree_sitter", "tree_sitter_toml", "tree_sitter_json", "difflib", "tomli_w", "hypothesis"),
    *(
        "pathlib",
        "dataclasses",
        "inspect",
        "asyncio",
        "multiprocessing",
        "concurrent",
        "importlib.metadata",
        "argparse",
    ),
    *("parallel_stage.run", "parallel_stage.plan.planner", "parallel_stage.plan.records", "parallel_stage.plan.inputs"),
    *("parallel_stage.contract.validation.explain", "parallel_stage.cli.group"),
}
SCRIPT = """
import json, os, sys
before = set(sys.modules)
sys.argv = ["parallel-stage", *{arguments!r}]
os._exit = sys.exit
from parallel_stage.cli import main
try:
    main()
except SystemExit as exit:
    print(json.dumps([exit.code, sorted(set(sys.modules) - before)]))
"""


def _loaded(*arguments: str) -> tuple[int, set[str]]:
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(arguments=arguments)], capture_output=True, text=True, check=True
    )
    assert not run.stderr
    code, modules = json.loads(run.stdout.splitlines()[-1])
    return code, set(modules)


def test_checking_a_valid_toml_contract_loads_nothing_heavy(tmp_path: Path) -> None:
    path = tmp_path / "parallel_stage.toml"
    path.write_text(toml(input_format={"kind": "csv"}) + "\n[x-inline]\ntable = { a = 'b' }\n")
    (tmp_path / "my_pipeline").mkdir()
    (tmp_path / "my_pipeline" / "process.py").write_text("def process_file(path):\n    return {}\n")
    code, modules = _loaded("check", str(path))
    assert code == 0
    assert modules & HEAVY == set()
    assert "tomli" in modules


def test_a_warning_needs_places_but_not_jsonschema(tmp_path: Path) -> None:
    path = tmp_path / "parallel_stage.toml"
    path.write_text(toml(workers=1))
    code, modules = _loaded("check", str(path))
    assert code == 0
    assert {"tree_sitter", "tree_sitter_toml"} <= modules
    assert not modules & {"jsonschema", "ruamel", "dask", "numpy", "rich"}


def test_an_ignore_needs_places_but_not_jsonschema(tmp_path: Path) -> None:
    path = tmp_path / "parallel_stage.toml"
    path.write_text(
        toml(workers=1) + "# parallel-stage: ignore-file[single-worker, function-not-found, unused-ignore]\n"
    )
    code, modules = _loaded("check", str(path))
    assert code == 0
    assert "parallel_stage.lint.suppressions.comments" in modules
    assert not modules & {"jsonschema", "ruamel", "dask", "numpy", "rich"}


def test_a_page_that_mentions_no_contract_is_not_parsed(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("# A page\n\n```toml\na = 1\n```\n")
    code, modules = _loaded("check", str(path))
    assert code == 0
    assert "parallel_stage.contract.markdown" in modules
    assert not modules & {"markdown_it", "tree_sitter", "jsonschema", "ruamel"}


@pytest.mark.parametrize("arguments", [["rules"], ["schema"], ["explain", "wrong-type"], ["--help"]])
def test_no_command_of_the_linter_loads_the_runner(arguments: list[str]) -> None:
    code, modules = _loaded(*arguments)
    assert code == 0
    assert not modules & {"dask", "distributed", "pebble", "numpy", "pyarrow", "multiprocessing"}


def test_the_package_alone_loads_none_of_its_parts() -> None:
    script = "import sys, parallel_stage; print(sorted(m for m in sys.modules if m.startswith('parallel_stage')))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['parallel_stage', 'parallel_stage.light_typing']"

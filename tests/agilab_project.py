"""What every test with AGILAB starts from: a small project, our command and AGILAB's."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

CONTRACT = "counts.parallel_stage.toml"
RESULT = '{"file":"a.csv","rows":3}\n{"file":"b.csv","rows":2}\n'
_PROJECT = {
    "counting.py": """\
from parallel_stage import current_partition


def work(path):
    rows = len(path.read_text().splitlines()) - 1
    return [{"file": current_partition().input_path.rpartition("/")[2], "rows": rows}]
""",
    "data/a.csv": "x\n1\n2\n3\n",
    "data/b.csv": "x\n1\n2\n",
    CONTRACT: """\
schema = "agilab.parallel_stage.v1"
name = "counts"
function = "counting:work"
split = "files"
input = "data/*.csv"
workers = 2
partition_strategy = "one-file-per-partition"
target_partitions = 0
min_partitions_per_worker = 2
reducer = "concat-jsonl"
backend = "pool"
output = "results/counts.jsonl"
""",
}


class Project(NamedTuple):
    """A directory with a contract, its function and its data; AGILAB's home is in it."""

    path: Path

    def parallel_stage(self, *arguments: str) -> str:
        """Run our command there; it has to succeed."""
        return self._run("-m", "parallel_stage", *arguments, check=True).stdout

    def agilab(self, *arguments: str) -> tuple[int, str]:
        """Run AGILAB's command there; return its exit code and what it prints."""
        ran = self._run("-m", "agilab", *arguments, check=False)
        return ran.returncode, ran.stdout + ran.stderr

    def python(self, *arguments: str, **environment: str) -> str:
        """Run Python there; it has to succeed."""
        return self._run(*arguments, check=True, **environment).stdout

    def _run(self, *arguments: str, check: bool, **changes: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "HOME": str(self.path / "home"), **changes}
        ran = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and ran.returncode:
            raise AssertionError(f"exit status {ran.returncode}: {ran.stderr}")
        return ran

    def result(self) -> str:
        """Return the result of the stage."""
        return (self.path / "results/counts.jsonl").read_text()

    def manifest(self) -> str:
        """Return the path of the last run's manifest in AGILAB's form."""
        return str(max((self.path / ".parallel-stage/runs/counts").glob("2*")) / "run_manifest.json")


def make(directory: Path) -> Project:
    """Write the project into a directory."""
    for name, text in _PROJECT.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    return Project(directory)

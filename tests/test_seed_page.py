"""AGILAB's page "Parallel Stages", from its first command to its last, as it is written there."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from pathlib import Path

import tomli

HOME = Path(__file__).resolve().parents[1]
ROWS = 180
"""The readings in the three files of the example."""


def dev(line: str, directory: Path, *, code: int = 0) -> str:
    """Run `./dev` with a line of the page, in a directory."""
    command = [str(HOME / "dev"), *shlex.split(line.replace("\\\n", ""))]
    ran = subprocess.run(command, cwd=directory, capture_output=True, encoding="utf-8", check=False)
    assert ran.returncode == code, ran.stderr
    return ran.stdout


def test_the_page(tmp_path: Path) -> None:
    project = tmp_path / "app"
    left = shutil.ignore_patterns(".parallel-stage", "artifacts", "__pycache__")
    shutil.copytree(HOME / "examples/preview", project, ignore=left)
    (project / "parallel_stage.toml").unlink()

    # Create a contract: "From the source checkout, create a parallel_stage.toml contract".
    dev(
        """parallel-stage \\
         --name process_csv_files \\
         --function my_pipeline.process:process_file \\
         --split files \\
         --input "data/*.csv" \\
         --workers-auto \\
         --partition-strategy file-chunks \\
         --target-partitions 64 \\
         --reducer concat-jsonl \\
         --backend local \\
         --output parallel_stage.toml""",
        project,
    )
    # "The generated file records the intended stage shape":
    text = (project / "parallel_stage.toml").read_text(encoding="utf-8")
    shape = """\
schema = "agilab.parallel_stage.v1"
name = "process_csv_files"
function = "my_pipeline.process:process_file"
split = "files"
input = "data/*.csv"
workers = "auto"
partition_strategy = "file-chunks"
target_partitions = 64
min_partitions_per_worker = 2
reducer = "concat-jsonl"
backend = "local"
output = "parallel_stage.toml"
"""
    assert shape in text
    assert list(tomli.loads(text)["next_steps"]) == ["local_preview", "workflow_stage", "distributed_run", "evidence"]

    # Check a contract, "before wiring it into an app or distributed run" (also: `parallel`).
    checked = dev("parallel-stage --check parallel_stage.toml", project)
    assert checked.splitlines()[:2] == ["parallel stage contract: parallel_stage.toml", "status: ok"]
    assert dev("parallel --check parallel_stage.toml", project) == checked
    # "For automation":
    printed = dev("parallel-stage --check parallel_stage.toml --json", project)
    report = json.loads(printed)
    assert printed == json.dumps(report, indent=2, sort_keys=True) + "\n"
    assert (list(report), report["ok"]) == (["issues", "ok", "path", "warnings"], True)
    # "The checker fails when the split rule is unknown":
    (project / "broken.toml").write_text(text.replace('"files"', '"file"'), encoding="utf-8")
    dev("parallel-stage --check broken.toml", project, code=1)
    dev("parallel-stage --nothing", project, code=2)

    # Try the packaged example: it "writes parallel_stage_preview.json", and "the important part" is this.
    figures = """\
input_files: 3
available_cores: 8
splittable_large_files:
  effective_workers: 8
  planned_partitions: 64
unsplittable_small_files:
  effective_workers: 3
  planned_partitions: 3
"""
    assert dev("preview --text --output log/parallel_stage_preview.json", project) == figures
    preview = json.loads((project / "log/parallel_stage_preview.json").read_text(encoding="utf-8"))
    assert (preview["schema"], preview["contract_valid"]) == ("agilab.example.parallel_stage.preview.v1", True)
    # The same for the contract itself, whose three files are really there; contract and preview start nothing.
    assert dev("parallel-stage plan parallel_stage.toml --preview --available-cores 8", project) == figures
    plan = dev("parallel-stage plan parallel_stage.toml --available-cores 8", project)
    assert "\npartitions  64 of" in plan
    assert "\nworkers     8 effective of 8 requested\n" in plan
    assert not (project / ".parallel-stage").exists()

    # Recommended sequence: "run one partition locally", "verify the reducer", "only then switch the backend".
    assert "partition-0.jsonl" in dev("parallel-stage run parallel_stage.toml --partition 0", project)
    results = []
    for backend in ("local", "pool"):
        dev(f"parallel-stage run parallel_stage.toml --backend {backend} --output {backend}.jsonl", project)
        results.append((project / f"{backend}.jsonl").read_text(encoding="utf-8"))
    assert results[0] == results[1]
    assert results[0].count("\n") == ROWS
    # The result never replaces the contract, which its own output names.
    assert (project / "parallel_stage.toml").read_text(encoding="utf-8") == text

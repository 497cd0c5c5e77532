"""What does a run on a warm service cost beside a cold cluster of its own?

python bench/service.py [--rounds N]

Whole processes, in turn, on the example with its own reducer: `run --service`, `run --backend dask`, and a script that
has nothing but Dask's client, with a dozen calls on the same service that do nothing, since a run has a client, too.
The results of both runs have to be equal, or nothing is printed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from processes import measure, table

OURS = str(Path(sysconfig.get_path("scripts")) / "parallel-stage")
EXAMPLE = Path(__file__).parents[1] / "examples" / "flights"
CONTRACT = "delays.parallel_stage.toml"
CLIENT = """\
import sys
from distributed import Client

client = Client(sys.argv[1])
print(sum(client.gather(client.map(abs, range(12), pure=False))))
"""


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description="Times a run on a warm service beside a cold cluster.")
    parser.add_argument("--rounds", type=int, default=7, help="how often each command runs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name) / "flights"
        shutil.copytree(EXAMPLE, directory, ignore=shutil.ignore_patterns(".parallel-stage", "results"))
        _command(directory, "service", "start", "bench")
        try:
            _measure(directory, options.rounds)
        finally:
            _command(directory, "service", "stop", "bench")


def _measure(directory: Path, rounds: int) -> None:
    (status,) = json.loads(_command(directory, "service", "status", "bench", "--json"))
    run = [OURS, "run", CONTRACT, "--quiet", "--keep-parts", "1"]
    lines = {
        "cold cluster": [*run, "--backend", "dask", "--output", "cold.txt"],
        "warm service": [*run, "--service", "bench", "--output", "warm.txt"],
        "Dask's client alone": [sys.executable, "-c", CLIENT, status["address"]],
    }
    medians = measure(lines, directory, rounds)
    if (directory / "cold.txt").read_bytes() != (directory / "warm.txt").read_bytes():
        sys.exit("void: the results differ")
    print(table(f"the flights, {rounds} rounds", medians, ["cold cluster"]))


def _command(directory: Path, *arguments: str) -> str:
    return subprocess.run([OURS, *arguments], cwd=directory, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()

"""The recorded terminal of the README: what the commands print about a contract with mistakes, as an SVG."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

COLUMNS = 100
FILES = {
    "flights.py": """\
import csv

DELAYS = []


def late(path):
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            if row["dep_delay"] != "NA" and int(row["dep_delay"]) > 60:
                DELAYS.append(row)
    return DELAYS
""",
    "parallel_stage.toml": """\
schema = "agilab.parallel_stage.v1"
name = "late_flights"
function = "flights:late"
split = "files"
input = "data/*.csv"
workers = "auto"
partition_strategy = "file_chunks"
target_partitions = 12
min_partitions_per_worker = 2
reducer = "concat-csv"
backend = "pool"
output = "data/late.csv"
""",
}
"""A project with three mistakes: one in the function, two in the contract."""

COMMANDS = ("check", "check --fix --diff")

# Without the fonts that rich's own format loads from elsewhere.
_SVG = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
font: {char_height}px/{line_height}px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
<rect width="{width}" height="{height}" rx="8" fill="#292929"/>
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def terminal_svg() -> str:
    """Run the commands in a directory of their own, and draw what they print as a terminal shows it."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    with TemporaryDirectory() as directory:
        for name, text in FILES.items():
            (Path(directory) / name).write_text(text, encoding="utf-8")
        for command in COMMANDS:
            console.print(Text(f"$ parallel-stage {command}", style="bold"))
            console.print(Text.from_ansi(_output(command, directory)))
    return console.export_svg(title="", code_format=_SVG, unique_id="terminal")


def _output(command: str, directory: str) -> str:
    ran = subprocess.run(  # noqa: S603
        # Unbuffered, so that both streams come in the order in which a terminal shows them.
        [sys.executable, "-I", "-u", "-m", "parallel_stage", *command.split()],
        cwd=directory,
        env={**os.environ, "FORCE_COLOR": "1", "NO_COLOR": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ran.stdout

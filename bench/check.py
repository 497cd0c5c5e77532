"""How long does a check take, as a whole process, beside other linters that read the same JSON Schema?

python bench/check.py [--rounds N] [--files N] [--json]

We run twice, with and without the rules that read the functions' source, which no other linter looks at. Two
measurements: one valid file, and many files of which a fifth is invalid, in one call. In every round each
command runs once, one after the other, so that a slow moment of the machine hits all of them; medians are
compared. Before anything is timed, each linter has to accept the valid files and to reject each kind of
invalid one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import sysconfig
import tempfile
from pathlib import Path

from processes import measure, run, table

from parallel_stage.lint.rules import function, side_effects

SCHEMA = Path(__file__).resolve().parents[1] / "schema/agilab.parallel_stage.v1.schema.json"
SCRIPTS = Path(sysconfig.get_path("scripts"))
OURS, BARE = "parallel-stage", "python -c pass"
WITHOUT = "without functions"
FUNCTION_RULES = ",".join(rule.id for rule in (*function.RULES, *side_effects.RULES))
LINTERS = {
    OURS: ("parallel-stage", "check"),
    WITHOUT: ("parallel-stage", "check", "--ignore", FUNCTION_RULES),
    "check-jsonschema": ("check-jsonschema", "--schemafile", str(SCHEMA)),
    "taplo": ("taplo", "lint", "--no-auto-config", "--schema", SCHEMA.as_uri()),
    "tombi": ("tombi", "lint", "--offline"),
}
TOMBI_CONFIG = f'[[schemas]]\npath = "{SCHEMA.as_posix()}"\ninclude = ["*.toml"]\n'

CONTRACT = """\
schema = "agilab.parallel_stage.v1"
name = "stage_{number}"
function = "my_pipeline.process:process_file"
split = "files"
input = "data/{number}/*.csv"
workers = {workers}
partition_strategy = "file-chunks"
target_partitions = {target}
min_partitions_per_worker = 2
reducer = "concat-jsonl"
backend = "pool"
output = "results/{number}.jsonl"
"""
MISTAKES = {
    "unknown key": ("reducer =", "reduser ="),
    "unknown value": ('"files"', '"filez"'),
    "missing key": ('backend = "pool"\n', ""),
    "wrong type": ("min_partitions_per_worker = 2", 'min_partitions_per_worker = "2"'),
    "out of range": ("min_partitions_per_worker = 2", "min_partitions_per_worker = 0"),
    "function form": ("process:process_file", "process"),
}


def contract(number: int, draw: random.Random) -> str:
    """Return a valid contract."""
    workers = draw.randint(2, 16)
    return CONTRACT.format(number=number, workers=workers, target=draw.randint(2, 8) * workers)


def write_files(directory: Path, count: int) -> tuple[list[str], list[str]]:
    """Write `count` contracts, every fifth invalid; returns the names of the valid and of the invalid ones."""
    draw = random.Random(20130101)  # noqa: S311 -- the same files every time are the point
    mistakes = list(MISTAKES.values())
    valid: list[str] = []
    invalid: list[str] = []
    for number in range(count):
        name, text = f"{number:06}.parallel_stage.toml", contract(number, draw)
        if number % 5:
            valid.append(name)
        else:
            text = text.replace(*mistakes[len(invalid) % len(mistakes)])
            invalid.append(name)
        (directory / name).write_text(text, encoding="utf-8")
    # The function that they name, so that all that there is to say of a valid contract is that it is one.
    (directory / "my_pipeline").mkdir()
    (directory / "my_pipeline/process.py").write_text("def process_file(path):\n    return {}\n", encoding="utf-8")
    (directory / "tombi.toml").write_text(TOMBI_CONFIG, encoding="utf-8")
    return valid, invalid


def commands(files: list[str]) -> dict[str, list[str]]:
    """Return each linter's command line for the files."""
    return {name: [str(SCRIPTS / tool), *options, *files] for name, (tool, *options) in LINTERS.items()}


def verify(directory: Path, valid: list[str], invalid: list[str]) -> None:
    """Stop the program where a linter refuses a valid file or lets one of the kinds of mistakes pass."""
    for name, command in commands(valid).items():
        if run(command, directory).code != 0:
            sys.exit(f"void: {name} does not accept the {len(valid)} valid files")
    for kind, file in zip(MISTAKES, invalid, strict=False):
        for name, command in commands([file]).items():
            if run(command, directory).code == 0:
                sys.exit(f"void: {name} accepts a file with this mistake: {kind}")


def main() -> None:
    """Measure, and print the tables or one JSON document."""
    parser = argparse.ArgumentParser(description="Times parallel-stage check beside other schema linters.")
    parser.add_argument("--rounds", type=int, default=21, help="rounds for one file; a quarter of it for many")
    parser.add_argument("--files", type=int, default=5000, help="how many the many are")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        valid, invalid = write_files(directory, max(options.files, 5 * len(MISTAKES)))
        verify(directory, valid, invalid)
        one = measure({BARE: [sys.executable, "-c", "pass"], **commands(valid[:1])}, directory, options.rounds)
        many = measure(commands(valid + invalid), directory, -(-options.rounds // 4))
    if options.json:
        print(json.dumps({"interpreter": sys.version, "one": one, "many": many}, indent=2, sort_keys=True))
        return
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores; medians\n")
    print(table(f"one valid file, {options.rounds} rounds", one, [BARE, OURS]), end="\n\n")
    print(table(f"{len(valid)} valid and {len(invalid)} invalid files in one call", many, [OURS]))


if __name__ == "__main__":
    main()

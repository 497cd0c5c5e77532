"""Searches at random for inputs that break a property: `./dev fuzz MINUTES [ARGUMENTS...]`.

Runs every test that uses hypothesis, again and again with new seeds, until the time is up or one fails;
further arguments go to pytest, as in `./dev fuzz 10 tests/lint -k sarif`. Add the example that is printed to
the test as an `@example(...)`, or, where the input is a file, to `corpus/`. Exits with 1 where something was
found.
"""

from __future__ import annotations

import argparse
import secrets
import subprocess
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
FAILED, NO_TESTS = 1, 5  # pytest's exit codes


def main() -> int:
    """Search until the time is up; returns the exit code."""
    minutes, arguments = _options()
    deadline = time.monotonic() + minutes * 60
    rounds = 0
    while (left := deadline - time.monotonic()) > 0:
        seed = secrets.randbelow(1 << 32)
        code = _round(seed, left, arguments)
        if code is None:
            break
        rounds += 1
        if code == FAILED:
            print(f"fuzz: round {rounds} found something; repeat it with --hypothesis-seed={seed}", file=sys.stderr)
            return 1
        if code:
            print("fuzz: no property test is chosen" if code == NO_TESTS else "fuzz: pytest failed", file=sys.stderr)
            return 2
    print(f"fuzz: nothing found in {minutes:g} minutes: {rounds} whole rounds and a part of one", file=sys.stderr)
    return 0


def _options() -> tuple[float, list[str]]:
    parser = argparse.ArgumentParser(prog="./dev fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("minutes", type=_minutes, metavar="MINUTES", help="how long to search")
    options, arguments = parser.parse_known_args()
    return options.minutes, arguments


def _minutes(text: str) -> float:
    minutes = float(text)
    if not 0 < minutes < float("inf"):
        raise argparse.ArgumentTypeError("write a number of minutes above 0")
    return minutes


def _round(seed: int, seconds: float, arguments: list[str]) -> int | None:
    """Run every property test once; None where the time is up before the end."""
    options = [
        "-m",
        "hypothesis",
        "--hypothesis-profile=search",
        f"--hypothesis-seed={seed}",
        "-p",
        "no:cacheprovider",
        "--maxfail=1",
    ]
    command = [sys.executable, "-m", "pytest", "--quiet", "--numprocesses", "2", *options, *arguments]
    command += ["-o", "faulthandler_timeout=0"]  # a property may take all of the time
    with subprocess.Popen(command, cwd=TESTS.parent) as run:
        try:
            return run.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            run.terminate()
            return None


if __name__ == "__main__":
    sys.exit(main())

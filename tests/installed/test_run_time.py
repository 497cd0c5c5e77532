"""What the linter says of functions, held against run time, over the packages of other makers."""

from __future__ import annotations

import json
import subprocess
import sys

import run_time

PACKAGES = (
    *("click", "jsonschema", "packaging", "ruamel.yaml", "attr", "toolz", "tlz"),
    *("hypothesis", "_pytest", "dask", "polars", "pandas.io", "pandas.core.reshape"),
)
KNOWN = {
    "_pytest._argcomplete:filescompleter: cannot be called": "is None where argcomplete is not installed",
}
"""Disagreements that stay, with the reason; each is an error that is missed, none a false one."""


def test_what_is_said_of_installed_packages_is_so_at_run_time() -> None:
    """Imported in a process of their own, since many leave traces."""
    command = [sys.executable, run_time.__file__, *PACKAGES]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    report = json.loads(run.stdout.splitlines()[-1])
    assert report["judged"] > 5_000
    wrong = [each for each in report["disagreements"] if each not in KNOWN]
    assert not wrong, "\n".join(wrong)

"""A validator of the Reviewdog Diagnostic Format that others wrote, from npm."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from findings import report_of_text
from parallel_stage.lint import reporters
from parallel_stage.lint.diagnostic import Report
from support import toml

if TYPE_CHECKING:
    from pathlib import Path

REPORTS = {
    "empty": Report([], []),
    "fixed": report_of_text(toml(backend="Pool", name="é🐍", workers=None)),
    "mixed": report_of_text(toml(workers=1, backend="local", name="", output="/x.csv")),
}


def _validated(text: str, node_modules: Path) -> subprocess.CompletedProcess[str]:
    program = node_modules / "@umbrelladocs" / "rdformat-validator" / "bin" / "rdformat-validator.js"
    command = ["node", str(program), "--strict", "--no-extra-fields"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_valid(name: str, node_modules: Path) -> None:
    done = _validated(reporters.render(REPORTS[name], "rdjson"), node_modules)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_validator_refuses_what_is_not_in_the_format(node_modules: Path) -> None:
    text = reporters.render(REPORTS["mixed"], "rdjson")
    for right, wrong in (('"severity": "ERROR"', '"severity": "error"'), ('"message"', '"mesage"')):
        assert right in text
        assert _validated(text.replace(right, wrong), node_modules).returncode != 0

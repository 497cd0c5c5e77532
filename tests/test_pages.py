"""The contracts that our own pages show are right."""

from __future__ import annotations

import subprocess
from pathlib import Path

from parallel_stage.contract.markdown import read
from parallel_stage.lint.config.lookup import Configurations
from parallel_stage.lint.engine.check_files import Job, check_files

HOME = Path(__file__).resolve().parents[1]
KEPT_APART = ("tests/", "bench/")
"""What holds examples of mistakes."""


def _pages() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=HOME, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and not name.startswith(KEPT_APART)]


def test_the_contracts_in_our_pages_are_right() -> None:
    pages = _pages()
    assert {"README.md", "docs/checking.md", "hooks/README.md"} <= set(pages)
    configurations = Configurations()
    paths = [str(HOME / page) for page in pages]
    found = check_files([Job(path, configurations.settings_for(path)) for path in paths])
    assert found.diagnostics == []
    assert found.contracts >= len(read(str(HOME / "README.md")).contracts) == 1

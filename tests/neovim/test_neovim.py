"""The language server in a real editor, set up as the documentation says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from opened_contracts import contract, project
from support import data

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "editors.md"
DRIVE = Path(__file__).with_name("drive.lua")
TOML = contract("a.toml", name="😀", backend="Local", workers=1)
# All on one line, so that columns behind the character of two units count.
JSON = json.dumps(data(name="😀", backend="Local", workers=1), ensure_ascii=False)


class Seen(NamedTuple):
    """What the editor had to show.

    Attributes:
        found: The rules of the first diagnostics, with their lines and columns in bytes, from 0.
        fixed: The text once the first offer for the first of them was taken.
        remaining: The rules of the diagnostics then.
        offered: The titles of what was offered.
        jumped: The file and line, from 1, that the function led to.
        lens: The titles of the lenses.
    """

    found: list[list[Any]]
    fixed: str
    remaining: list[str]
    offered: list[str]
    jumped: list[Any]
    lens: list[str]


def snippet() -> str:
    """What the documentation of the server says to write into `init.lua`."""
    section = DOCUMENTATION.read_text(encoding="utf-8").partition("\n## The language server\n")[2]
    found = re.search(r"^Neovim [^\n]*`init\.lua`:\n\n((?: {4}[^\n]*\n|\n)+)", section, re.MULTILINE)
    assert found, "docs/editors.md does not show how to set up Neovim"
    return found[1]


def neovim(directory: Path, file: str) -> Seen:
    program = shutil.which("nvim")
    assert program, "nvim was not found, and these tests are about it; install it, such as with: apt-get install neovim"
    (directory / "init.lua").write_text(snippet())
    scripts = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([scripts, os.environ["PATH"]]),
        **{f"XDG_{kind}_HOME": str(directory / "home") for kind in ("CONFIG", "DATA", "STATE", "CACHE")},
    }
    done = subprocess.run(
        [program, "--headless", "-n", "-u", "init.lua", file, "-c", f"luafile {DRIVE}"],
        cwd=directory, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    seen = directory / "seen.json"
    assert seen.exists(), done.stderr
    return Seen(**json.loads(seen.read_text(encoding="utf-8")))


@pytest.mark.parametrize(("file", "text"), [("parallel_stage.toml", TOML), ("my.parallel_stage.json", JSON)])
def test_neovim_shows_fixes_and_jumps(tmp_path: Path, file: str, text: str) -> None:
    project(tmp_path)
    (tmp_path / file).write_text(text, encoding="utf-8")
    seen = neovim(tmp_path, file)
    assert [rule for rule, *_ in seen.found] == ["unknown-value", "single-worker"]
    (_, line, column), _ = seen.found
    assert text.encode().splitlines()[line][column:].startswith(b'"Local"')
    assert seen.offered[0].startswith('Write "local"')
    assert seen.fixed.rstrip("\n") == text.replace("Local", "local").rstrip("\n")
    assert seen.remaining == ["single-worker"]
    assert seen.jumped == [str(tmp_path / "my_pipeline" / "process.py"), 4]
    assert seen.lens == ["about 64 partitions on 1 worker", "run partition 0"]

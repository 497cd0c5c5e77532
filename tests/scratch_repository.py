"""What the hook tests start from: a contract, a broken one, and git repositories in scratch directories."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import support

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = Path(__file__).resolve().parents[1]

# A function that every Python has, so that a repository needs no module for it.
GOOD = support.toml(function="json:dumps")
BAD = support.toml(function="json:dumps", split="filez")


@dataclass(frozen=True)
class Repository:
    """A git repository in a scratch directory, and the environment that commands run with."""

    path: Path
    env: Mapping[str, str]

    def write(self, name: str, text: str) -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        return (self.path / name).read_text(encoding="utf-8")

    def run(self, *command: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command at the repository's top; its `stdout` has what it printed to either stream."""
        return subprocess.run(
            command,
            cwd=self.path,
            env={**self.env, **env},
            text=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )

    def git(self, *arguments: str) -> str:
        result = self.run("git", *arguments)
        assert result.returncode == 0, result.stdout
        return result.stdout.strip()

    def stage(self, **files: str) -> None:
        for name, text in files.items():
            self.write(name, text)
        self.git("add", "--all")

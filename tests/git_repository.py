"""A git repository for tests: written, committed, and asked whether it is as it was."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_AS = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgSign=false", "-c", "core.autocrlf=false")


def git(root: Path, *arguments: str) -> str:
    """Run git in a directory, and return what it prints."""
    command = ["git", "-C", str(root), *_AS, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def write(root: Path, files: dict[str, str]) -> None:
    """Write files, by their paths from a directory on."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def commit(root: Path) -> None:
    """Commit all that is in a directory; the first time, make it a repository."""
    if not (root / ".git").exists():
        git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "a commit")


def state(root: Path) -> dict[str, tuple[int, bytes]]:
    """Return every file of a repository, its index and its objects included, with time and content."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

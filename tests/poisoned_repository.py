"""A repository that executes something as soon as a program imports, starts or configures by what lies in it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = ("pip", "venv", "setuptools", "click", "jsonschema", "ruamel", "tomli", "tree_sitter", "pygls", "lsprotocol")


def executed(repository: Path) -> Path:
    """The file that exists once something of the repository was executed; it says what."""
    return repository.parent / f"{repository.name}-executed"


def poison(repository: Path) -> None:
    """Put a module for every name that may be imported into a directory, and programs that git may start."""
    names = {*sys.stdlib_module_names, *(name.partition(".")[0] for name in sys.modules), *PACKAGES}
    names |= {"sitecustomize", "usercustomize", "tree_sitter_toml", "tree_sitter_json", "tomli_w", "attr", "cattrs"}
    code = f"open({str(executed(repository))!r}, 'a').write(__name__ + '\\n')\n"
    for name in names - {"__main__"}:
        (repository / f"{name}.py").write_text(code)
    for name in PACKAGES:
        (repository / name).mkdir()
        (repository / name / "__init__.py").write_text(code)
        (repository / name / "__main__.py").write_text(code)
    (repository / "poison.pth").write_text(f"import sys; exec({code!r})\n")
    (repository / "pyvenv.cfg.txt").write_text("home = .\n")
    _poison_git(repository)


def _poison_git(repository: Path) -> None:
    program = repository / "monitor"
    program.write_text(f"#!/bin/sh\necho monitor >>'{executed(repository)}'\n")
    program.chmod(0o755)
    (repository / "git").write_bytes(program.read_bytes())
    (repository / "git").chmod(0o755)
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True)
    subprocess.run(["git", "init", "--quiet", "--bare", str(repository / "bare")], check=True)
    for place in (repository, repository / "bare"):
        for key in ("core.fsmonitor", "core.sshCommand", "core.pager", "core.alternateRefsCommand", "diff.external"):
            subprocess.run(["git", "-C", str(place), "config", key, str(program)], check=True)

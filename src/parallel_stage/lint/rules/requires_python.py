"""Whether a project's `requires-python` excludes the Python that checks."""

from __future__ import annotations

import os
import re
import sys

import tomli

from parallel_stage.contract.function import project_root

_CLAUSE = re.compile(r"\s*(~=|==|!=|<=|>=|<|>)\s*(\d+(?:\.\d+){0,2})(\.\*)?\s*")


def exclusion(directory: str) -> str:
    """Return the `requires-python` of a directory's project where it excludes this Python; else empty."""
    path = os.path.join(project_root(directory, "pyproject.toml"), "pyproject.toml")
    try:
        with open(path, "rb") as file:
            project = tomli.load(file).get("project")
    except (OSError, ValueError):
        return ""
    wanted = project.get("requires-python") if isinstance(project, dict) else None
    return wanted if isinstance(wanted, str) and excludes(wanted, sys.version_info[:3]) else ""


def excludes(wanted: str, version: tuple[int, int, int]) -> bool:
    """Whether a version specifier excludes a version; a clause that is not understood excludes none."""
    clauses = map(_CLAUSE.fullmatch, wanted.split(","))
    return not all(clause is None or _allows(clause, version) for clause in clauses)


def _allows(clause: re.Match[str], version: tuple[int, int, int]) -> bool:
    sign, text, wild = clause.groups()
    number = tuple(map(int, text.split(".")))
    full = (*number, 0, 0)[:3]
    if sign == "~=":
        return version >= full and version[: len(number) - 1] == number[:-1]
    if sign in ("==", "!="):
        same = version[: len(number)] == number if wild else version == full
        return same is (sign == "==")
    return {"<": version < full, "<=": version <= full, ">": version > full, ">=": version >= full}[sign]

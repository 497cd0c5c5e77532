"""Editors' settings for the contract's schema beside a project: relative paths, no network."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

import tomli_w

from parallel_stage.contract import regular_file, schema
from parallel_stage.contract.formats import SUFFIXES
from parallel_stage.errors import UsageError

SCHEMA_FILE = f"{schema.CONTRACT}.schema.json"
"""The name of the schema's file, in the package and beside a project."""


class Home(NamedTuple):
    """A settings file of a project: its path, the content it needs, and its content.

    None where it is missing.
    """

    path: str
    wanted: str
    content: str | None


class Settings(NamedTuple):
    """The settings of one program.

    Attributes:
        path: The settings file, from the project's root.
        others: Files that the program reads in its place, or no longer reads beside it; each with the
            program's table in it, or empty for the whole file.
        data: The settings.
    """

    path: str
    others: dict[str, str]
    data: dict[str, Any]

    def home(self, directory: str) -> Home:
        """Return the file in a project that the program reads.

        Raise UsageError where a file cannot be read.
        """
        for name, table in self.others.items():
            path = os.path.join(directory, name)
            content = _content(path)
            if content is not None and table in content:
                return Home(path, _text(path, self.data, table), content)
        path = os.path.join(directory, self.path)
        return Home(path, _text(path, self.data), _content(path))


def settings() -> list[Settings]:
    """Return the settings of every program that needs some to find the schema in a project's root."""
    toml_names = [f"**/{name}" for name in names("toml")]
    taplo = {"rule": [{"include": toml_names, "schema": {"path": SCHEMA_FILE}}]}
    tombi = {"schemas": [{"path": SCHEMA_FILE, "include": toml_names}]}
    vscode = {
        "json.schemas": [{"fileMatch": names("json"), "url": f"./{SCHEMA_FILE}"}],
        "yaml.schemas": {f"./{SCHEMA_FILE}": names("yaml")},
    }
    return [
        Settings(".taplo.toml", {"taplo.toml": ""}, taplo),
        Settings("tombi.toml", {".tombi.toml": "", ".config/tombi.toml": "", "pyproject.toml": "tool.tombi"}, tombi),
        Settings(".vscode/settings.json", {}, vscode),
    ]


def names(format_: str) -> list[str]:
    """Return the patterns of the names of contracts in a format."""
    suffixes = [suffix for suffix, name in SUFFIXES.items() if name == format_]
    return [f"{stem}{suffix}" for suffix in suffixes for stem in ("parallel_stage", "*.parallel_stage")]


def _text(path: str, data: dict[str, Any], table: str = "") -> str:
    for name in reversed(table.split(".") if table else []):
        data = {name: data}
    return json.dumps(data, indent=2) + "\n" if path.endswith(".json") else tomli_w.dumps(data)


def _content(path: str) -> str | None:
    try:
        return regular_file.read(path).decode("utf-8", "replace")
    except FileNotFoundError:
        if os.path.islink(path):
            raise UsageError(f"{path} is a link to a file that is not there", "make the file, or remove it") from None
        return None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "make it a file that can be read") from None

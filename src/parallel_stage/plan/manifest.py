"""Manifests: files that name the files to process, in their order."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import NoInputError, PlanRefusedError
from parallel_stage.plan import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_stage.errors import ParallelStageError

_NAME = re.compile(r"(manifest\.(txt|csv|json|jsonl|ndjson|toml|yaml|yml)|\.manifest)$", re.IGNORECASE)
_PATH = "path"
_LIST = "files"
_LINES = (".jsonl", ".ndjson")
_WITH_ITEMS = (".json", ".toml", ".yaml", ".yml")


def is_manifest(name: str) -> bool:
    """Whether a file has a manifest's name.

    It ends, in upper or lower case, in `manifest.txt`, `manifest.csv` and the like, or `.manifest`.
    """
    return _NAME.search(name) is not None


def refuse(error: ParallelStageError) -> None:
    """Raise the error of an entry: one wrong entry makes a manifest useless."""
    raise error


def entries(path: str, root: str, report: Callable[[ParallelStageError], None] = refuse) -> list[str]:
    """Return the paths that a manifest names, in its order; relative ones start at the root, like the input.

    Text holds a path a line, `#` starts a comment line. JSON, YAML and TOML hold a list, or a table whose key
    `files` holds it; JSONL an entry a line. An entry is a path or a table with the key `path`; CSV has that
    column. `report` gets the error of an entry; where it does not raise it, the entry is left out.

    Raises:
        NoInputError: Where it names nothing, or what is not there.
        PlanRefusedError: Where it cannot be read, an entry is no path, or two are the same file.
        OSError: Where it cannot be opened.
    """
    names: list[str] = []
    places: dict[str, str] = {}
    place = ""
    for place, entry in _entries(path):
        where, name = f"{path}, {place}", entry.get(_PATH) if isinstance(entry, dict) else entry
        if not isinstance(name, str) or not name.strip() or "\0" in name:
            report(_no_path(where, entry))
            continue
        file = os.path.normpath(os.path.join(root, name))
        if file in places:
            report(PlanRefusedError(f"{where}: {name!r} is already named in {places[file]}", "name every file once"))
        elif not os.path.isfile(file):
            report(_missing(where, name, root))
        else:
            places[file] = place
            names.append(name)
    if not place:
        raise NoInputError(f"the manifest {path} names no file", "write one path a line or an item")
    return names


def _no_path(where: str, entry: Any) -> PlanRefusedError:
    return PlanRefusedError(
        f"{where}: {entry!r} is not a path", f"write a path, or a table whose key {_PATH!r} holds it"
    )


def _missing(where: str, name: str, root: str) -> NoInputError:
    hint = (
        "write one path an entry: a glob and a comment behind a path are not read;"
        " relative paths start at the contract's directory, or at --root"
    )
    return NoInputError(f"{where}: there is no file {name!r} in {root}", hint)


def _entries(path: str) -> Iterator[tuple[str, Any]]:
    """Yield every entry with the words for its place."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".csv":
        for line, row in listing.rows_of(path):
            yield f"line {line}", row
    elif suffix in _LINES:
        for line, value in listing.values_of(path):
            yield f"line {line}", value
    elif suffix in _WITH_ITEMS:
        for number, item in enumerate(_items(path, listing.data_of(path)), start=1):
            yield f"item {number}", item
    else:
        for line, text in listing.lines_of(path):
            if text.strip() and not text.lstrip().startswith("#"):
                yield f"line {line}", text.strip()


def _items(path: str, data: Any) -> list[Any]:
    items = data.get(_LIST) if isinstance(data, dict) else data
    if not isinstance(items, list):
        message = f"the manifest {path} holds no list of files"
        raise PlanRefusedError(message, f"write a list of paths, or a table whose key {_LIST!r} holds it")
    return items

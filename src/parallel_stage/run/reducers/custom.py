"""`custom`: one file for each partition, in plan order, and a manifest; the app merges them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from parallel_stage.run.reducers import strict_json
from parallel_stage.run.reducers.encoded import Encoded, UnfitValueError, refuse_file_name
from parallel_stage.run.storage.digest import measure

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from parallel_stage.run.reducers.encoded import Write
    from parallel_stage.run.storage.digest import Measure
    from parallel_stage.run.storage.part import PartitionOutput

MANIFEST = "manifest.json"
"""The file by which a directory of parts is recognized."""

KIND = "agilab.parallel_stage.parts.v1"
_BLOCK = 1 << 20
_HINT = "return a pathlib.Path of a file, bytes, text or a JSON-compatible value"


def encode(value: object, write: Write) -> Encoded:
    """Take the path of a file (its suffix is kept), bytes, text or a JSON-compatible value.

    Raises:
        UnfitValueError: For a file that cannot be read, text that names a file or has no line end, and with
            the JSON path for what JSON cannot hold.
    """
    if isinstance(value, os.PathLike):
        return Encoded(1, _copy(value, write))
    if isinstance(value, (bytes, bytearray, memoryview)):
        refuse_file_name(bytes(value))
        write(bytes(value))
        return Encoded(1, ".bin")
    if isinstance(value, str):
        refuse_file_name(value)
        try:
            write(value.encode("utf-8"))
        except UnicodeEncodeError as error:
            raise UnfitValueError(f"the text that the function returned is not UTF-8: {error}", _HINT) from None
        return Encoded(1, ".txt")
    write(strict_json.encoded(value) + b"\n")
    return Encoded(1, ".json")


def merge(outputs: Iterable[PartitionOutput], target: Path) -> Measure:
    """Make the result of `arrange`, and measure it."""
    arrange(outputs, target)
    return measure(target, to_disk=True)


def arrange(outputs: Iterable[PartitionOutput], target: Path) -> None:
    """Make the directory `target` with a file for each partition, and `manifest.json` with their order."""
    target.mkdir()
    with (target / MANIFEST).open("w", encoding="utf-8", newline="\n") as manifest:
        before = '{\n  "parts": ['
        for output in outputs:
            receipt = output.receipt
            name = f"{receipt.index:06d}{receipt.suffix}"
            with (target / name).open("wb") as file:
                file.writelines(output.blocks())
            entry = {
                "bytes": receipt.length,
                "digest": receipt.digest,
                "file": name,
                "id": receipt.id,
                "index": receipt.index,
            }
            manifest.write(f"{before}\n    {json.dumps(entry, sort_keys=True)}")
            before = ","
        manifest.write(f'\n  ],\n  "schema": "{KIND}"\n}}\n')


def is_ours(directory: Path) -> bool:
    """Whether a directory holds only what `merge` has written, so that a new result may replace it."""
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        made = {MANIFEST, *(part["file"] for part in manifest["parts"])}
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return manifest.get("schema") == KIND and {path.name for path in directory.iterdir()} <= made


def _copy(path: os.PathLike[str], write: Write) -> str:
    try:
        with open(path, "rb") as file:
            while block := file.read(_BLOCK):
                write(block)
    except OSError as error:
        message = f"the file that the function returned, {os.fspath(path)!r}, cannot be read: {error.strerror}"
        raise UnfitValueError(message, _HINT) from None
    return os.path.splitext(os.fspath(path))[1]

"""Write contracts and other texts into files, whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import TYPE_CHECKING, Any

from parallel_stage.contract import regular_file
from parallel_stage.contract.schema import field, schema
from parallel_stage.contract.schema_comment import schema_line
from parallel_stage.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


def toml(values: Mapping[str, Any]) -> str:
    """Return a contract as TOML.

    It has the line for editors, the values in the schema's order, then the next steps.
    """
    import tomli_w

    steps = {name: node["default"] for name, node in field("next_steps")["properties"].items()}
    ordered = {name: values[name] for name in schema()["properties"] if name in values}
    head = f"{schema_line('toml')}\n# function + split rule + reducer = parallel stage\n"
    return head + tomli_w.dumps({**ordered, "next_steps": steps})


def write(path: str, text: str, *, force: bool) -> None:
    """Write a text into a file, whole or not at all.

    Raises:
        UsageError: Where the file exists with another text, unless `force` is given; or it cannot be written.
    """
    if not force and os.path.lexists(path) and not _holds(path, text):
        raise UsageError(f"{path} exists and has another content", "name another file, or say --force to replace it")
    directory = os.path.dirname(os.path.abspath(path))
    try:
        os.makedirs(directory, exist_ok=True)
        # The file leaves this directory once it is whole; otherwise it is removed with it.
        with tempfile.TemporaryDirectory(dir=directory, prefix=".new-") as new:
            written = os.path.join(new, "contract")
            with open(written, "x", encoding="utf-8", newline="\n") as file:
                file.write(text)
            if os.path.exists(path):
                shutil.copymode(path, written)
            os.replace(written, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", "name a place that can be written") from None


def rewrite(path: str, before: str, after: str) -> None:
    """Replace the text of a file that was read, whole or not at all; a link to it stays a link.

    Raises:
        UsageError: Where the file no longer holds what was read, or cannot be written.
    """
    target = os.path.realpath(path)
    if not _holds(target, before):
        raise UsageError(f"{path} changed while it was checked, and is left as it is", "check it again")
    if not os.access(target, os.W_OK):
        raise UsageError(f"{path} is read-only, and is left as it is", "let it be written, or say --diff")
    write(target, after, force=True)


def _holds(path: str, text: str) -> bool:
    try:
        return regular_file.read(path) == text.encode()
    except OSError:
        return False

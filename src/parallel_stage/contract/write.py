"""Write contracts and other texts into files, whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import TYPE_CHECKING, Any

from parallel_stage.contract import project, regular_file
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
    """Write a text into a file, whole or not at all; a link stays a link, and mode and owner stay.

    A file with several hard links, or whose owner cannot be kept, is overwritten instead of replaced.

    Raises:
        UsageError: Where the file exists with another text, unless `force` is given; a link leads out of the
            project; or it cannot be written.
    """
    if not force and os.path.lexists(path) and not _holds(path, text):
        raise UsageError(f"{path} exists and has another content", "name another file, or say --force to replace it")
    if project.leads_out(path):
        raise UsageError(f"{path} leads out of the project by a link, and is not written", "name the file it leads to")
    target = os.path.realpath(path)
    directory = os.path.dirname(target)
    try:
        os.makedirs(directory, exist_ok=True)
        # The file leaves this directory once it is whole; otherwise it is removed with it.
        with tempfile.TemporaryDirectory(dir=directory, prefix=".new-") as new:
            written = os.path.join(new, "contract")
            with open(written, "xb") as file:
                file.write(text.encode())
            if os.path.exists(target) and not _can_replace(written, target):
                _overwrite(target, text.encode())
            else:
                os.replace(written, target)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", "name a place that can be written") from None


def _can_replace(new: str, old: str) -> bool:
    """Give a new file the mode and the owner of an old one; False where it cannot stand for it."""
    before = os.stat(old)
    shutil.copymode(old, new)
    after = os.stat(new)
    if (before.st_uid, before.st_gid) != (after.st_uid, after.st_gid):
        try:
            os.chown(new, before.st_uid, before.st_gid)
        except OSError:
            return False
    return before.st_nlink == 1


def _overwrite(path: str, content: bytes) -> None:
    with open(path, "r+b") as file:
        file.write(content)
        file.truncate()


def rewrite(path: str, before: str, after: str) -> None:
    """Replace the text of a file that was read, as `write` does.

    Raises:
        UsageError: Where the file no longer holds what was read, or cannot be written.
    """
    if not _holds(path, before):
        raise UsageError(f"{path} changed while it was checked, and is left as it is", "check it again")
    if not os.access(path, os.W_OK):
        raise UsageError(f"{path} is read-only, and is left as it is", "let it be written, or say --diff")
    write(path, after, force=True)


def _holds(path: str, text: str) -> bool:
    try:
        return regular_file.read(path) == text.encode()
    except OSError:
        return False

"""What stands above the strategy: what a run would do, and the first partition to run."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from lsprotocol import types

from parallel_stage.editor import preview

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.editor.open_document import Diagnosis, OpenDocument

RUN_IN_TERMINAL = "parallel-stage.runInTerminal"
"""The client's own command. Its argument is an object with `command`, a list of words, and `cwd`, a directory."""


def lenses(opened: OpenDocument, diagnosis: Diagnosis, *, runs: bool) -> list[types.CodeLens]:
    """Return the lenses of a document; none where a check has found an error.

    Args:
        opened: The document.
        diagnosis: Its diagnosis.
        runs: Whether the client has a terminal in which a partition can run.
    """
    place = opened.positions.range(preview.place(opened))
    return [types.CodeLens(place, command) for command in _commands(opened, diagnosis, runs=runs)]


def _commands(opened: OpenDocument, diagnosis: Diagnosis, *, runs: bool) -> Iterator[types.Command]:
    if text := preview.preview(opened, diagnosis):
        yield types.Command(text, command="")  # a text without a command
    if runs and preview.is_valid(diagnosis) and os.path.isfile(opened.path):
        words = [os.path.abspath(sys.argv[0]), "run", opened.path, "--partition", "0"]
        yield types.Command("run partition 0", RUN_IN_TERMINAL, arguments=[{"command": words, "cwd": opened.directory}])

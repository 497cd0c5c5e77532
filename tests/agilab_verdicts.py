"""Documents with the verdict of AGILAB's own checker (July 2026), which is in none of its packages, beside ours."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from parallel_stage.lint.diagnostic import Diagnostic, Severity
from parallel_stage.lint.engine.check_document import check_file

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "x.parallel_stage.toml"
_FILE = Path(__file__).with_suffix(".jsonl")
_FUNCTIONS = "def work(path):\n    return [{}]\n\n\ndef two(path, other):\n    return [{}]\n"


class Verdict(NamedTuple):
    """A document and what both checkers say of it.

    Attributes:
        text: The document.
        theirs: Whether AGILAB's checker accepts it; None where it ends with a traceback.
        errors: The errors that ours finds.
    """

    text: str
    theirs: bool | None
    errors: list[Diagnostic]

    @property
    def ours(self) -> bool:
        """Whether our checker accepts the document."""
        return not self.errors


def verdicts() -> Iterator[Verdict]:
    """Yield every document, each checked beside a module `counting` that has the functions `work` and `two`."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        try:
            Path("counting.py").write_text(_FUNCTIONS, encoding="utf-8")
            for line in _FILE.read_text(encoding="utf-8").splitlines():
                case = json.loads(line)
                Path(NAME).write_bytes(case["toml"].encode())
                errors = [found for found in check_file(NAME) if found.severity is Severity.ERROR]
                yield Verdict(case["toml"], case["valid"], errors)
        finally:
            os.chdir(before)

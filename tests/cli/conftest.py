from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from parallel_stage import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Finished(NamedTuple):
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Finished]:
    """The whole command from its entry point, in the test's own directory, without the cost of a process."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str = "", **environment: str) -> Finished:
        with monkeypatch.context() as patch:
            for name in ("NO_COLOR", "FORCE_COLOR"):
                patch.delenv(name, raising=False)
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
            patch.setattr(sys, "argv", ["parallel-stage", *arguments])
            patch.setattr(os, "_exit", sys.exit)
            with pytest.raises(SystemExit) as left:
                cli.main()
        printed = capsys.readouterr()
        return Finished(left.value.code or 0, printed.out, printed.err)  # type: ignore[arg-type]

    return run

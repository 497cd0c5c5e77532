from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., tuple[int, str, str]]

COMMAND = Path(sys.executable).with_name("parallel-stage")


@pytest.mark.parametrize("missing", ["pygls", "lsprotocol"])
def test_without_its_packages_it_says_what_to_install(
    command: Command, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name in [name for name in sys.modules if name.startswith(("parallel_stage.editor", f"{missing}."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    code, _, err = command("lsp")
    assert code == 2
    assert "pip install 'parallel-stage[lsp]'" in err


def test_it_ends_with_its_editor() -> None:
    done = subprocess.run([COMMAND, "lsp"], stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")

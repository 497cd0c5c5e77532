"""What commands print on a terminal of 60, 80 and 120 columns, with and without colour.

Each is compared with a file in `terminal/`. UPDATE_SNAPSHOTS=1 writes the files anew: look at the changes.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.formatting import HelpFormatter

from parallel_stage import cli
from parallel_stage.cli import terminal
from parallel_stage.cli.exit_codes import print_error
from parallel_stage.cli.group import group
from parallel_stage.cli.progress import _Bar
from parallel_stage.errors import PlanRefusedError
from parallel_stage.wording import wrapped
from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable

    Shown = Callable[..., str]

pty = pytest.importorskip("pty", reason="only POSIX has pseudo-terminals")

SNAPSHOTS = Path(__file__).parent / "terminal"
WIDTHS = (60, 80, 120)
NAME = "delays.parallel_stage.toml"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
COMMANDS = {
    "check": ("check", NAME),
    "new": (
        *("new", "n.parallel_stage.toml", "--name", "n", "--function", "stage.py:process"),
        *("--split", "files", "--input", "daat/*.csv"),
    ),
    "help": ("--help",),
    "statistics": ("check", "--statistics", NAME),
    "diff": ("diff", "good.parallel_stage.toml", "new.parallel_stage.toml"),
    "plan": ("plan", "good.parallel_stage.toml", "--available-cores", "8"),
}


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Runs a command whose two streams are a terminal; returns what is on it."""
    import fcntl
    import struct
    import termios

    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    for name in "abc":
        (tmp_path / f"data/{name}.csv").write_text("x\n" + "1\n" * 50, encoding="utf-8")
    (tmp_path / "stage.py").write_text("def process(source):\n    return 1\n", encoding="utf-8")
    wrong = {"backend": "Pool", "workers": 1, "output": "results/delays.csv", "notes": "a long note " * 12}
    (tmp_path / NAME).write_text(toml(function="stage.py:proces", **wrong), encoding="utf-8")
    (tmp_path / "good.parallel_stage.toml").write_text(toml(function="stage.py:process"), encoding="utf-8")
    changed = toml(function="stage.py:process", reducer="collect-json", output="out/delays.json", target_partitions=9)
    (tmp_path / "new.parallel_stage.toml").write_text(changed, encoding="utf-8")

    def run(*arguments: str, width: int, colour: bool) -> str:
        reader, writer = pty.openpty()
        fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
        with monkeypatch.context() as patch, os.fdopen(writer, "w", encoding="utf-8") as stream:
            patch.delenv("FORCE_COLOR", raising=False)
            patch.setenv("COLUMNS", str(width))  # click asks standard output alone, and the environment first
            patch.setenv("NO_COLOR", "" if colour else "1")
            for name, value in (("stdout", stream), ("stderr", stream), ("argv", ["parallel-stage", *arguments])):
                patch.setattr(sys, name, value)
            patch.setattr(os, "_exit", sys.exit)
            with pytest.raises(SystemExit):
                cli.main()
            stream.write("\x04")
            stream.flush()
            text = b""
            while not text.endswith(b"\x04"):
                text += os.read(reader, 65_536)
        os.close(reader)
        return text[:-1].decode().replace("\r\n", "\n").replace(str(tmp_path), "…")

    return run


@pytest.mark.parametrize("colour", [False, True], ids=["plain", "colour"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_terminal_shows(name: str, width: int, colour: bool, shown: Shown) -> None:  # noqa: FBT001
    text = shown(*COMMANDS[name], width=width, colour=colour)
    plain = COLOUR.sub("", text)
    assert (plain != text) is (colour and name in ("check", "diff", "new", "statistics"))
    too_wide = [line for line in plain.splitlines() if len(line) > width]
    assert all(" " not in line.strip() or line.startswith("next: ") for line in too_wide), too_wide
    snapshot = SNAPSHOTS / f"{name}-{width}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.write_text(plain, encoding="utf-8")
    assert plain == snapshot.read_text(encoding="utf-8")


def test_colour_marks_labels_and_carets(shown: Shown) -> None:
    text = shown(*COMMANDS["check"], width=80, colour=True)
    assert "\x1b[31m\x1b[1merror[function-undefined]\x1b[0m: function is" in text
    assert "\x1b[31m\x1b[1m^^^^^^^^^^^^^^^^^\x1b[0m" in text


def test_the_help_cuts_no_summary() -> None:
    formatter = HelpFormatter(width=60)
    context = group.make_context("parallel-stage", [], resilient_parsing=True)
    group.format_commands(context, formatter)
    assert "..." not in formatter.getvalue()
    assert re.sub(r"\s+", " ", formatter.getvalue()).count("and why; nothing is run") == 1


@pytest.mark.parametrize("width", WIDTHS)
def test_a_bar_fits_on_its_line(width: int, shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    def show() -> None:
        bar = _Bar(6)
        bar.advanced(1, 1)
        bar.advanced(0, 6)
        bar.finished({})
        raise SystemExit

    monkeypatch.setattr(cli, "main", show)
    drawn = re.split(r"[\r\n]", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown(width=width, colour=False)))
    assert any("6/6" in line and line.rstrip().endswith("6 failed") for line in drawn)
    assert max(len(line.rstrip()) for line in drawn) < width


@pytest.mark.parametrize("width", WIDTHS)
def test_an_error_is_broken_but_not_its_traceback(width: int, shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"    File {'x ' * 80}"
    error = PlanRefusedError("many words " * 20, details=f"  a partition {'of many ' * 20}\n{code}")

    def show() -> None:
        print_error(error)
        raise SystemExit

    monkeypatch.setattr(cli, "main", show)
    first, *_, last = shown(width=width, colour=False).splitlines()
    assert (first[:18], last) == ("error: many words ", code)
    assert len(first) <= width


def test_long_words_stay_whole() -> None:
    path = "results/" + "x" * 90
    assert wrapped(f"a message about {path}, and more", 40, "  ") == f"a message about\n  {path},\n  and more"
    assert wrapped("any text " * 30, None) == "any text " * 30


def test_a_file_has_no_columns(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as stream:
        assert terminal.columns(stream) is None
    assert terminal.fitted("x" * 200, None) == "x" * 200

"""What a check prints of a hostile contract: nothing that a terminal obeys, and no more than a screen or two."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from parallel_stage.lint.reporters import FORMATS
from support import toml

COMMAND = Path(sys.executable).with_name("parallel-stage")
NAME = "parallel_stage.toml"
# What moves a cursor, changes colours, turns the direction of text, or ends a line for some programs only.
ODD = "\x9b31m\u202e\u0085\u2028\u2029\ufeff\u200b"


def _on_a_terminal(directory: Path, *arguments: str) -> str:
    main, inner = pty.openpty()
    environment = {**os.environ, "NO_COLOR": "1"}
    with subprocess.Popen([COMMAND, *arguments], cwd=directory, stdout=inner, stderr=inner, env=environment) as process:
        os.close(inner)
        shown = b""
        try:
            while piece := os.read(main, 1 << 16):
                shown += piece
        except OSError:  # Linux's word for the end
            pass
        process.wait()
    os.close(main)
    return shown.decode()


def _odd(text: str) -> str:
    return "".join(char for char in text if not (char.isprintable() or char in "\r\n\t"))


@pytest.mark.parametrize("arguments", [("check",), ("check", "--diff"), ("check", "--fix"), ("check", "--show-files")])
@pytest.mark.parametrize("name", ["parallel_stage.toml", f"{ODD}.parallel_stage.toml"])
def test_a_terminal_gets_printable_characters(arguments: tuple[str, ...], name: str, tmp_path: Path) -> None:
    text = toml(split="file", workers=0).replace("workers = 0", f'"{ODD}" = "{ODD}" # {ODD}')
    (tmp_path / name).write_text(text.replace("[next_steps]", f"[next_steps]  # {ODD}"), encoding="utf-8")
    shown = _on_a_terminal(tmp_path, *arguments)
    assert len(shown) > 10
    assert _odd(shown) == ""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_git_applies_the_diff(end: str, tmp_path: Path) -> None:
    lines = toml(split="file").splitlines()
    lines[3] += "\t# \u0085\u2028\u2029"
    lines = [lines[0], "# \u0085", *lines[1:], "# \u2028 the end"]
    (tmp_path / NAME).write_text(end.join(lines), encoding="utf-8", newline="")
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    diff = subprocess.run([COMMAND, "check", "--diff"], cwd=tmp_path, capture_output=True, check=False).stdout
    assert diff
    subprocess.run(["git", "apply", "-p0", "-"], cwd=tmp_path, input=diff, check=True, env=environment)
    assert (tmp_path / NAME).read_bytes().decode() == end.join(lines).replace('"file"', '"files"')


@pytest.mark.parametrize("format_", sorted(set(FORMATS) - {"json", "sarif", "rdjson", "agilab"}))
def test_long_values_are_not_printed_whole(format_: str, tmp_path: Path) -> None:
    long = "x" * 100_000
    fields = {"function": f"{long}:{long}", "output": f"../{long}\\{long}", "name": long, "input": f"/{long}"}
    (tmp_path / NAME).write_text(toml(**fields) + f'{long} = "{long}"\n', encoding="utf-8")
    done = subprocess.run([COMMAND, "check", "--format", format_], cwd=tmp_path, capture_output=True, check=False)
    assert 200 < len(done.stdout) < 20_000

"""Completion in a real editor, typed character by character, with omnifunc and with the popup that opens by itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from neovim.test_neovim import snippet
from opened_contracts import project

if TYPE_CHECKING:
    from collections.abc import Iterator

POPUP = """
vim.api.nvim_create_autocmd("LspAttach", { callback = function(attached)
  vim.lsp.completion.enable(true, attached.data.client_id, attached.buf, { autotrigger = true })
end })
"""
OMNIFUNC = 'vim.cmd("autocmd BufEnter,BufReadPost * setlocal omnifunc=v:lua.vim.lsp.omnifunc")\n'
COMMON = 'vim.o.completeopt = "menuone,noselect"\nvim.o.swapfile = false\nvim.cmd("filetype indent off")\n'


class Typed(NamedTuple):
    """What is typed, and what stands in the line afterwards.

    Attributes:
        file: The contract.
        before: Its text; the cursor is at the mark.
        keys: What is typed in Insert mode there, before completion is asked for.
        chosen: What the completion that is taken is called.
        after: The line afterwards.
    """

    file: str
    before: str
    keys: str
    chosen: str
    after: str


def is_old() -> bool:
    """Whether it is of a version that has no popup by itself."""
    done = subprocess.run([shutil.which("nvim") or "nvim", "--version"], capture_output=True, text=True, check=True)
    return "NVIM v0.7" in done.stdout


TOML, YAML, JSON = "parallel_stage.toml", "parallel_stage.yaml", "parallel_stage.json"
WHOLE = "my_pipeline.process:process_file"
CASES = [
    # Neovim 0.11 takes what is to be written up to its first blank.
    Typed(TOML, "|", "na", "name", "name = " if is_old() else "name"),
    Typed(TOML, "|", 'reducer = "', "collect-json", 'reducer = "collect-json"'),
    Typed(TOML, 'reducer = "|"', "coll", "collect-json", 'reducer = "collect-json"'),
    Typed(TOML, 'reducer = "collect-|"', "js", "collect-json", 'reducer = "collect-json"'),
    Typed(TOML, 'function = "|"', "my_pipeline.process:", "process_file", f'function = "{WHOLE}"'),
    Typed(TOML, 'function = "|"', "my_pipeline.process:pro", "process_file", f'function = "{WHOLE}"'),
    Typed(TOML, 'x-a = "😀"\nsplit = "|" # 😀', "fi", "files", 'split = "files" # 😀'),
    Typed(YAML, "|", "spl", "split", "split: "),
    Typed(YAML, "|", "reducer: coll", "collect-json", "reducer: collect-json"),
    Typed(YAML, 'reducer: "|"', "coll", "collect-json", 'reducer: "collect-json"'),
    Typed(YAML, "function: |", "my_pipeline.process:pro", "process_file", f"function: {WHOLE}"),
    Typed(JSON, '{"|": 1}', "spl", "split", '{"split": 1}'),
    Typed(JSON, '{"reducer": "|"}', "coll", "collect-json", '{"reducer": "collect-json"}'),
    Typed(
        JSON, '{"x": "😀", "function": "|"}', "my_pipeline.process:", "_file", f'{{"x": "😀", "function": "{WHOLE}"}}'
    ),
]


class Neovim:
    """A running editor, asked from outside as a person's terminal would."""

    def __init__(self, program: str, address: str) -> None:
        self._ask = [program, "--server", address]

    def type(self, keys: str) -> None:
        """Press keys."""
        subprocess.run([*self._ask, "--remote-send", keys], check=True, timeout=30)

    def says(self, expression: str) -> str:
        """Return the value of an expression."""
        ask = [*self._ask, "--remote-expr", expression]
        done = subprocess.run(ask, check=True, timeout=30, capture_output=True, encoding="utf-8")
        return (done.stdout or done.stderr).strip("\n")  # version 0.7 answers on standard error

    def wait(self, expression: str) -> str:
        """Return the value of an expression once it is neither empty nor 0."""
        until = time.monotonic() + 20
        while (value := self.says(expression)) in ("", "0", "-1"):
            assert time.monotonic() < until, (expression, self.says("getline('.')"), self.says("execute('messages')"))
            time.sleep(0.05)
        return value


@contextmanager
def editor(directory: Path, file: str, setup: str) -> Iterator[Neovim]:
    program = shutil.which("nvim")
    assert program, "nvim was not found, and these tests are about it; install it, such as with: apt-get install neovim"
    (directory / "init.lua").write_text(COMMON + setup + snippet())
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        **{f"XDG_{kind}_HOME": str(directory / "home") for kind in ("CONFIG", "DATA", "STATE", "CACHE")},
    }
    address = str(directory / "editor")
    command = [program, "--headless", "--listen", address, "-n", "-u", "init.lua", file]
    with subprocess.Popen(command, cwd=directory, env=environment, stdin=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 20
            while not Path(address).exists():
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.02)
            yield Neovim(program, address)
        finally:
            process.kill()


@pytest.mark.parametrize("way", ["omnifunc", *([] if is_old() else ["popup"])])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file[15:]}-{case.before}-{case.keys}")
def test_what_is_chosen_stands_there_once(tmp_path: Path, case: Typed, way: str) -> None:
    project(tmp_path)
    before = case.before.partition("|")
    (tmp_path / case.file).write_text(before[0] + before[2] + "\n", encoding="utf-8")
    with editor(tmp_path, case.file, POPUP if way == "popup" else OMNIFUNC) as neovim:
        neovim.wait(f"luaeval('#vim.lsp.{'get_active_clients' if is_old() else 'get_clients'}()')")
        line = before[0].count("\n") + 1
        column = len(before[0].rpartition("\n")[2].encode()) + 1
        neovim.type(f"<Cmd>call cursor({line}, {column})<CR>")
        neovim.type("i" if before[2] else "A")
        for character in case.keys:
            neovim.type("<lt>" if character == "<" else character)
        neovim.type("<C-x><C-o>" if way == "omnifunc" else "<Cmd>lua vim.lsp.completion.get()<CR>")
        words = "map(complete_info(['items']).items, 'v:val.abbr . v:val.word')"
        offered = f"match({words}, '{case.chosen}') + 1"
        number = int(neovim.wait(offered))
        neovim.type("<C-n>" * number + "<C-y>")
        until = time.monotonic() + 5
        while neovim.says("getline('.')").rstrip() != case.after.rstrip() and time.monotonic() < until:
            time.sleep(0.05)
        assert neovim.says("getline('.')").rstrip() == case.after.rstrip()

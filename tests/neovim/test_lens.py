"""The lens that runs the first partition, in a real editor's terminal."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from neovim.test_completion import editor, is_old
from opened_contracts import contract, project

if TYPE_CHECKING:
    from pathlib import Path

TOML = "parallel_stage.toml"
CHOOSE = """
vim.ui.select = function(items, options, choose)
  for number, item in ipairs(items) do
    if options.format_item(item):match("run partition 0") then choose(item, number) end
  end
end
"""


def test_the_first_partition_runs_in_a_terminal(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "data" / "own.csv").write_text("h\n1\n")
    (tmp_path / TOML).write_text(contract(TOML, input="data/own.csv", reducer="collect-json", output="out.json"))
    with editor(tmp_path, TOML, CHOOSE) as neovim:
        clients = "get_active_clients" if is_old() else "get_clients"
        neovim.wait(f"luaeval('#vim.lsp.{clients}()')")
        neovim.type("/^partition_strategy<CR>")
        until = time.monotonic() + 20
        while neovim.says("luaeval('#vim.lsp.codelens.get(0)')") != "2":
            assert time.monotonic() < until
            neovim.type("<Cmd>lua vim.lsp.codelens.refresh()<CR>")
            time.sleep(0.2)
        neovim.type("<Cmd>lua vim.lsp.codelens.run()<CR>")
        shown = neovim.wait("match(join(getline(1, '$')), 'Process exited 0') + 1")
        assert int(shown) > 0
    assert not (tmp_path / "out.json").exists()
    (manifest,) = (tmp_path / ".parallel-stage" / "runs").glob("*/*Z-*/manifest.json")
    assert json.loads(manifest.read_text())["status"] == "done"

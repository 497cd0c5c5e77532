"""FILE may be left out where the current directory has exactly one contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]

NAME = "delays.parallel_stage.toml"


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.csv").write_text("x\n1\n", encoding="utf-8")
    (tmp_path / "stage.py").write_text("def process(source):\n    return 1\n", encoding="utf-8")
    (tmp_path / NAME).write_text(toml(function="stage.py:process"), encoding="utf-8")
    return tmp_path / NAME


def test_the_only_contract_is_planned(command: Command, contract: Path) -> None:
    (contract.parent / "pyproject.toml").touch()
    (contract.parent / "parallel_stage.toml").mkdir()
    assert command("plan") == command("plan", NAME)
    assert command("plan")[0] == 0


@pytest.mark.usefixtures("contract")
@pytest.mark.parametrize("name", ["plan", "run", "verify"])
def test_one_of_several_has_to_be_named(name: str, command: Command, tmp_path: Path) -> None:
    (tmp_path / "other.parallel_stage.yaml").touch()
    code, out, err = command(name)
    assert (code, out) == (2, "")
    assert f"Name a contract: there are 2 in this directory ({NAME}, other.parallel_stage.yaml)." in err


@pytest.mark.parametrize("name", ["plan", "run", "verify"])
def test_a_directory_without_contracts(name: str, command: Command) -> None:
    code, out, err = command(name)
    assert (code, out) == (2, "")
    assert "there is none in this directory; parallel-stage new writes one." in err


def test_a_long_list_is_cut(command: Command, tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"{number}.parallel_stage.toml").touch()
    assert "(0.parallel_stage.toml, 1.parallel_stage.toml" in command("plan")[2]
    assert "4.parallel_stage.toml, …)" in command("plan")[2]

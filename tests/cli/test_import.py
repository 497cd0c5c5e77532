from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import tomli

from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]

CONTRACT = "delays.parallel_stage.toml"
COMMENTED = f"# mine\n{toml()}"


@pytest.fixture(params=["lab_stages.toml", "delays.ipynb"])
def exported(request: pytest.FixtureRequest, command: Command, tmp_path: Path) -> str:
    """A file below an app's directory with the stage of a contract beside it, which is gone then."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "my_pipeline").mkdir()
    (tmp_path / "my_pipeline/process.py").write_text("def process_file(path):\n    return [{}]\n")
    (tmp_path / CONTRACT).write_text(COMMENTED)
    (tmp_path / "flight").mkdir()
    form = "notebook" if request.param.endswith("ipynb") else "workflow-stage"
    assert command("export", form, CONTRACT, "--output", f"flight/{request.param}")[0] == 0
    (tmp_path / CONTRACT).unlink()
    return f"flight/{request.param}"


def test_a_stage_brings_its_contract_along(exported: str, command: Command, tmp_path: Path) -> None:
    assert command("import", exported) == (0, f"written: {CONTRACT}\n", "")
    assert (tmp_path / CONTRACT).read_text() == COMMENTED
    assert command("import", exported)[0] == 0
    (tmp_path / CONTRACT).write_text(toml(workers=3))
    assert command("import", exported)[0] == 2
    assert command("import", exported, "--force")[0] == 0
    assert (tmp_path / CONTRACT).read_text() == COMMENTED


def test_contracts_may_go_elsewhere(exported: str, command: Command, tmp_path: Path) -> None:
    assert command("import", exported, "--directory", ".") == (0, f"written: {CONTRACT}\n", "")
    (tmp_path / "new").mkdir()
    assert command("import", exported, "--directory", "new")[0] == 0
    assert (tmp_path / "new" / CONTRACT).read_text() == COMMENTED
    assert command("import", exported, "--directory", "old")[0] == 2


def test_a_stage_without_the_text_needs_the_file(command: Command, tmp_path: Path) -> None:
    (tmp_path / "lab_stages.toml").write_text(f"[[app]]\nid = 'delays'\nC = \"run_stage('{CONTRACT}')\"\n")
    code, out, err = command("import", "lab_stages.toml")
    assert (code, out, err) == (1, "", f"missing: {CONTRACT}, which the stage 'delays' runs\n")
    (tmp_path / CONTRACT).write_text(toml())
    code, out, _ = command("import", "lab_stages.toml")
    assert (code, out) == (0, f"there: {CONTRACT}, which the stage 'delays' runs\n")


@pytest.mark.parametrize(
    ("stage", "path", "expected", "left_open"),
    [
        (
            "id = 'Clean it!'\nconsumes = ['data/*.csv', 'x']\nproduces = 'out/clean.csv'",
            "Clean_it.parallel_stage.toml",
            {"name": "Clean_it", "input": "data/*.csv", "output": "out/clean.csv", "reducer": "concat-csv"},
            "function",
        ),
        (
            "",
            "stage_1.parallel_stage.toml",
            {"name": "stage_1", "input": "INPUT", "output": "results/stage_1.json", "reducer": "collect-json"},
            "function and input",
        ),
        ("produces = ['m.pkl']", "stage_1.parallel_stage.toml", {"reducer": "custom"}, "function and input"),
    ],
)
def test_other_code_gets_a_contract_to_start_from(
    stage: str, path: str, expected: dict[str, str], left_open: str, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "lab_stages.toml").write_text(f"[[app]]\nC = 'print(1)'\n{stage}\n[[app]]\nQ = 'no code'\n")
    code, out, err = command("import", "lab_stages.toml")
    assert (code, out) == (0, f"written: {path}\n")
    assert f"does not say its {left_open};" in err
    found = tomli.loads((tmp_path / path).read_text())
    assert expected.items() <= found.items()
    code, out, err = command("check", path)
    assert (code, "function-not-found" in out + err) == (0, True)


@pytest.mark.parametrize("path", ["../../etc/a.parallel_stage.toml", "/etc/a.parallel_stage.toml", ".bashrc"])
def test_a_stage_writes_contracts_of_the_project_only(path: str, command: Command, tmp_path: Path) -> None:
    (tmp_path / "app/.git").mkdir(parents=True)
    text = f"[[app]]\nid = 'a'\nC = \"run_stage('{path}')\"\ncontract = '''\n{toml()}'''\n"
    (tmp_path / "app/lab_stages.toml").write_text(text)
    assert command("import", "app/lab_stages.toml") == (0, "written: app/a.parallel_stage.toml\n", "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no stages with code"),
        ("[[app]]\nC = 'x'\n[[app]]\nid = 'stage_1'\nC = 'y'\n", "two stages have the contract"),
        ("[[app]]\nC = 'x'\ncontract = 'a = '\n", "the contract of the stage 'stage_1' is invalid: not TOML"),
        ("[[app]]\nC = 'x'\ncontract = 'a = 1'\n", "the contract of the stage 'stage_1' is invalid: "),
        ("x", "line 1: not TOML"),
    ],
)
def test_what_has_no_contract_is_refused(text: str, words: str, command: Command, tmp_path: Path) -> None:
    (tmp_path / "lab_stages.toml").write_text(text)
    code, out, err = command("import", "lab_stages.toml")
    assert (code, out) == (2, "")
    assert words in err
    assert [path.name for path in tmp_path.iterdir()] == ["lab_stages.toml"]


def test_files_that_cannot_be_read(command: Command, tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"x = '\xe9'")
    for name, words in (("none.toml", "cannot be read"), (".", "cannot be read"), ("latin.toml", "not UTF-8")):
        code, _, err = command("import", name)
        assert (code, words in err) == (2, True), err

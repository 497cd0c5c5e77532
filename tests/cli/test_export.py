from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import tomli

from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]

CONTRACT = "delays.parallel_stage.toml"


@pytest.fixture(autouse=True)
def contract(tmp_path: Path) -> Path:
    """A contract and its function, beside an AGILAB app."""
    (tmp_path / "my_pipeline").mkdir()
    (tmp_path / "my_pipeline/process.py").write_text("def process_file(path):\n    return [{}]\n")
    (tmp_path / "flight_project").mkdir()
    path = tmp_path / CONTRACT
    path.write_text(toml())
    return path


def test_a_workflow_stage(command: Command, tmp_path: Path) -> None:
    output = "flight_project/lab_stages.toml"
    assert command("export", "workflow-stage", CONTRACT, "--output", output) == (0, f"written: {output}\n", "")
    (stage,) = tomli.loads((tmp_path / output).read_text())["flight"]
    assert stage["contract"] == toml()
    assert command("export", "workflow-stage", CONTRACT, "--output", output) == (0, f"unchanged: {output}\n", "")
    (tmp_path / CONTRACT).write_text(toml(notes="sums"))
    code, _, err = command("export", "workflow-stage", CONTRACT, "--output", output)
    assert (code, "--force" in err) == (2, True)
    assert command("export", "workflow-stage", CONTRACT, "--output", output, "--force")[0] == 0
    assert tomli.loads((tmp_path / output).read_text())["flight"][0]["D"] == "sums"


def test_the_app_may_be_named(command: Command, tmp_path: Path) -> None:
    assert command("export", "workflow-stage", CONTRACT, "--output", "x.toml", "--app", "flight_project")[0] == 0
    assert "flight" in tomli.loads((tmp_path / "x.toml").read_text())


def test_an_output_that_names_the_contract_is_told(command: Command, contract: Path) -> None:
    contract.write_text(toml(output=CONTRACT))
    code, _, err = command("export", "workflow-stage", CONTRACT, "--output", "lab_stages.toml")
    assert (code, "produces no file" in err) == (0, True)


def test_an_invalid_contract_is_not_exported(command: Command, contract: Path, tmp_path: Path) -> None:
    contract.write_text(toml(workers=0))
    code, out, err = command("export", "workflow-stage", CONTRACT, "--output", "lab_stages.toml")
    assert (code, out, "workers is 0" in err) == (1, "", True)
    assert not (tmp_path / "lab_stages.toml").exists()


@pytest.mark.parametrize("form", ["workflow-stage", "notebook"])
def test_files_that_cannot_be_added_to(form: str, command: Command, tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"x = '\xe9'")
    for output, words in (("flight_project", "cannot be read"), ("latin", "is not UTF-8 at byte 5")):
        code, _, err = command("export", form, CONTRACT, "--output", output)
        assert code == 2
        assert words in err
    assert (tmp_path / "latin").read_bytes() == b"x = '\xe9'"


def test_a_notebook(command: Command, tmp_path: Path) -> None:
    output = "flight_project/delays.ipynb"
    assert command("export", "notebook", CONTRACT, "--output", output) == (0, f"written: {output}\n", "")
    found = json.loads((tmp_path / output).read_text())["metadata"]["agilab"]
    assert (found["module_key"], found["stages"][0]["contract"]) == ("flight", toml())
    assert command("export", "notebook", CONTRACT, "--output", output) == (0, f"unchanged: {output}\n", "")
    (tmp_path / CONTRACT).write_text(toml(notes="sums"))
    assert command("export", "notebook", CONTRACT, "--output", output)[0] == 2
    assert command("export", "notebook", CONTRACT, "--output", output, "--force")[0] == 0


def test_an_app(command: Command, tmp_path: Path) -> None:
    code, out, _ = command("export", "orchestrate", CONTRACT, "--output", "apps/flight_project")
    app = tmp_path / "apps/flight_project"
    assert (code, len(out.splitlines())) == (0, 8)
    for path in app.rglob("*.py"):
        compile(path.read_text(), path, "exec")
    settings = tomli.loads((app / "src/app_settings.toml").read_text())
    assert settings["args"] == {"contract": str(tmp_path / CONTRACT)}
    for path in (app / "pyproject.toml", app / "src/flight_worker/pyproject.toml"):
        assert "parallel-stage" in tomli.loads(path.read_text())["project"]["dependencies"]
    assert "class FlightWorker(StageWorker):" in (app / "src/flight_worker/flight_worker.py").read_text()
    assert command("export", "orchestrate", CONTRACT, "--output", "apps/flight_project")[0] == 0


def test_files_of_an_app_are_replaced_all_or_none(command: Command, tmp_path: Path) -> None:
    app = tmp_path / "flight_project"
    (app / "AGI_run.py").write_text("mine")
    code, out, err = command("export", "orchestrate", CONTRACT, "--output", "flight_project")
    assert (code, out, "--force" in err) == (2, "", True)
    assert [path.name for path in app.iterdir()] == ["AGI_run.py"]
    assert command("export", "orchestrate", CONTRACT, "--output", "flight_project", "--force")[0] == 0
    assert "mine" not in (app / "AGI_run.py").read_text()


@pytest.mark.parametrize("name", ["flight", "Flight_project", "_project", "1_project", "my-app_project"])
def test_what_is_no_name_of_an_app(name: str, command: Command, tmp_path: Path) -> None:
    code, _, err = command("export", "orchestrate", CONTRACT, "--output", name)
    assert (code, "is no name of an AGILAB app" in err, "delays_project" in err) == (2, True, True)
    assert not (tmp_path / name).exists()


def test_a_stage_is_not_added_to_another_file(command: Command, contract: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    for form in ("workflow-stage", "notebook"):
        for name in (CONTRACT, "pyproject.toml"):
            code, out, _ = command("export", form, CONTRACT, "--output", name)
            assert (code, out) == (2, "")
    assert contract.read_text() == toml()

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

import support
from parallel_stage.contract.model import Contract
from parallel_stage.errors import PlanRefusedError
from parallel_stage.plan.partition import Input
from parallel_stage.run import preflight

if TYPE_CHECKING:
    from pathlib import Path


def contract(**fields: Any) -> Contract:
    return Contract.from_valid(support.data(**fields))


def test_the_directory_of_the_output_is_made(tmp_path: Path) -> None:
    output = preflight.check_output(contract(output="a/b/c.jsonl"), str(tmp_path), (str(tmp_path),), ())
    assert output == tmp_path / "a/b/c.jsonl"
    assert list((tmp_path / "a/b").iterdir()) == []


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_an_output_that_is_an_input(tmp_path: Path, link: Any) -> None:
    (tmp_path / "in.csv").write_text("x")
    if link:
        link(tmp_path / "in.csv", tmp_path / "out.csv")
    output = "out.csv" if link else "sub/../in.csv"
    with pytest.raises(PlanRefusedError, match=r"would replace the input .*in\.csv, which must stay"):
        preflight.check_output(contract(output=output), str(tmp_path), (str(tmp_path),), (Input("in.csv", 1, 0),))


def test_an_output_that_is_the_manifest_of_the_inputs(tmp_path: Path) -> None:
    (tmp_path / "manifest.txt").write_text("a.csv")
    with pytest.raises(PlanRefusedError, match=r"would replace the input .*manifest\.txt"):
        preflight.check_output(
            contract(input="manifest.txt", output="manifest.txt"), str(tmp_path), (str(tmp_path),), ()
        )


def test_an_output_that_is_a_directory(tmp_path: Path) -> None:
    with pytest.raises(PlanRefusedError, match="is not a file"):
        preflight.check_output(contract(output="."), str(tmp_path), (str(tmp_path),), ())


def test_an_output_whose_directory_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(PlanRefusedError, match="cannot be written") as caught:
        preflight.check_output(contract(output="file/out"), str(tmp_path), (str(tmp_path),), ())
    assert "--output" in caught.value.hint


@pytest.mark.parametrize(
    "name", ["parallel_stage.toml", "./parallel_stage.toml", "link.toml", "sub/../parallel_stage.toml"]
)
def test_an_output_that_names_the_contract(tmp_path: Path, name: str) -> None:
    path = tmp_path / "parallel_stage.toml"
    path.write_text("")
    (tmp_path / "link.toml").symlink_to(path)
    assert preflight.names_contract(name, str(tmp_path), str(path))
    assert not preflight.names_contract("other.toml", str(tmp_path), str(path))


def test_parts_need_a_directory_that_is_new_empty_or_ours(tmp_path: Path) -> None:
    parts = contract(reducer="custom", notes="n", output="parts")
    assert preflight.check_output(parts, str(tmp_path), (str(tmp_path),), ()) == tmp_path / "parts"
    (tmp_path / "parts").mkdir()
    preflight.check_output(parts, str(tmp_path), (str(tmp_path),), ())
    (tmp_path / "parts" / "precious").write_text("x")
    with pytest.raises(PlanRefusedError, match="something in it"):
        preflight.check_output(parts, str(tmp_path), (str(tmp_path),), ())
    manifest = '{"schema": "agilab.parallel_stage.parts.v1", "parts": [{"file": "000000.json"}]}'
    (tmp_path / "parts" / "manifest.json").write_text(manifest)
    with pytest.raises(PlanRefusedError, match="something in it"):
        preflight.check_output(parts, str(tmp_path), (str(tmp_path),), ())
    (tmp_path / "parts" / "precious").rename(tmp_path / "parts" / "000000.json")
    preflight.check_output(parts, str(tmp_path), (str(tmp_path),), ())


def test_parts_do_not_replace_a_file(tmp_path: Path) -> None:
    (tmp_path / "parts").write_text("x")
    with pytest.raises(PlanRefusedError, match="is a file") as caught:
        preflight.check_output(contract(reducer="custom", output="parts"), str(tmp_path), (str(tmp_path),), ())
    assert "reducer_function" in caught.value.hint


def test_parts_do_not_replace_the_inputs_among_them(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/000000.json").write_text("1")
    (tmp_path / "parts/manifest.json").write_text(
        '{"schema": "agilab.parallel_stage.parts.v1", "parts": [{"file": "000000.json"}]}'
    )
    with pytest.raises(PlanRefusedError, match="would replace the input"):
        preflight.check_output(
            contract(reducer="custom", output="parts", input="parts/*.json"),
            str(tmp_path),
            (str(tmp_path),),
            (Input("parts/000000.json", 1, 0),),
        )


@pytest.mark.parametrize("output", ["work.py", "merge.py", "helper.py", "far.py", "other.py"])
def test_an_output_that_is_the_source_of_a_function(tmp_path: Path, output: str) -> None:
    texts = {"work.py": "import helper", "merge.py": "import other", "helper.py": "import far"}
    for name in ("work.py", "merge.py", "helper.py", "far.py", "other.py"):
        (tmp_path / name).write_text(texts.get(name, ""))
    stage = contract(function="work:f", reducer="custom", reducer_function="merge.py:f", output=output)
    with pytest.raises(PlanRefusedError, match="would replace the source"):
        preflight.check_output(stage, str(tmp_path), (str(tmp_path),), ())


def test_an_output_that_is_another_contract(tmp_path: Path) -> None:
    (tmp_path / "other.parallel_stage.toml").write_text("")
    with pytest.raises(PlanRefusedError, match="contracts are never overwritten"):
        preflight.check_output(contract(output="other.parallel_stage.toml"), str(tmp_path), (str(tmp_path),), ())


@pytest.mark.parametrize("output", ["pyproject.toml", "sub/.parallel-stage.toml", ".gitignore"])
def test_an_output_that_is_configuration(tmp_path: Path, output: str) -> None:
    preflight.check_output(contract(output=output), str(tmp_path), (str(tmp_path),), ())
    (tmp_path / output).write_text("")
    with pytest.raises(PlanRefusedError, match="would replace the project's configuration"):
        preflight.check_output(contract(output=output), str(tmp_path), (str(tmp_path),), ())


@pytest.mark.parametrize("output", [".git", ".git/config", "link/new", "sub/.GIT/hooks/pre-commit", ".hg/hgrc"])
@pytest.mark.parametrize("reducer", ["collect-json", "custom"])
def test_an_output_in_the_files_of_version_control(tmp_path: Path, output: str, reducer: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "link").symlink_to(".git")
    with pytest.raises(PlanRefusedError, match=r"lies in the files of version control|is not a file"):
        preflight.check_output(contract(output=output, reducer=reducer), str(tmp_path), (str(tmp_path),), ())
    assert list((tmp_path / ".git").iterdir()) == []


@pytest.mark.parametrize("output", [".parallel-stage", ".parallel-stage/runs/x.jsonl"])
def test_an_output_among_the_runs(tmp_path: Path, output: str) -> None:
    with pytest.raises(PlanRefusedError, match="where runs keep their evidence"):
        preflight.check_output(contract(output=output), str(tmp_path), (str(tmp_path),), ())


def test_an_output_that_is_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PlanRefusedError, match="is not a file"):
        preflight.check_output(contract(output="pipe"), str(tmp_path), (str(tmp_path),), ())


@pytest.mark.parametrize("length", [250, 300, 5000])
def test_an_output_whose_name_is_too_long(tmp_path: Path, length: int) -> None:
    with pytest.raises(PlanRefusedError, match="cannot be written"):
        preflight.check_output(contract(output="x" * length), str(tmp_path), (str(tmp_path),), ())

"""A check quotes nothing of a file outside of the project, in no format and on no way to it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from parallel_stage.lint.reporters import FORMATS
from support import toml

COMMAND = Path(sys.executable).with_name("parallel-stage")
SECRET = "not-for-you"  # noqa: S105
CONTRACTS = {
    "syntax.toml": f'password = "{SECRET}"\n{SECRET}\n',
    "key.toml": f'{SECRET} = "x"\n',
    "values.toml": toml(name=SECRET, workers=SECRET, function=f"{SECRET}:{SECRET}", output=f"{SECRET}.x"),
    "text.yaml": f"{SECRET}:x:0:0\n",
    "list.json": f'["{SECRET}"]',
    "comment.toml": f"# parallel-stage: ignore[{SECRET}]\n{toml(workers=0)}",
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "repository/.git").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    return tmp_path / "repository"


def _link(repository: Path, name: str, text: str) -> None:
    outside = repository.parent / "outside" / name
    outside.write_text(text, encoding="utf-8")
    (repository / name).symlink_to(outside)


def _report(repository: Path, *arguments: str) -> str:
    done = subprocess.run([COMMAND, "check", *arguments], cwd=repository, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1, 2)
    return done.stdout + done.stderr


@pytest.mark.parametrize("format_", FORMATS)
def test_linked_contracts(format_: str, repository: Path) -> None:
    for name, text in CONTRACTS.items():
        stem, _, suffix = name.partition(".")
        _link(repository, f"{stem}.parallel_stage.{suffix}", text)
    report = _report(repository, "--format", format_, ".")
    assert SECRET not in report
    assert format_ == "agilab" or "error" in report.lower()


@pytest.mark.parametrize("options", [("--fix", "--unsafe-fixes"), ("--diff", "--unsafe-fixes"), ("--write-baseline",)])
def test_linked_contracts_are_neither_shown_nor_changed_nor_stored(options: tuple[str, ...], repository: Path) -> None:
    fixable = toml(name=SECRET, split="file", output=f"{SECRET}\\\\x.csv")
    _link(repository, "parallel_stage.toml", fixable)
    assert SECRET not in _report(repository, *options, ".")
    assert (repository / "parallel_stage.toml").read_text(encoding="utf-8") == fixable
    assert not any(SECRET in path.read_text() for path in repository.glob(".parallel-stage*"))


@pytest.mark.parametrize("name", [".parallel-stage.toml", "pyproject.toml"])
@pytest.mark.parametrize(
    "text", [f'select = "{SECRET}"', f'{SECRET} = "{SECRET}"', f'select = ["{SECRET}"]', f"[tool\n{SECRET}"]
)
def test_linked_configurations(name: str, text: str, repository: Path) -> None:
    (repository / "parallel_stage.toml").write_text(toml())
    head = "[tool.parallel-stage]\n" if name == "pyproject.toml" else ""
    _link(repository, name, head + text)
    assert SECRET not in _report(repository, ".")


@pytest.mark.parametrize(
    ("fields", "name", "text"),
    [
        ({"split": "parameter-sweep"}, "grid.json", f'["{SECRET}", "{SECRET}"]'),
        ({"split": "parameter-sweep"}, "grid.json", f'{{"{SECRET}": 1}}'),
        ({"split": "parameter-sweep"}, "grid.yaml", f"{SECRET}:x:0:0\n"),
        ({"split": "parameter-sweep"}, "grid.toml", f"{SECRET}\n"),
        ({"split": "parameter-sweep"}, "grid.json", f'{{"items": [1], "exclude": [{{"{SECRET}": 1}}]}}'),
        ({"split": "parameter-sweep"}, "grid.json", f'[{{"{SECRET}": [1]}}]'),
        ({"split": "parameter-sweep"}, "grid.csv", f"{SECRET},{SECRET}\n"),
        ({"split": "parameter-sweep"}, "grid.csv", f"{SECRET};{SECRET}\n"),
        ({"split": "files"}, "manifest.txt", f"{SECRET}\n"),
        ({"split": "files"}, "manifest.json", f'["{SECRET}"]'),
        ({"split": "files"}, "manifest.yaml", f"- {SECRET}\n- {{a: {SECRET}}}\n"),
        ({"split": "data-partitions", "partition_by": {"column": "x", "kind": "key"}}, "t.csv", f"{SECRET},b\n1,2\n"),
        ({"split": "data-partitions", "partition_by": {"column": "x", "kind": "key"}}, "t.jsonl", f'{{"{SECRET}": 1}}'),
        ({"split": "data-partitions"}, "t.csv", f'"{SECRET}\n'),
    ],
)
@pytest.mark.parametrize("how", ["linked", "linked directory", "absolute", "relative"])
def test_data(fields: dict[str, object], name: str, text: str, how: str, repository: Path) -> None:
    outside = repository.parent / "outside" / name
    outside.write_text(text, encoding="utf-8")
    (repository / "data").symlink_to(repository.parent / "outside")
    (repository / name).symlink_to(outside)
    named = {
        "linked": name,
        "linked directory": f"data/{name}",
        "absolute": str(outside),
        "relative": f"../outside/{name}",
    }
    (repository / "parallel_stage.toml").write_text(toml(input=named[how], **fields))
    assert SECRET not in _report(repository, "--inputs", ".")


@pytest.mark.parametrize("pattern", ["data/**/*.csv", "../outside/**/*.csv", "data/[*.csv", "data/*.csv"])
def test_names_of_data(pattern: str, repository: Path) -> None:
    """A pattern may lead out of the project, where names are secrets, too."""
    outside = repository.parent / "outside"
    (outside / f"{SECRET}.csv").write_text("a\n1\n", encoding="utf-8")
    (outside / f"again-{SECRET}.csv").symlink_to(f"{SECRET}.csv")
    (outside / f"[{SECRET}.csv").symlink_to("nowhere")
    (outside / "twice").symlink_to(".")
    (repository / "data").symlink_to(outside)
    (repository / "parallel_stage.toml").write_text(toml(input=pattern))
    report = _report(repository, "--inputs", ".")
    assert "input-matches-nothing" in report
    assert SECRET not in report


def test_data_of_the_project_is_quoted(repository: Path) -> None:
    (repository / "manifest.txt").write_text("here.csv\n")
    (repository / "parallel_stage.toml").write_text(toml(input="manifest.txt"))
    assert "here.csv" in _report(repository, "--inputs", ".")


@pytest.mark.parametrize("text", [SECRET, f'{{"schema": "{SECRET}"}}', f'{{"{SECRET}": 1}}', "[" * 99 + SECRET])
def test_linked_baselines(text: str, repository: Path) -> None:
    (repository / "parallel_stage.toml").write_text(toml(workers=0))
    (repository / ".parallel-stage.toml").write_text('baseline = "baseline.json"')
    _link(repository, "baseline.json", text)
    assert SECRET not in _report(repository, ".")

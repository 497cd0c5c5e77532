"""The README shows what the commands do, and also reads where its links are not beside it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
import tomli

HOME = Path(__file__).resolve().parents[1]
PAGE = (HOME / "README.md").read_text(encoding="utf-8")
REPOSITORY = re.compile(
    r"https://(?:github\.com/parallel-stage/parallel-stage/blob|raw\.githubusercontent\.com/parallel-stage/parallel-stage)"
    r"/main/([^#]+)(?:#(.*))?"
)
LINKS = sorted(set(re.findall(r"\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$", PAGE, re.MULTILINE)))


@pytest.mark.parametrize("link", [inline or below for inline, below in LINKS])
def test_links_are_absolute_and_lead_somewhere(link: str) -> None:
    place = REPOSITORY.fullmatch(link)
    assert place, link
    text = (HOME / place[1]).read_text(encoding="utf-8")
    headings = [
        re.sub(r"[^\w -]", "", line.lower()).strip().replace(" ", "-")
        for line in re.findall("^#+ (.*)", text, re.MULTILINE)
    ]
    assert place[2] is None or place[2] in headings


def test_the_contract_is_that_of_the_example() -> None:
    (shown,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    example = tomli.loads((HOME / "examples/flights/delays.parallel_stage.toml").read_text(encoding="utf-8"))
    assert tomli.loads(shown) | {"notes": ""} == example | {"notes": ""}


def test_the_run_prints_what_is_shown(tmp_path: Path) -> None:
    shutil.copytree(
        HOME / "examples/flights",
        tmp_path / "examples/flights",
        ignore=shutil.ignore_patterns("results", ".parallel-stage"),
    )
    command, *shown = re.search(r"^    \$ (parallel-stage run .*\n(?:    .*\n)*)", PAGE, re.MULTILINE)[1].splitlines()  # type: ignore[index]
    script = Path(sysconfig.get_path("scripts")) / command.split()[0]
    ran = subprocess.run(
        [script, *command.split()[1:]], cwd=tmp_path, capture_output=True, encoding="utf-8", check=True
    )
    printed = _without_chance((ran.stderr + ran.stdout).replace(f"{tmp_path}/", "…/")).splitlines()
    missing = [line for line in map(_without_chance, shown) if line.strip() != "…" and line[4:] not in printed]
    assert missing == [], printed


def _without_chance(text: str) -> str:
    """The text without what differs from run to run or machine to machine: times, speeds, workers and run ids."""
    text = re.sub(r": speed-up [\d.]+|; --backend local is quicker here|\d{8}T\d{6}Z-\w+", "", text)
    return re.sub(r"\S+(?=/s\b)|\d+\.\d+(?= s\b)|\d+ workers?\b", "0", text)

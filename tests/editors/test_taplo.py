"""taplo's linter, from PyPI; its language server is not in that build, and tested in tests/node."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from editors.documents import MISTAKES, TOML, VALID, place
from editors.language_server import Reported
from editors.taplo_differences import KNOWN_OF_THE_LINTER as KNOWN
from parallel_stage.cli.group import group
from support import data

if TYPE_CHECKING:
    from collections.abc import Mapping

TAPLO = Path(sysconfig.get_path("scripts"), "taplo")
TEXTS = {name: TOML.dump(contract) for name, contract in VALID.items()}
TEXTS |= {name: TOML.dump(data(**mistake.changes)) for name, mistake in MISTAKES.items()}
DIAGNOSTIC = re.compile(
    r"^error: (?P<message>.+)\n\s*┌─ .*?(?P<number>\d+)\.parallel_stage\.toml:(?P<line>\d+):", re.MULTILINE
)


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[Reported]]:
    """What the linter says of each of `TEXTS`, all of them in one project that holds its settings."""
    root = tmp_path_factory.mktemp("project")
    group.main(["schema", "--write", str(root)], standalone_mode=False)
    for number, text in enumerate(TEXTS.values()):
        (root / f"{number}.parallel_stage.toml").write_text(text, encoding="utf-8")
    run = subprocess.run([TAPLO, "lint", "--colors", "never"], cwd=root, capture_output=True, check=False)
    names, found = list(TEXTS), defaultdict[str, list[Reported]](list)
    for diagnostic in DIAGNOSTIC.finditer(run.stderr.decode()):
        found[names[int(diagnostic["number"])]].append(Reported(int(diagnostic["line"]) - 1, diagnostic["message"]))
    return found


@pytest.mark.parametrize("name", VALID)
def test_a_valid_contract_is_left_alone(name: str, reported: Mapping[str, list[Reported]]) -> None:
    known = KNOWN.get(name)
    assert reported[name] == (known.reported(TEXTS[name]) if known else []), known and known.reason


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_reported_where_it_is(name: str, reported: Mapping[str, list[Reported]]) -> None:
    if name in KNOWN:
        assert sorted(reported[name]) == KNOWN[name].reported(TEXTS[name]), KNOWN[name].reason
        return
    ((line, message),) = reported[name]
    assert line == place(TEXTS[name], MISTAKES[name].route).line
    assert all(word in message.lower() for word in MISTAKES[name].words), message

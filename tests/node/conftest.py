from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Where the npm packages are."""
    path = Path(os.environ.get("NODE_PATH", ""))
    assert (path / "yaml-language-server").is_dir(), "the npm packages are not there; run ./dev test-editors"
    return path


@pytest.fixture(scope="session")
def multitool() -> str:
    """Microsoft's validator of SARIF, from npm: the path of its program, as its package tells it."""
    ran = subprocess.run(
        ["node", "-p", "require('@microsoft/sarif-multitool')"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, f"the npm packages are not there; run ./dev test-editors\n{ran.stderr}"
    return ran.stdout.strip()


@pytest.fixture(scope="session")
def every_github_rule(multitool: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The validator's configuration with all of GitHub's rules: asking for their kind leaves some of them off."""
    path = tmp_path_factory.mktemp("multitool") / "configuration.xml"
    subprocess.run([multitool, "export-validation-config", path], capture_output=True, check=True)
    off = re.compile(r'(<Properties Key="GH\d+[^>]+>\s*<Property Key="RuleEnabled" Value=")Default')
    text, count = off.subn(r"\1Error", path.read_text(encoding="utf-8-sig"))
    assert count > 10
    path.write_text(text, encoding="utf-8")
    return path

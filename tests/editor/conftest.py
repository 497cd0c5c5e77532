from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opened_contracts import project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with the function and the input of the valid contract."""
    project(tmp_path)
    return tmp_path

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import agilab_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> agilab_project.Project:
    """A project in the test's own directory."""
    return agilab_project.make(tmp_path)

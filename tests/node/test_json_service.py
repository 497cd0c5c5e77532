"""The JSON service of VS Code, which Zed, Neovim and Emacs use too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from editors.documents import JSON
from editors.suite import Editor, EditorSuite, Known, at, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = Path(__file__).parent / "json_server.js"


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    with opened(["node", str(SERVER)], tmp_path_factory.mktemp("project"), JSON) as running:
        yield running


class TestJsonService(EditorSuite):
    known: ClassVar[dict[str, Known]] = {
        "blank to ECMAScript": Known(
            "to ECMAScript U+FEFF is blank, to Python it is not", at("Write text that is not blank.", "name")
        )
    }

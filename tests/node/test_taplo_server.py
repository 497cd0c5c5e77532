"""taplo's language server, from npm, which is the one in Even Better TOML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from editors.documents import TOML
from editors.suite import Editor, EditorSuite, Known, opened
from editors.taplo_differences import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = Path(__file__).parent / "taplo_server.js"


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    # Its diagnostics come thrice: of the syntax, of the structure, of the schema.
    with opened(["node", str(SERVER)], tmp_path_factory.mktemp("project"), TOML, rounds=3) as running:
        yield running


class TestTaplo(EditorSuite):
    known: ClassVar[dict[str, Known]] = KNOWN

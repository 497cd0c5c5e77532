from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import parallel_stage
from parallel_stage.run.worker.argument import wants_chunk

if TYPE_CHECKING:
    from parallel_stage import Chunk

SOURCES = {
    "from parallel_stage import Chunk\ndef f(x: Chunk): ...": True,
    "import parallel_stage\ndef f(x: parallel_stage.Chunk): ...": True,
    "import parallel_stage as p\ndef f(x: 'p.Chunk'): ...": True,
    "from __future__ import annotations\nfrom parallel_stage import Chunk as C\ndef f(x: C, y: int = 1): ...": True,
    "class Chunk: ...\ndef f(x: 'Chunk'): ...": False,
    "def f(x: 'Chunk'): ...": True,
    "def f(x: 'Path'): ...": False,
    "def f(x): ...": False,
    "def f(): ...": False,
    "f = print": False,
    "from parallel_stage import Chunk\nclass F:\n    def __call__(self, x: Chunk): ...\nf = F()": True,
    "from parallel_stage import Chunk\nimport functools\ndef g(x: 'Chunk'): ...\n"
    "@functools.wraps(g)\ndef f(*args): ...": True,
}


@pytest.mark.parametrize("source", SOURCES)
def test_who_wants_a_chunk(source: str) -> None:
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102  the sources are the test's own
    assert wants_chunk(names["f"]) is SOURCES[source]


def only_for_typing(chunk: Chunk) -> object:
    return chunk


def test_a_name_that_is_imported_for_typing_only() -> None:
    assert wants_chunk(only_for_typing)
    assert parallel_stage.Chunk is not None

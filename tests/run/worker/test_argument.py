from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import parallel_stage
from parallel_stage.run.reducers.encoded import UnfitValueError
from parallel_stage.run.worker.argument import refusing, wants_chunk

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


@given(st.lists(st.binary(max_size=12), max_size=6), st.integers(0, 40), st.sampled_from([1, 5, 13, 64]))
def test_a_name_is_refused_wherever_the_writes_end(blocks: list[bytes], place: int, size: int) -> None:
    text = b"".join(blocks)
    text = text[:place] + b"partition-ab12" + text[place:]
    with pytest.raises(UnfitValueError, match="temporary file"):
        in_writes(text, size, "partition-ab12")
    assert in_writes(text, size, "partition-cd34") == text


def in_writes(text: bytes, size: int, temporary: str) -> bytes:
    """Write a text in pieces, where the name of a directory is refused; return what was written."""
    written: list[bytes] = []
    write = refusing(temporary, written.append)
    for start in range(0, len(text), size):
        write(text[start : start + size])
    return b"".join(written)

"""Every property holds for files that broke one once, for some that reach far, and for edits of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.properties import PROPERTIES
from fuzz.words import WORDS
from support import VALID, toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())
VALID_FILES = {
    "toml": toml().encode(),
    "yaml": "".join(f"{key}: {json.dumps(value)}\n" for key, value in VALID.items()).encode(),
    "json": json.dumps(VALID, indent=2).encode(),
}
SEEDS = [
    *((content, f"parallel_stage.{format_}") for format_, content in VALID_FILES.items()),
    *((path.read_bytes(), f"parallel_stage{path.suffix}") for path in CORPUS),
]
_PIECES = st.sampled_from(WORDS).map(str.encode) | st.binary(max_size=2) | st.just(b"")


@pytest.fixture(autouse=True, scope="module")
def _nothing_around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let the rules that look around find nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("empty"))
        yield


@pytest.mark.parametrize("holds", PROPERTIES.values(), ids=PROPERTIES)
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_it_holds_for_the_corpus(path: Path, holds: Callable[[bytes, str], None]) -> None:
    holds(path.read_bytes(), f"parallel_stage{path.suffix}")


def test_the_corpus_has_every_format() -> None:
    assert {path.suffix.removeprefix(".") for path in CORPUS} == set(VALID_FILES)


@st.composite
def _edited(draw: st.DrawFn) -> tuple[bytes, str]:
    """A file after some edits, and its path."""
    content, path = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(content)))
        content = content[:start] + draw(_PIECES) + content[start + draw(st.integers(0, 6)) :]
    return content, path


@pytest.mark.parametrize("holds", PROPERTIES.values(), ids=PROPERTIES)
@settings(max_examples=60)
@given(file=_edited())
def test_it_holds_for_edited_files(file: tuple[bytes, str], holds: Callable[[bytes, str], None]) -> None:
    holds(*file)

from __future__ import annotations

import pytest

from parallel_stage.contract.validation.suggest import closest, is_slip, is_variant


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("Files", "files"),
        ("file", "files"),
        ("paramter_sweep", "parameter-sweep"),
        ("xyz", None),
        ("", None),
    ],
)
def test_the_closest_known_word_is_found(word: str, known: str | None) -> None:
    assert closest(word, ("files", "data-partitions", "parameter-sweep")) == known


@pytest.mark.parametrize(
    ("word", "known", "slip"),
    [
        ("reduser", "reducer", True),
        ("Target-Partition", "target_partitions", True),
        ("note", "notes", True),
        ("func", "function", False),
        ("inputs_dir", "input", False),
    ],
)
def test_a_slip_is_close(word: str, known: str, slip: bool) -> None:  # noqa: FBT001
    assert is_slip(word, known) is slip


@pytest.mark.parametrize("word", ["data_partitions", "DATA-PARTITIONS", "data-partition", " data partitions "])
def test_a_variant_is_the_same_word(word: str) -> None:
    assert is_variant(word, "data-partitions")


@pytest.mark.parametrize("word", ["data-partitons", "partitions", "", "data"])
def test_another_word_is_no_variant(word: str) -> None:
    assert not is_variant(word, "data-partitions")

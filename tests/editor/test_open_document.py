from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configurations import project as configure
from opened_contracts import ENCODINGS, NAMES, Counted, contract, document, fresh, opened, project, typed
from parallel_stage.editor.diagnostics import diagnostics
from parallel_stage.editor.open_document import OpenDocument, diagnose, is_contract
from parallel_stage.lint.engine.check_document import check_file
from parallel_stage.lint.suppressions import baseline

if TYPE_CHECKING:
    from pathlib import Path

    from opened_contracts import Typed


def test_contracts_are_known_by_their_names(tmp_path: Path) -> None:
    assert is_contract(document(tmp_path / "a.parallel_stage.yaml", ""))
    assert not is_contract(document(tmp_path / "pyproject.toml", ""))


def test_half_a_pair_of_surrogates_is_what_a_saved_file_would_have(tmp_path: Path) -> None:
    assert opened(tmp_path / NAMES[0], "a\ud83d\ude00b\ud83dc").text == "a😀b\ufffdc"


@given(st.sampled_from(NAMES), st.sampled_from(ENCODINGS), st.lists(typed(), max_size=12))
def test_a_diagnosis_is_that_of_the_file_wherever_columns_are_counted(
    tmp_path_factory: pytest.TempPathFactory, name: str, encoding: str, edits: list[Typed]
) -> None:
    root = tmp_path_factory.mktemp("typed")
    project(root)
    text = contract(name, name="😀", workers=1)
    for edit in edits:
        text = edit.into(text)
    found = opened(root / name, text, encoding)
    published = diagnostics(found, diagnose(found))
    assert [Counted(str(each.code), str(each.message), each.range) for each in published] == fresh(
        root / name, text, encoding
    )


def test_a_configuration_holds(root: Path) -> None:
    text = contract("a.toml", workers=1)
    configure(root, ignore=["single-worker"])
    assert diagnose(opened(root / NAMES[0], text)).found == []
    configure(root, exclude=["*.toml"])
    assert diagnose(opened(root / NAMES[0], contract("a.toml", workers=0))).found == []


def test_a_baseline_holds(root: Path) -> None:
    path = root / NAMES[0]
    path.write_text(contract("a.toml", workers=1))
    configure(root, baseline="old.json")
    baseline.write(str(root / "old.json"), check_file(str(path)), [str(path)])
    assert diagnose(opened(path, path.read_text())).found == []
    assert [each.rule for each in diagnose(opened(path, contract("a.toml", workers=0))).found] == ["out-of-range"]


@pytest.mark.parametrize("table", [{"select": "all"}, {"baseline": "missing.json"}])
def test_a_broken_configuration_is_reported_on_the_first_line(root: Path, table: dict[str, object]) -> None:
    configure(root, **table)
    found = opened(root / NAMES[0], contract("a.toml"))
    (published,) = diagnostics(found, diagnose(found))
    assert published.range.start.line == published.range.end.line == 0
    assert str(*table) in str(published.message)
    assert found.search() == ()


def test_a_document_has_the_directory_of_its_path(tmp_path: Path) -> None:
    found: OpenDocument = opened(tmp_path / "a b" / NAMES[1], "")
    assert (found.directory, found.language) == (str(tmp_path / "a b"), "yaml")

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from parallel_stage.plan.inputs import listed
from parallel_stage.run.replaced import why_replaced

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from parallel_stage.plan.partition import Identity, Input


def planned(root: Path) -> tuple[Input, Identity]:
    (root / "a").write_text("1")
    (item,) = listed("a", "files", str(root))
    assert item.identity is not None
    return item, item.identity


def test_a_file_that_is_left_alone_is_the_same(tmp_path: Path) -> None:
    item, _ = planned(tmp_path)
    (tmp_path / "a").read_text()
    assert why_replaced(item, str(tmp_path)) == ""


def test_a_file_with_another_number_and_the_same_change_time_is_the_same_where_numbers_move(tmp_path: Path) -> None:
    item, identity = planned(tmp_path)
    moved = replace(item, identity=identity._replace(inode=identity.inode + 1, device=identity.device + 1))
    assert why_replaced(moved, str(tmp_path)) == ""


def test_on_windows_the_number_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    item, identity = planned(tmp_path)
    monkeypatch.setattr(os, "name", "nt")
    assert why_replaced(replace(item, identity=identity._replace(changed_ns=0)), str(tmp_path)) == ""
    moved = replace(item, identity=identity._replace(inode=identity.inode + 1))
    assert "a was rewritten or replaced" in why_replaced(moved, str(tmp_path))


def test_a_file_with_another_size_or_time_or_none_is_the_workers_to_notice(tmp_path: Path) -> None:
    item, identity = planned(tmp_path)
    other = replace(item, identity=identity._replace(changed_ns=0))
    assert why_replaced(other, str(tmp_path))
    assert why_replaced(replace(other, size=2), str(tmp_path)) == ""
    assert why_replaced(replace(other, mtime_ns=0), str(tmp_path)) == ""
    (tmp_path / "a").unlink()
    assert why_replaced(other, str(tmp_path)) == ""


def test_an_input_without_an_identity_is_not_compared(tmp_path: Path) -> None:
    item, _ = planned(tmp_path)
    assert why_replaced(replace(item, identity=None), str(tmp_path)) == ""


def test_the_identity_is_no_part_of_the_input(tmp_path: Path) -> None:
    item, _ = planned(tmp_path)
    assert item == replace(item, identity=None)
    assert hash(item) == hash(replace(item, identity=None))
    assert "identity" not in repr(item)

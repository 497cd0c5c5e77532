from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

import pytest
import tomli

from parallel_stage.contract import schema, write
from parallel_stage.errors import UsageError
from support import VALID

if TYPE_CHECKING:
    from pathlib import Path


def test_the_text_is_the_contract_in_the_order_of_the_schema() -> None:
    text = write.toml(dict(reversed(VALID.items())))
    first, second, *lines = text.splitlines()
    assert first == f"#:schema {schema.schema()['$id']}"
    assert second.startswith("# ")
    assert [line.partition(" =")[0] for line in lines[: len(VALID)]] == list(VALID)
    written = tomli.loads(text)
    steps = written.pop("next_steps")
    assert written == VALID
    assert steps == {name: node["default"] for name, node in schema.field("next_steps")["properties"].items()}


def test_a_new_file_has_the_text_and_the_usual_permissions(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "inside" / "parallel_stage.toml"
    before = os.umask(0o027)
    try:
        write.write(str(path), "é\n", force=False)
    finally:
        os.umask(before)
    assert path.read_bytes() == "é\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(path.parent) == [path.name]


def test_another_content_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "parallel_stage.toml"
    path.write_text("mine")
    with pytest.raises(UsageError, match="exists and has another content") as caught:
        write.write(str(path), "new", force=False)
    assert "--force" in caught.value.hint
    assert path.read_text() == "mine"
    assert os.listdir(tmp_path) == [path.name]


def test_the_same_content_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "parallel_stage.toml"
    write.write(str(path), "same\n", force=False)
    write.write(str(path), "same\n", force=False)
    assert path.read_text() == "same\n"


def test_force_replaces(tmp_path: Path) -> None:
    path = tmp_path / "parallel_stage.toml"
    path.write_bytes(b"\xff not text")
    with pytest.raises(UsageError):
        write.write(str(path), "new", force=False)
    write.write(str(path), "new", force=True)
    assert path.read_text() == "new"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target.toml", tmp_path / "parallel_stage.toml"
    target.write_text("mine")
    link.symlink_to(target)
    with pytest.raises(UsageError):
        write.write(str(link), "new", force=False)
    write.write(str(link), "new", force=True)
    assert (target.read_text(), link.read_text(), link.is_symlink()) == ("new", "new", True)


@pytest.mark.parametrize("how", ["linked", "link that leads nowhere", "linked directory"])
def test_nothing_is_written_where_a_link_leads_out_of_the_project(how: str, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "repository/.git").mkdir(parents=True)
    (tmp_path / "repository/directory").symlink_to("../outside")
    link = tmp_path / "repository" / ("directory/x" if how == "linked directory" else "x")
    if how != "link that leads nowhere":
        (tmp_path / "outside/x").write_text("mine")
    if how != "linked directory":
        link.symlink_to("../outside/x")
    with pytest.raises(UsageError, match="leads out of the project by a link"):
        write.write(str(link), "new", force=True)
    assert [path.read_text() for path in (tmp_path / "outside").iterdir()] in (["mine"], [])
    write.write(str(tmp_path / "repository/../outside/y"), "new", force=True)
    assert (tmp_path / "outside/y").read_text() == "new"


def test_the_owner_and_hard_links_stay(tmp_path: Path) -> None:
    path, other = tmp_path / "a.toml", tmp_path / "b.toml"
    path.write_text("a longer text")
    if os.geteuid() == 0:
        os.chown(path, 1234, 2345)
    path.chmod(0o604)
    before = path.stat()
    write.rewrite(str(path), "a longer text", "text")
    after = path.stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)
    os.link(path, other)
    write.rewrite(str(path), "text", "new")
    assert (path.read_text(), other.read_text(), path.samefile(other)) == ("new", "new", True)
    assert sorted(os.listdir(tmp_path)) == ["a.toml", "b.toml"]


def test_an_owner_that_cannot_be_kept_keeps_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.toml"
    path.write_text("old")
    number, real = path.stat().st_ino, os.stat

    def stat(name: str, **more: Any) -> os.stat_result:
        """The file belongs to somebody else."""
        found = real(name, **more)
        return os.stat_result((*found[:4], 77, 88, *found[6:])) if str(name) == str(path) else found

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "stat", stat)
    monkeypatch.setattr(os, "chown", refused)
    write.write(str(path), "new", force=True)
    assert (path.read_text(), real(path).st_ino) == ("new", number)


def test_a_link_that_leads_nowhere_counts_as_a_file(tmp_path: Path) -> None:
    link = tmp_path / "parallel_stage.toml"
    link.symlink_to(tmp_path / "nothing")
    with pytest.raises(UsageError, match="exists"):
        write.write(str(link), "new", force=False)


@pytest.mark.parametrize("name", ["file/parallel_stage.toml", "directory", "x" * 300])
def test_what_cannot_be_written_is_reported_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "directory").mkdir()
    with pytest.raises(UsageError, match="cannot be written") as caught:
        write.write(str(tmp_path / name), "new", force=True)
    assert caught.value.hint
    assert sorted(os.listdir(tmp_path)) == ["directory", "file"]
    assert os.listdir(tmp_path / "directory") == []


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "parallel_stage.toml"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(UsageError, match="No space left on device"):
        write.write(str(path), "new", force=True)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == [path.name]


def test_a_file_is_rewritten_in_place(tmp_path: Path) -> None:
    path, link = tmp_path / "a.toml", tmp_path / "link.toml"
    path.write_bytes(b"a\r\n")
    path.chmod(0o640)
    link.symlink_to(path)
    write.rewrite(str(link), "a\r\n", "b\r\n")
    assert (path.read_bytes(), path.stat().st_mode & 0o777, link.is_symlink()) == (b"b\r\n", 0o640, True)


def test_a_file_that_somebody_changed_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("c", encoding="utf-8")
    with pytest.raises(UsageError, match="changed while it was checked"):
        write.rewrite(str(path), "a", "b")
    assert path.read_text(encoding="utf-8") == "c"


def test_a_read_only_file_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.toml"
    path.write_text("a", encoding="utf-8")
    monkeypatch.setattr(os, "access", lambda *_: False)  # a superuser may write everything
    with pytest.raises(UsageError, match="read-only"):
        write.rewrite(str(path), "a", "b")
    assert path.read_text(encoding="utf-8") == "a"

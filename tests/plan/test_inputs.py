from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from parallel_stage.contract.model import Contract
from parallel_stage.errors import NoInputError, PlanRefusedError
from parallel_stage.plan.inputs import inputs_of, listed, matches
from support import data

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.errors import ParallelStageError


def contract(pattern: str, split: str = "files") -> Contract:
    return Contract.from_valid(data(input=pattern, split=split))


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")


def paths(root: Path, pattern: str) -> list[str]:
    return [item.path for item in inputs_of(contract(pattern), str(root))]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    make(tmp_path, "b.csv", "a.csv", ".hidden.csv", "d/a.csv", "d/e/a.csv", "d/e/b.txt", ".git/a.csv", "d/.x/a.csv")
    (tmp_path / "directory.csv").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.csv", ["a.csv", "b.csv"]),
        ("./*.csv", ["a.csv", "b.csv"]),
        ("[b]*.csv", ["b.csv"]),
        ("d//?.csv", ["d/a.csv"]),
        ("**/*.csv", ["a.csv", "b.csv", "d/a.csv", "d/e/a.csv"]),
        ("d/**/*.csv", ["d/a.csv", "d/e/a.csv"]),
        ("**/e/**/a*", ["d/e/a.csv"]),
        ("**/**/a.csv", ["a.csv", "d/a.csv", "d/e/a.csv"]),
        ("d/**", ["d/a.csv", "d/e/a.csv", "d/e/b.txt"]),
        ("d**/*.csv", ["d/a.csv"]),
        (".*.csv", [".hidden.csv"]),
        ("d/.x/*", ["d/.x/a.csv"]),
        ("d/../a.csv", ["d/../a.csv"]),
        ("b.csv", ["b.csv"]),
    ],
)
def test_globs(tree: Path, pattern: str, expected: list[str]) -> None:
    assert paths(tree, pattern) == expected


def test_absolute_patterns(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    expected = [(tree / name).as_posix() for name in ("d/a.csv", "d/e/a.csv")]
    assert paths(elsewhere, f"{tree}/d/**/*.csv") == expected
    assert paths(elsewhere, f"{tree}/d/*.csv") == expected[:1]


def test_a_name_with_the_characters_of_a_glob(tmp_path: Path) -> None:
    make(tmp_path, "a[1].csv", "a1.csv", "[x]/d/b.csv")
    assert paths(tmp_path, "a[1].csv") == ["a[1].csv"]
    assert paths(tmp_path, "**/b.csv") == ["[x]/d/b.csv"]


def test_size_and_time(tmp_path: Path) -> None:
    make(tmp_path, "a.csv")
    (item,) = inputs_of(contract("a.csv"), str(tmp_path))
    status = os.stat(tmp_path / "a.csv")
    assert (item.size, item.mtime_ns) == (5, status.st_mtime_ns)


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    make(tmp_path, "d/a.csv", "e/b.csv")
    for name, target in (("d/up", ".."), ("d/self", "."), ("e/d", "../d"), ("d/e", "../e"), ("loop", "loop")):
        (tmp_path / name).symlink_to(target)
    assert sorted(matches(str(tmp_path), "**/*.csv")) == ["d/a.csv", "d/e/b.csv", "e/b.csv", "e/d/a.csv"]
    (tmp_path / "d/e").unlink()
    (tmp_path / "e/d").unlink()
    assert paths(tmp_path, "**/*.csv") == ["d/a.csv", "e/b.csv"]


@pytest.mark.parametrize(
    ("link", "target", "pattern", "twice"),
    [
        ("b", "a", "**/*.csv", ("b/1.csv", "a/1.csv")),
        ("b", "a", "[ab]/2.csv", ("b/2.csv", "a/2.csv")),
        ("a/latest.csv", "2.csv", "a/*.csv", ("a/latest.csv", "a/2.csv")),
        ("a/0.csv", "2.csv", "a/*.csv", ("a/2.csv", "a/0.csv")),
        ("b", "a", "[ab]/../a/1.csv", ("b/../a/1.csv", "a/../a/1.csv")),
    ],
)
@pytest.mark.parametrize("split", ["files", "data-partitions"])
def test_a_file_that_is_found_twice_is_refused(
    tmp_path: Path, split: str, link: str, target: str, pattern: str, twice: tuple[str, str]
) -> None:
    make(tmp_path, "a/1.csv", "a/2.csv")
    (tmp_path / link).symlink_to(target)
    with pytest.raises(PlanRefusedError) as caught:
        inputs_of(contract(pattern, split), str(tmp_path))
    assert f"input {twice[0]!r} is the file {twice[1]!r} by another path" in caught.value.message


def test_links_to_a_store_and_hard_links_are_as_copies(tmp_path: Path) -> None:
    make(tmp_path, ".store/x", "d/0.csv")
    for name in ("d/1.csv", "d/2.csv"):
        (tmp_path / name).symlink_to("../.store/x")
    os.link(tmp_path / "d/0.csv", tmp_path / "d/3.csv")
    assert paths(tmp_path, "d/*") == ["d/0.csv", "d/1.csv", "d/2.csv", "d/3.csv"]


def test_a_manifest_that_names_a_file_by_two_paths(tmp_path: Path) -> None:
    make(tmp_path, "a/1.csv")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "manifest.txt").write_text("b/1.csv\na/1.csv\n", encoding="utf-8")
    with pytest.raises(PlanRefusedError, match=r"input .a/1.csv. is the file 'b/1.csv' by another path"):
        paths(tmp_path, "manifest.txt")
    faults: list[ParallelStageError] = []
    assert [item.path for item in listed("manifest.txt", "files", str(tmp_path), faults.append)] == ["b/1.csv"]
    assert len(faults) == 1


@pytest.mark.parametrize(
    ("name", "pattern", "write"),
    [
        ("data/[2020]/x.csv", "data/[2020]/*.csv", "data/[[]2020]/*.csv"),
        ("data/[2020]/x.csv", "**/[2020]/*.csv", "**/[[]2020]/*.csv"),
        ("[2020] sales.csv", "[2020]*.csv", "[[]2020]*.csv"),
        ("[a]/2/[b]c.csv", "[[]a]/[12]/[b]*", "[[]a]/[12]/[[]b]*"),
    ],
)
def test_brackets_that_are_in_a_name_are_refused(tmp_path: Path, name: str, pattern: str, write: str) -> None:
    make(tmp_path, name, "data/2/x.csv", "data/0/x.csv", "2.csv", "[a]/2/b.csv")
    with pytest.raises(PlanRefusedError, match="has two meanings") as caught:
        paths(tmp_path, pattern)
    assert caught.value.hint.startswith(f"write {write!r} for that name")
    assert paths(tmp_path, write) == [name]


@pytest.mark.parametrize("pattern", ["[ab].csv", "[a-c]*", "[!x].csv", "[[]a].csv", "a[.csv"])
def test_brackets_that_are_in_no_name_are_a_pattern(tmp_path: Path, pattern: str) -> None:
    make(tmp_path, "a.csv", "[a].csv", "a[.csv")
    assert paths(tmp_path, pattern)


def test_the_hint_where_brackets_match_nothing(tmp_path: Path) -> None:
    (tmp_path / "[x]").mkdir()
    for pattern, hint in (("[y].csv", "[[] is a bracket"), ("y.csv", "pattern"), ("[x]", "such as '[[]x]/*'")):
        with pytest.raises(NoInputError) as caught:
            paths(tmp_path, pattern)
        assert caught.value.hint.endswith(hint)


def test_a_linked_directory_is_searched(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    make(elsewhere, "a.csv")
    (tmp_path / "link").symlink_to(elsewhere)
    assert paths(tmp_path, "**/*.csv") == ["link/a.csv"]


@pytest.mark.parametrize(
    "pattern",
    ["nothing/*.csv", "nothing.csv", "**/nothing", "d/nul\0.csv", "x" * 300, "a.csv/", "\ud800/*", "**/\ud800"],
)
def test_nothing_found(tree: Path, pattern: str) -> None:
    with pytest.raises(NoInputError, match="matches no file") as caught:
        paths(tree, pattern)
    assert str(tree) in caught.value.message
    assert caught.value.hint


def test_a_directory(tree: Path) -> None:
    with pytest.raises(NoInputError, match="'d' is a directory") as caught:
        paths(tree, "d")
    assert "'d/*'" in caught.value.hint


def test_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "gone.csv").symlink_to("nowhere")
    for pattern in ("gone.csv", "*.csv"):
        with pytest.raises(PlanRefusedError, match=r"'gone.csv'.* symbolic link that leads nowhere"):
            paths(tmp_path, pattern)


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(PlanRefusedError, match="not a regular file"):
        paths(tmp_path, "*.csv")


@pytest.mark.parametrize(("name", "split"), [("manifest.txt", "files"), ("grid.json", "parameter-sweep")])
def test_a_pipe_that_is_named_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, split: str
) -> None:
    os.mkfifo(tmp_path / name)
    monkeypatch.setattr("builtins.open", lambda *_, **__: pytest.fail("opened, which waits for a writer"))
    with pytest.raises(PlanRefusedError, match=f"'{name}' .* is not a regular file"):
        inputs_of(contract(name, split), str(tmp_path))


@pytest.mark.parametrize("name", ["nothing", "a.csv", "a.csv/d"])
def test_a_root_that_is_no_directory(tree: Path, name: str) -> None:
    with pytest.raises(PlanRefusedError, match=f"the root '.*/{name}' is not a directory") as caught:
        paths(tree / name, "*.csv")
    assert "--root" in caught.value.hint


def test_a_manifest_is_one_for_the_split_files_only(tmp_path: Path) -> None:
    make(tmp_path, "a.csv", "b.csv")
    (tmp_path / "manifest.csv").write_text("path\nb.csv\na.csv\n", encoding="utf-8")
    assert paths(tmp_path, "manifest.csv") == ["b.csv", "a.csv"]
    table = inputs_of(contract("manifest.csv", "data-partitions"), str(tmp_path))
    assert [item.path for item in table] == ["manifest.csv"]


def test_faulty_entries_of_a_manifest_are_left_out_where_they_are_reported(tmp_path: Path) -> None:
    make(tmp_path, "a.csv")
    (tmp_path / "manifest.txt").write_text("b.csv\na.csv\n", encoding="utf-8")
    faults: list[ParallelStageError] = []
    assert [item.path for item in listed("manifest.txt", "files", str(tmp_path), faults.append)] == ["a.csv"]
    assert [type(fault) for fault in faults] == [NoInputError]

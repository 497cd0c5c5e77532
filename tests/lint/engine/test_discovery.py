from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parallel_stage.lint.engine.discovery import contracts

if TYPE_CHECKING:
    from collections.abc import Iterable

NAME = "parallel_stage.toml"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _make(*paths: str) -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text("")


def _found(*paths: str) -> list[str]:
    return list(contracts(paths or (".",), _nothing))


def _nothing(_: str) -> bool:
    return False


def test_names_of_contracts() -> None:
    good = [NAME, "parallel_stage.json", "parallel_stage.yaml", "parallel_stage.yml", "a.b.parallel_stage.toml"]
    _make(
        *good, "parallel_stage.txt", "my_parallel_stage.toml", ".parallel_stage.toml", "Parallel_Stage.toml", "x.toml"
    )
    assert sorted(_found()) == sorted(good)


def test_directories_are_walked_in_name_order_without_hidden_ones() -> None:
    _make(f"b/{NAME}", f"a/z/{NAME}", f"a/{NAME}", f".hidden/{NAME}", f"a/.git/{NAME}", NAME)
    assert _found() == [f"a/{NAME}", f"a/z/{NAME}", f"b/{NAME}", NAME]


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("a", f"a/{NAME}"),
        ("a/", f"a/{NAME}"),
        ("a//", f"a/{NAME}"),
        ("./a", f"a/{NAME}"),
        ("./", f"a/{NAME}"),
        (".//", f"a/{NAME}"),
        ("../{}", f"../{{}}/a/{NAME}"),
        (".", f"a/{NAME}"),
    ],
)
def test_paths_are_shown_as_one_would_type_them(asked: str, shown: str, tmp_path: Path) -> None:
    _make(f"a/{NAME}")
    assert _found(asked.format(tmp_path.name)) == [shown.format(tmp_path.name)]


def test_an_absolute_directory_gives_absolute_paths(tmp_path: Path) -> None:
    _make(f"a/{NAME}")
    assert _found(str(tmp_path)) == [str(tmp_path / "a" / NAME)]


def test_each_is_found_once() -> None:
    _make(f"a/{NAME}")
    assert _found(f"a/{NAME}", "a", ".", f"a/{NAME}") == [f"a/{NAME}"]


def test_what_is_named_is_taken_as_it_is() -> None:
    Path(".gitignore").write_text("*\n")
    _make(f"a/{NAME}", "other.txt")
    assert _found("other.txt", f"a/{NAME}", "nothing", "-") == ["other.txt", f"a/{NAME}", "nothing", "-"]
    assert _found() == []


def test_links_to_directories_are_not_followed_and_loops_end() -> None:
    _make(f"a/{NAME}")
    Path("a/loop").symlink_to("..")
    Path("link").symlink_to("a")
    assert _found() == [f"a/{NAME}"]


def test_links_to_files_are_contracts_even_where_they_lead_nowhere() -> None:
    _make("a/x.toml")
    Path(NAME).symlink_to("a/x.toml")
    Path(f"b.{NAME}").symlink_to("nothing")
    Path(f"c.{NAME}").symlink_to(f"c.{NAME}")
    assert _found() == [f"b.{NAME}", f"c.{NAME}", NAME]


def test_a_pipe_is_not_waited_for() -> None:
    os.mkfifo(NAME)
    Path(f"link.{NAME}").symlink_to(NAME)
    assert _found() == []


def test_a_directory_with_the_name_of_a_contract_is_walked() -> None:
    _make(f"{NAME}/{NAME}")
    assert _found() == [f"{NAME}/{NAME}"]


def test_a_directory_that_cannot_be_listed_is_worth_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    _make(f"a/{NAME}", f"b/{NAME}")
    scan = os.scandir

    def denied(path: str) -> object:  # a superuser may list everything, so the answer is played
        if path.endswith("a"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", denied)
    assert _found() == ["a", f"b/{NAME}"]


def test_directories_may_be_nested_deeper_than_python_calls() -> None:
    deep = "d/" * sys.getrecursionlimit()
    for level in range(2, len(deep) + 1, 2):
        os.mkdir(deep[:level])
    try:
        Path(f"{deep}{NAME}").touch()
        assert _found() == [f"{deep}{NAME}"]
    finally:  # which whoever removes the tests' directories might not be able to
        os.unlink(f"{deep}{NAME}")
        os.removedirs(deep)


def test_what_is_excluded_is_passed_over_however_it_is_found() -> None:
    _make(f"a/{NAME}", f"b/{NAME}", f"c/{NAME}")
    asked: list[str] = []

    def excluded(path: str) -> bool:
        asked.append(path)
        return path in {"a/", f"b/{NAME}"}

    assert list(contracts([".", f"b/{NAME}", f"c/{NAME}"], excluded)) == [f"c/{NAME}"]
    assert f"a/{NAME}" not in asked


@pytest.mark.parametrize(
    "name", ["with space", "new\nline", "tab\t", "quote'\"", "\udcff", "é🐍", "-dash", "#hash", "[a]"]
)
def test_odd_names_are_names(name: str) -> None:
    os.makedirs(name)
    Path(name, f"{name}.{NAME}").write_text("")
    assert _found() == [f"{name}/{name}.{NAME}"]


def test_the_inner_gitignore_wins_and_may_take_back() -> None:
    _make(f"a/{NAME}", f"b/{NAME}", f"b/c/{NAME}", f"build/{NAME}")
    Path(".gitignore").write_text("*.toml\nbuild/\n")
    Path("b/.gitignore").write_text("!parallel_stage.toml\n")
    Path("build/.gitignore").write_text("!*\n")
    assert _found() == [f"b/c/{NAME}", f"b/{NAME}"]


def test_windows_lines_and_a_byte_order_mark_are_read() -> None:
    _make(f"a/{NAME}", f"b/{NAME}")
    Path(".gitignore").write_bytes(b"\xef\xbb\xbfa/\r\n# b/\r\n")
    assert _found() == [f"b/{NAME}"]


def test_gitignores_above_count_up_to_the_root_of_the_repository() -> None:
    _make(f"repo/a/b/{NAME}", f"repo/a/kept.{NAME}")
    Path(".gitignore").write_text("*\n")
    Path("repo/.git/info").mkdir(parents=True)
    Path("repo/.gitignore").write_text("b/\n")
    assert _found("repo/a") == [f"repo/a/kept.{NAME}"]
    Path("repo/.git/info/exclude").write_text("kept.*\n")
    assert _found("repo/a") == []
    Path("repo/.gitignore").write_text("!kept.*\n")
    assert _found("repo/a") == [f"repo/a/b/{NAME}", f"repo/a/kept.{NAME}"]


_TREE = [
    f"{directory}{name}"
    for directory in ("", "a/", "b/", "a/b/", "a/c d/", "a/b/c/")
    for name in (NAME, f"x.{NAME}", f"y.{NAME}")
]
_PARTS = st.sampled_from(
    ["a", "b", "c", "c d", "*", "**", "?", "[ab]", "[!a]", "x.*", NAME, "*.toml", "x.parallel_stage.*"]
)
_PATTERNS = st.builds(
    lambda negated, anchored, parts, end: negated + anchored + "/".join(parts) + end,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(_PARTS, min_size=1, max_size=3),
    st.sampled_from(["", "", "/", " ", "\\ "]),
) | st.sampled_from(
    ["", "# comment", "\\#x", "\\!x", "/", "a/**", "**/b", "!x.*", f"!{NAME}", "!*.toml", "!/a/x.*", f"!b/**/{NAME}"]
)
_IGNORES = st.dictionaries(
    st.sampled_from([".gitignore", "a/.gitignore", "a/b/.gitignore", ".git/info/exclude"]),
    st.lists(_PATTERNS, min_size=1, max_size=3),
    min_size=1,
)


def _by_git(root: str) -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
        env={"PATH": os.environ["PATH"], "HOME": root, "GIT_CONFIG_NOSYSTEM": "1"},
    )
    return {name for name in os.fsdecode(listed.stdout).split("\0") if name.endswith(NAME)}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterable[Path]:
    with tempfile.TemporaryDirectory(dir=tmp_path_factory.getbasetemp()) as root:
        subprocess.run(["git", "init", "--quiet", root], check=True, env={"PATH": os.environ["PATH"], "HOME": root})
        for path in _TREE:
            Path(root, path).parent.mkdir(parents=True, exist_ok=True)
            Path(root, path).write_text("")
        yield Path(root)


@settings(max_examples=60)
@given(ignores=_IGNORES)
@example(ignores={".gitignore": ["a/", "!a/b/"]})
@example(ignores={".gitignore": ["*", "!*/", "!x.*"]})
@example(ignores={".git/info/exclude": ["*"], ".gitignore": ["!*/", "!x.*"]})
@example(ignores={".gitignore": ["a/*", "!a/b/"], "a/.gitignore": ["b"]})
def test_what_git_ignores_is_ignored(repository: Path, ignores: dict[str, list[str]]) -> None:
    for name in (".gitignore", "a/.gitignore", "a/b/.gitignore", ".git/info/exclude"):
        Path(repository, name).write_text("\n".join(ignores.get(name, [])))
    found = {os.path.relpath(path, repository) for path in contracts([str(repository)], _nothing)}
    assert found == _by_git(str(repository))

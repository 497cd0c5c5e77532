from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from parallel_stage.lint.discovery.walk import contracts

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


def test_pages_are_found_where_they_are_wanted() -> None:
    _make("a/README.md", "a/x.MARKDOWN", "b/README.md", "b/x.mdx", ".hidden/y.md", NAME)
    assert _found() == [NAME]
    wanted = list(contracts((".",), _nothing, searches_markdown=lambda path: path.startswith(f".{os.sep}a")))
    assert wanted == ["a/README.md", "a/x.MARKDOWN", NAME]


def test_pages_are_ignored_like_contracts() -> None:
    _git("init", "--quiet")
    _make("docs/a.md", "docs/b.md", "docs/sub/c.md")
    _git("add", "docs")
    _make("docs/new.md", "other.md")
    Path(".gitignore").write_text("docs\nother.md\n")
    skipped: list[str] = []
    found = contracts((".",), _nothing, lambda path, _: skipped.append(path), lambda _: True)
    assert list(found) == ["docs/a.md", "docs/b.md", "docs/sub/c.md"]
    assert skipped == [".git/", "docs/", "other.md"]


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
    assert _found(f"./a/{NAME}", "a/../a", ".", os.path.abspath("a")) == [f"./a/{NAME}"]


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


def _git(*arguments: str, cwd: str = ".") -> None:
    settings = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *settings, *arguments], cwd=cwd, check=True, capture_output=True)


def test_what_git_tracks_is_found_below_ignored_directories() -> None:
    _make(f"build/deep/{NAME}", f"build/left.{NAME}", f"x.{NAME}", f"y.{NAME}", "build/deep/gone.parallel_stage.toml")
    Path(".gitignore").write_text("build/\n*.parallel_stage.toml\n")
    _git("init")
    _git("add", "--force", f"build/deep/{NAME}", "build/deep/gone.parallel_stage.toml", f"y.{NAME}")
    Path("build/deep/gone.parallel_stage.toml").unlink()
    assert _found() == [f"build/deep/{NAME}", f"y.{NAME}"]
    assert _found("build") == [f"build/deep/{NAME}"]
    assert list(contracts(["."], lambda path: path.startswith("build/deep"))) == [f"y.{NAME}"]


@pytest.mark.parametrize("name", ["with space", "new\nline", "é🐍", "\udcff", "a[b]*", "-dash"])
def test_what_git_tracks_may_have_any_name(name: str) -> None:
    path = f"build/{name}/{name}.{NAME}"
    _make(path)
    Path(".gitignore").write_text("build\n")
    _git("init")
    _git("add", "--force", "--all")
    assert _found() == [path]


def test_a_hook_that_points_git_elsewhere_is_no_hindrance(monkeypatch: pytest.MonkeyPatch) -> None:
    _make(f"build/{NAME}", "other/x")
    Path(".gitignore").write_text("build\n")
    _git("init")
    _git("add", "--force", "--all")
    monkeypatch.setenv("GIT_DIR", "other")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    monkeypatch.setenv("GIT_INDEX_FILE", "nothing")
    assert _found() == [f"build/{NAME}"]


def test_without_git_what_is_ignored_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    _make(f"build/{NAME}", NAME)
    Path(".gitignore").write_text("build\n")
    _git("init")
    _git("add", "--force", "--all")
    monkeypatch.setenv("PATH", ".:bin::/nowhere")
    assert _found() == [NAME]


def test_a_repository_inside_has_its_own_rules() -> None:
    _make(f"inner/{NAME}", f"inner/x.{NAME}", f"x.{NAME}", f"lost/{NAME}")
    _git("init")
    _git("init", cwd="inner")
    Path(".gitignore").write_text("x.*\nlost/\n")
    Path("inner/.git/info/exclude").write_text("parallel_stage.toml\n")
    _git("init", cwd="lost")
    assert _found() == [f"inner/x.{NAME}"]


def test_work_trees_share_what_their_repository_excludes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _git("init", "main")
    _git("commit", "--allow-empty", "--message", "x", cwd="main")
    _git("worktree", "add", "../tree", cwd="main")
    Path("main/.git/info/exclude").write_text("x.*\n")
    monkeypatch.chdir(tmp_path / "tree")
    _make(f"x.{NAME}", NAME)
    assert _found() == [NAME]


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/tty", "patterns", "pipe", "."])
def test_a_gitignore_that_is_no_file_is_none_as_for_git(target: str) -> None:
    _make(NAME)
    os.mkfifo("pipe")
    Path("patterns").write_text("*\n")
    Path(".gitignore").symlink_to(target)
    assert _found() == [NAME]
    Path(".gitignore").unlink()
    os.mkfifo(".gitignore")
    assert _found() == [NAME]


def test_dependencies_environments_and_caches_are_skipped_and_it_is_said() -> None:
    for directory in ("node_modules", "site-packages", "__pycache__", "env", "cache", ".hidden", "ignored", "excluded"):
        _make(f"{directory}/a/{NAME}")
    _make("env/pyvenv.cfg", "cache/CACHEDIR.TAG", f"ignored.{NAME}", NAME)
    Path(".gitignore").write_text("ignored*\n")
    skipped: list[tuple[str, str]] = []
    found = contracts(["."], lambda path: path == "excluded/", lambda path, reason: skipped.append((path, reason)))
    assert list(found) == [NAME]
    assert sorted(skipped) == [
        (".hidden/", "hidden"),
        ("__pycache__/", "installed or compiled code"),
        ("cache/", "a cache"),
        ("env/", "a virtual environment"),
        ("excluded/", "excluded by the configuration"),
        (f"ignored.{NAME}", "ignored by git"),
        ("ignored/", "ignored by git"),
        ("node_modules/", "installed or compiled code"),
        ("site-packages/", "installed or compiled code"),
    ]


def test_a_directory_of_that_kind_is_searched_where_it_is_named() -> None:
    _make(f"node_modules/a/{NAME}", f"env/{NAME}", "env/pyvenv.cfg")
    assert _found("node_modules", "env") == [f"node_modules/a/{NAME}", f"env/{NAME}"]


def test_git_starts_no_program_that_a_repository_names(tmp_path: Path) -> None:
    """An embedded bare repository and the configuration of the repository itself name a monitor."""
    _make(f"build/{NAME}")
    Path(".gitignore").write_text("build\n")
    program = tmp_path / "monitor"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/started'\n")
    program.chmod(0o755)
    _git("init")
    _git("add", "--force", "--all")
    for directory in (".", "bare"):
        if directory == "bare":
            _git("init", "--bare", "bare")
        for name in ("core.fsmonitor", "core.sshCommand", "core.pager", "core.hooksPath", "filter.x.clean"):
            _git("config", name, str(program), cwd=directory)
    Path("bare/x").mkdir()
    assert _found() == [f"build/{NAME}"]
    assert _found("bare") == []
    assert not (tmp_path / "started").exists()

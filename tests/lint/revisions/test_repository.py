"""Reading revisions: which commit a name is, what is in it, and every way in which it cannot be read."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from git_repository import commit, git, write
from parallel_stage.errors import UsageError
from parallel_stage.lint.revisions.repository import revision_of, revisions_of
from parallel_stage.lint.revisions.snapshot import snapshot_of


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    write(root, {"a.py": "a = 1\n", "in/ä b.py": "b\r\n", "notes.txt": "no source\n"})
    commit(root)
    return root


@pytest.fixture(autouse=True)
def _no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_DIFF_BASE_SHA"):
        monkeypatch.delenv(name, raising=False)


def test_a_revision_has_the_files_of_its_commit(repository: Path) -> None:
    write(repository, {"a.py": "a = 2\n", "new.py": ""})
    revision = revision_of("HEAD", str(repository / "in"))
    assert set(revision.files) == {"a.py", "in/ä b.py", "notes.txt"}
    assert revision.root == str(repository)
    with revision.reader() as read:
        assert read(revision.files["a.py"]) == b"a = 1\n"
        assert read(revision.files["in/ä b.py"]) == b"b\r\n"
    assert revision.has(str(repository / "a.py"), b"a = 1\n")
    assert not revision.has(str(repository / "a.py"), b"a = 2\n")
    assert not revision.has(str(repository / "new.py"), b"")


def test_files_below_no_root_are_in_no_revision(repository: Path) -> None:
    revision = revision_of("HEAD", str(repository))
    assert revision.relative(str(repository.parent / "a.py")) is None
    assert revision.relative(str(repository) + "-2/a.py") is None
    assert revision.relative(str(repository / "..a.py")) == "..a.py"


def test_a_repository_with_sha256(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", "--object-format=sha256", str(tmp_path)], check=True)
    write(tmp_path, {"a.py": "a\n"})
    commit(tmp_path)
    assert revision_of("HEAD", str(tmp_path)).has(str(tmp_path / "a.py"), b"a\n")


def test_each_repository_has_its_own_revision(tmp_path: Path) -> None:
    for name in "ab":
        write(tmp_path / name, {"x.py": name})
        commit(tmp_path / name)
    paths = [str(tmp_path / name / "x.py") for name in "ab"]
    found = revisions_of("HEAD", paths)
    assert [(revision.root, own) for revision, own in found] == [(os.path.dirname(path), [path]) for path in paths]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("-x", "'-x' is no revision"),
        ("--help", "is no revision"),
        ("", "is no revision"),
        ("missing", "has no revision missing"),
        ("0" * 40, "has no revision 0"),
        ("HEAD:a.py", "HEAD:a.py is a blob, not a commit"),
        ("HEAD:in", "HEAD:in is a tree, not a commit"),
        ("base", "this is the job of none"),
    ],
)
def test_what_is_no_revision_is_refused(repository: Path, name: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        revision_of(name, str(repository))
    assert refused.value.hint


def test_no_repository_and_no_git_are_refused(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="is in no git repository"):
        revision_of("HEAD", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="git is not on the PATH"):
        revision_of("HEAD", str(repository))


def test_a_shallow_clone_says_that_it_is_one(repository: Path, tmp_path: Path) -> None:
    commit(repository)
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", repository.as_uri(), str(shallow))
    with pytest.raises(UsageError, match="has no revision HEAD~1") as refused:
        revision_of("HEAD~1", str(shallow))
    assert "shallow clone" in refused.value.hint


def test_the_base_is_where_the_branch_has_left_its_target(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = git(repository, "rev-parse", "HEAD").strip()
    git(repository, "checkout", "--quiet", "-b", "topic")
    commit(repository)
    target = git(repository, "commit-tree", "-p", left, "-m", "x", "HEAD^{tree}").strip()
    git(repository, "update-ref", "refs/remotes/origin/main", target)
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    assert revision_of("base", str(repository)).commit == left
    monkeypatch.setenv("GITHUB_BASE_REF", "gone")
    with pytest.raises(UsageError, match="origin/gone"):
        revision_of("base", str(repository))
    monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", git(repository, "rev-parse", "topic").strip())
    assert revision_of("base", str(repository)).commit != left


def test_a_partial_clone_fetches_nothing(repository: Path, tmp_path: Path) -> None:
    git(repository, "config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    git(tmp_path, "clone", "--quiet", "--no-checkout", "--filter=blob:none", repository.as_uri(), str(partial))
    revision = revision_of("HEAD", str(partial))
    with pytest.raises(UsageError, match="HEAD is not all there"), snapshot_of(revision):
        pass


def test_a_file_that_is_too_large_is_read_as_empty(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parallel_stage.lint.revisions.repository._LARGEST", 3)
    revision = revision_of("HEAD", str(repository))
    with revision.reader() as read:
        assert read(revision.files["a.py"]) == b""
        assert read(revision.files["in/ä b.py"]) == b"b\r\n"


def test_a_snapshot_has_sources_and_contracts_and_no_way_out(repository: Path) -> None:
    write(repository, {"parallel_stage.toml": "a", "pyproject.toml": "", "data.csv": "x\n", "wanted.md": "# x"})
    (repository / "link.py").symlink_to("a.py")
    (repository / "out.py").symlink_to("../secret.py")
    (repository / "root.py").symlink_to("/etc/passwd")
    (repository.parent / "secret.py").write_text("")
    commit(repository)
    with snapshot_of(revision_of("HEAD", str(repository)), {"wanted.md"}) as snapshot:
        directory = Path(snapshot.directory)
        files = {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}
        assert files == {"a.py", "in/ä b.py", "parallel_stage.toml", "pyproject.toml", "link.py", "wanted.md"}
        assert (directory / "link.py").read_text() == "a = 1\n"
        assert snapshot.place(str(repository / "in")) == str(directory / "in")
        assert snapshot.place("/elsewhere") == "/elsewhere"
    assert not directory.exists()


@pytest.mark.parametrize("path", ["../x.py", "in/../../x.py", ".git/x.py", ".GIT/hooks/x.py", "/x.py", "in//x.py"])
def test_names_that_git_would_not_check_out_are_not_written(repository: Path, path: str) -> None:
    revision = revision_of("HEAD", str(repository))
    files = {**revision.files, path: revision.files["a.py"]}
    with snapshot_of(revision._replace(files=files)) as snapshot:
        directory = Path(snapshot.directory)
        assert {each.name for each in directory.iterdir()} == {".git", "a.py", "in"}
        assert {each.name for each in directory.rglob("*")} <= {".git", "a.py", "in", "ä b.py", "x.py"}
    assert not (directory.parent / "x.py").exists()

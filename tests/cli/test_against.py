"""`check --against REV`: what follows from the changes since a revision."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from git_repository import commit, git, state, write
from parallel_stage.lint.reporters import FORMATS
from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., Any]

NAME = "parallel_stage.toml"
CONTRACT = toml(function="package.process:f", workers=4)
FILES = {
    NAME: CONTRACT,
    "package/__init__.py": "",
    "package/process.py": "from package.helper import g\n\n\ndef f(path):\n    return g(path)\n",
    "package/helper.py": "from . import deep\n\n\ndef g(path):\n    return deep.h(path)\n",
    "package/deep.py": "def h(path):\n    return {}\n",
    "package/unused.py": "a = 1\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write(tmp_path, FILES)
    commit(tmp_path)
    return tmp_path


def _issues(command: Command, *arguments: str) -> list[tuple[str, str, int]]:
    done = command("check", "--against", "HEAD", "--format", "json", *arguments)
    assert done.code in (0, 1), done.err
    return [(each["path"], each["rule"], each["line"]) for each in json.loads(done.out)["issues"]]


def _changed(root: Path, **changes: Any) -> None:
    (root / NAME).write_text(toml(**{"function": "package.process:f", "workers": 4, **changes}))


def test_nothing_follows_where_nothing_has_changed(command: Command, repository: Path) -> None:
    assert _issues(command) == []
    (repository / NAME).write_text("# only a comment\n" + CONTRACT)
    assert _issues(command) == []
    (repository / NAME).write_bytes(CONTRACT.replace("\n", "\r\n").encode())
    assert _issues(command) == []


def test_a_change_is_found_at_its_key(command: Command, repository: Path) -> None:
    _changed(repository, backend="dask", target_partitions=65)
    assert _issues(command) == [(NAME, "cuts-change", 8), (NAME, "only-execution-changes", 11)]
    done = command("check", "--against", "HEAD")
    assert 'backend is "dask", and was "pool" in HEAD' in done.out
    assert done.err == "against HEAD: 1 contract differs, 0 new, 0 gone\n"


@pytest.mark.parametrize("module", ["process", "helper", "deep"])
def test_a_changed_module_makes_a_contract_differ(command: Command, repository: Path, module: str) -> None:
    with (repository / "package" / f"{module}.py").open("a") as file:
        file.write("# more\n")
    assert _issues(command) == [(NAME, "result-changes", 3)]
    assert f"in package.{module};" in command("check", "--against=HEAD").out


def test_modules_that_are_not_needed_do_not_count(command: Command, repository: Path) -> None:
    write(repository, {"package/unused.py": "a = 2\n", "package/new.py": "", "package/deep.txt": ""})
    assert _issues(command) == []


def test_line_ends_that_git_changes_do_not_count(command: Command, repository: Path) -> None:
    path = repository / "package" / "deep.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert _issues(command) == []


def test_modules_that_come_and_go_count(command: Command, repository: Path) -> None:
    (repository / "package" / "deep.py").rename(repository / "package" / "deeper.py")
    write(repository, {"package/helper.py": FILES["package/helper.py"].replace("deep", "deeper")})
    assert _issues(command) == [(NAME, "result-changes", 3)]
    assert "in package.deep, package.deeper, package.helper;" in command("check", "--against=HEAD").out


def test_a_module_that_hid_another_one_counts(command: Command, repository: Path) -> None:
    """The code of now is all as it was; but a package with the module's name came first."""
    write(repository, {"package/deep/__init__.py": "def h(path):\n    return 1\n"})
    commit(repository)
    (repository / "package" / "deep" / "__init__.py").unlink()
    (repository / "package" / "deep").rmdir()
    assert _issues(command) == [(NAME, "result-changes", 3)]


def test_modules_behind_links_count(command: Command, repository: Path) -> None:
    write(repository, {"one/deep.py": "def h(path):\n    return 1\n", "two/deep.py": "def h(path):\n    return 2\n"})
    write(repository, {"package/helper.py": "from linked import deep\n\n\ndef g(path):\n    return deep.h(path)\n"})
    (repository / "linked").symlink_to("one")
    commit(repository)
    assert _issues(command) == []
    (repository / "one" / "deep.py").write_text("def h(path):\n    return 3\n")
    assert _issues(command) == [(NAME, "result-changes", 3)]
    git(repository, "checkout", "--quiet", ".")
    (repository / "linked").unlink()
    (repository / "linked").symlink_to("two")
    assert _issues(command) == [(NAME, "result-changes", 3)]


def test_what_git_ignores_does_not_count(command: Command, repository: Path) -> None:
    write(repository, {".gitignore": "_made.py\n", "package/deep.py": "from package._made import h\n"})
    commit(repository)
    write(repository, {"package/_made.py": "def h(path):\n    return {}\n"})
    assert _issues(command) == []
    git(repository, "rm", "--quiet", "--cached", ".gitignore")
    (repository / ".gitignore").unlink()
    assert _issues(command) == [(NAME, "result-changes", 3)]


def test_renamed_new_and_gone_contracts(command: Command, repository: Path) -> None:
    git(repository, "mv", NAME, "moved.parallel_stage.toml")
    assert _issues(command) == []
    (repository / "moved.parallel_stage.toml").write_text(CONTRACT.replace("pool", "dask"))
    assert _issues(command) == [("moved.parallel_stage.toml", "only-execution-changes", 11)]
    write(repository, {"new.parallel_stage.toml": toml(name="new", output="new.jsonl", function="package.process:f")})
    (repository / "moved.parallel_stage.toml").unlink()
    assert _issues(command) == [(NAME, "consumers-break", 1)]
    assert command("check", "--against=HEAD").err == "against HEAD: 0 contracts differ, 1 new, 1 gone\n"
    assert _issues(command, "package") == []  # not below what is named
    write(repository, {".parallel-stage.toml": f'exclude = ["{NAME}"]\n'})
    assert _issues(command) == []


@pytest.mark.parametrize("module", ["merge.py", "merge_deep.py"])
def test_changed_code_of_the_reducer_counts_where_it_is_called(command: Command, repository: Path, module: str) -> None:
    write(repository, {"merge.py": "import merge_deep\n\n\ndef f(parts, out): ...\n", "merge_deep.py": "a = 1\n"})
    for reducer, expected in (("custom", ["result-changes"]), ("concat-jsonl", [])):
        _changed(repository, reducer=reducer, reducer_function="merge:f", notes="merges")
        commit(repository)
        write(repository, {module: (repository / module).read_text() + "# changed\n"})
        found = _issues(command, "--ignore", "reducer-function-unused")
        assert [rule for _, rule, _ in found] == expected


def test_what_a_sparse_checkout_leaves_out_is_neither_gone_nor_changed(command: Command, repository: Path) -> None:
    contract = toml(name="left-out", output="left-out.jsonl", function="package.process:f")
    write(repository, {"left/parallel_stage.toml": contract, "left/module.py": "a = 1\n", "kept/a.txt": "a\n"})
    commit(repository)
    git(repository, "sparse-checkout", "set", "kept", "package")
    assert not (repository / "left").exists()
    assert _issues(command) == []
    git(repository, "sparse-checkout", "disable")
    (repository / "left" / "parallel_stage.toml").unlink()
    assert _issues(command) == [("left/parallel_stage.toml", "consumers-break", 1)]


def test_a_contract_that_was_none_is_said(command: Command, repository: Path) -> None:
    (repository / NAME).write_text("workers = 0\n")
    commit(repository)
    _changed(repository)
    assert [rule for _, rule, _ in _issues(command)] == ["result-changes"]
    assert "is no valid contract" in command("check", "--against=HEAD").out
    (repository / NAME).write_text("workers = \n")
    assert [rule for _, rule, _ in _issues(command)] == ["syntax-error"]


def test_comments_and_configurations_suppress(command: Command, repository: Path) -> None:
    changed = CONTRACT.replace('"pool"', '"dask"  # parallel-stage: ignore[only-execution-changes] tuned often')
    (repository / NAME).write_text(changed)
    assert _issues(command) == []
    assert command("check").out == "1 contract checked: no problems\n"  # the comment is not unused
    _changed(repository, backend="dask", name="b")
    assert _issues(command, "--ignore", "only-execution-changes") == [(NAME, "consumers-break", 2)]
    assert _issues(command, "--select", "only-execution-changes") == [(NAME, "only-execution-changes", 11)]
    assert command("check", "--against=HEAD", "--strict").code == 1
    assert command("check", "--against=HEAD", "--severity=consumers-break=info", "--strict").code == 0


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_has_what_follows(command: Command, repository: Path, format_: str) -> None:
    _changed(repository, name="b")
    (repository / "gone.parallel_stage.toml").write_text(toml(function="package.process:f", name="c", output="c.jsonl"))
    git(repository, "add", "gone.parallel_stage.toml")
    git(repository, "commit", "--quiet", "--message", "one more")
    (repository / "gone.parallel_stage.toml").unlink()
    done = command("check", "--against", "HEAD", "--format", format_)
    assert done.code == 0
    assert "consumers-break" in done.out
    assert "gone.parallel_stage.toml" in done.out or format_ == "agilab"


def test_data_decides_which_partitions_stay(command: Command, repository: Path) -> None:
    write(repository, {f"data/{name}.csv": "a\n1\n" for name in "abc"})
    write(repository, {"data/more/d.csv": "a\n1\n"})
    _changed(repository, input="data/[ab].csv")
    assert "input is" in command("check", "--against=HEAD", "--inputs").out
    assert "2 of 2 partitions stay reusable" in command("check", "--against=HEAD", "--inputs").out
    _changed(repository, target_partitions=65)
    assert _issues(command, "--inputs") == [(NAME, "only-execution-changes", 8)]  # these files are too small to cut
    write(repository, {"package/deep.py": "def h(path):\n    return 1\n"})
    assert "0 of 3 partitions stay" in command("check", "--against=HEAD", "--inputs").out
    _changed(repository, input="data/none.csv")
    assert {"result-changes", "input-matches-nothing"} <= {rule for _, rule, _ in _issues(command, "--inputs")}


def test_pages_are_not_compared_and_that_is_said(command: Command, repository: Path) -> None:
    write(repository, {"README.md": f"```toml\n{CONTRACT}```\n"})
    assert command("check", "--against=HEAD", "README.md").err.endswith("; 1 Markdown page not compared\n")


def test_neither_work_tree_nor_index_changes(command: Command, repository: Path) -> None:
    _changed(repository, name="b")
    before = state(repository)
    _issues(command)
    assert state(repository) == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--fix"], "--against only reports"),
        (["--write-baseline"], "--against only reports"),
        (["-"], "--against compares files"),
        (["--against", "nowhere"], "has no revision nowhere"),
    ],
)
def test_wrong_usage(command: Command, repository: Path, arguments: list[str], says: str) -> None:
    assert repository
    done = command("check", "--against", "HEAD", *arguments)
    assert done.code == 2
    assert says in done.err

"""Ignore files mean what git makes of them: random trees and lines, each verdict compared with git's."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parallel_stage.lint.discovery import ignore_file
from parallel_stage.lint.discovery.git import Ignores

if TYPE_CHECKING:
    from collections.abc import Iterable

FILES = (".gitignore", "a/.gitignore", "a/b/.gitignore", ".git/info/exclude")
NAMES = [b"a", b"b", b"c d", b"x.toml", b"\xc3\xa4", b"\xff", b"[a]", b"!b", b"#c", b"a\\", b"-", b"]", b"A1", b"e "]
TREE = [
    directory + name
    for directory in (b"", b"a/", b"b/", b"a/b/", b"a/a/", b"a/b/c d/", b"\xc3\xa4/")
    for name in NAMES
    if directory + name not in (b"a", b"b", b"a/b", b"a/a", b"a/b/c d", b"\xc3\xa4")
]

_WILDCARDS = [b"*", b"**", b"***", b"?", b"/"]
_LITERALS = [b"a", b"b", b"c d", b".toml", b"\xc3\xa4", b"\xff", b"#", b"!", b" ", b"\t", b"\0", b"\r"]
_ESCAPES = [b"\\", b"\\a", b"\\ ", b"\\/"]
_SETS = [
    b"[ab]",
    b"[!a]",
    b"[^a]",
    b"[a-c]",
    b"[]]",
    b"[!]a]",
    b"[a",
    b"[!/]",
    b"[a/b]",
    b"[c-a]",
    b"[\\]]",
    b"[a-\\c]",
]
_CLASSES = [b"[[:%s:]-]" % name.encode() for name in (*ignore_file.CLASSES, "x", "")] + [
    b"[[:]",
    b"[--0]",
    b"[a-[:alpha:]]",
]
_PIECES = st.sampled_from([*_WILDCARDS, *_LITERALS, *_ESCAPES, *_SETS, *_CLASSES])
_LINES = st.builds(
    lambda negated, pieces, end: negated + b"".join(pieces) + end,
    st.sampled_from([b"", b"", b"", b"!"]),
    st.lists(_PIECES, min_size=1, max_size=5),
    st.sampled_from([b"", b"", b"/", b" ", b"\\ "]),
)
_IGNORES = st.dictionaries(st.sampled_from(FILES), st.lists(_LINES, min_size=1, max_size=4), min_size=1)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterable[bytes]:
    with tempfile.TemporaryDirectory(dir=tmp_path_factory.getbasetemp()) as root:
        subprocess.run(["git", "init", "--quiet", root], check=True, env=_environment(root))
        for path in TREE:
            whole = os.path.join(os.fsencode(root), path)
            os.makedirs(os.path.dirname(whole), exist_ok=True)
            Path(os.fsdecode(whole)).touch()
        yield os.fsencode(root)


def _environment(home: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": home, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8"}


def _by_git(root: bytes, paths: list[bytes]) -> set[bytes]:
    asked = subprocess.run(
        ["git", "check-ignore", "-z", "--stdin"],
        cwd=root,
        env=_environment(os.fsdecode(root)),
        input=b"".join(path + b"\0" for path in paths),
        capture_output=True,
        check=False,
    )
    assert asked.returncode in (0, 1), asked.stderr
    return set(filter(None, asked.stdout.split(b"\0")))


def _by_us(root: bytes) -> set[bytes]:
    """What a walk from the root leaves out."""
    found: set[bytes] = set()
    waiting = [(Ignores(os.fsdecode(root)), False)]
    while waiting:
        ignores, lost = waiting.pop()
        names = os.listdir(ignores.directory)
        inside = ignores.with_files(names)
        for name in set(names) - {".git", ".gitignore"}:
            path = os.path.join(ignores.directory, name)
            ignored = lost or inside.ignores(name, is_directory=os.path.isdir(path))
            if ignored:
                found.add(os.fsencode(os.path.relpath(path, os.fsdecode(root))))
            if os.path.isdir(path):
                waiting.append((inside.inside(name), ignored))
    return found


@settings(max_examples=400)
@given(ignores=_IGNORES)
@example(ignores={".gitignore": [b"a/", b"!a/b/"]})
@example(ignores={".gitignore": [b"*", b"!*/", b"!x.*"]})
@example(ignores={".git/info/exclude": [b"*"], ".gitignore": [b"!*/", b"!x.*"]})
@example(ignores={".gitignore": [b"a/*", b"!a/b/"], "a/.gitignore": [b"b"]})
@example(ignores={".gitignore": [b"docs\\\\/build", b"[", b"[a", b"\\", b"!", b"/", b"//", b"!/", b"a\\"]})
@example(ignores={".gitignore": [b"***/a", b"[a/b]", b"[!/]*", b"a\\ ", b"?", b"[!a]"]})
@example(ignores={".gitignore": [b"a/**", b"!a/**/x.toml"]})
@example(ignores={".gitignore": [b"\xef\xbb\xbfa", b"b\r", b"c d\r\r"]})
@example(ignores={".gitignore": [b"/**", b"!/a", b"**/b/**/c d"]})
def test_git_agrees(repository: bytes, ignores: dict[str, list[bytes]]) -> None:
    root = os.fsdecode(repository)
    for name in FILES:
        Path(root, name).write_bytes(b"\n".join(ignores.get(name, [])))
    directories = {os.path.dirname(path) for path in TREE} - {b""}
    assert _by_us(repository) == _by_git(repository, [*TREE, *sorted(directories)])


class _Counted(bytes):
    """A name that counts how often one of its bytes is looked at."""

    looks = 0

    def __getitem__(self, key: Any) -> Any:
        _Counted.looks += 1
        return super().__getitem__(key)


def _looks(line: bytes, name: bytes) -> int:
    pattern = ignore_file.parse(line)
    assert pattern
    _Counted.looks = 0
    if pattern.elements is not None:
        ignore_file.matches(pattern.elements, _Counted(name))
    return _Counted.looks


@pytest.mark.parametrize("unit", [b"*a", b"[a", b"**/", b"\\", b"[[:alpha:]]", b"?", b"[!b]*", b"a/**/", b"*[a-z]"])
@pytest.mark.parametrize("name", [b"a" * 200 + b"b", b"a/" * 100 + b"b"])
def test_a_long_pattern_costs_no_more_than_its_length(unit: bytes, name: bytes) -> None:
    short, long = (_looks(unit * (length // len(unit)) + b"c", name) for length in (20_000, 200_000))
    assert long <= max(12 * short, 12 * len(name))


@pytest.mark.parametrize(("unit", "part"), [(b"*a", b"a"), (b"**/a*/", b"aa/"), (b"**/*a", b"a/a"), (b"*?", b"a")])
def test_wildcards_are_not_tried_in_every_combination(unit: bytes, part: bytes) -> None:
    few, many = (_looks(unit * 30 + b"b", part * count + b"c") for count in (100, 1000))
    assert many <= 15 * few  # ten times the name

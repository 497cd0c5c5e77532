"""A contract that is ten times as large costs some ten times the work, whatever its shape."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.contract import document
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.lint.config.model import DEFAULT
from parallel_stage.lint.engine.check_document import check_document
from support import toml

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPES: dict[str, Callable[[int], str]] = {
    "unclosed sets.toml": lambda n: toml(input="[a" * (n // 2)),
    "stars.toml": lambda n: toml(input="*a" * (n // 2)),
    "directories.toml": lambda n: toml(input="**/" * (n // 3)),
    "question marks.toml": lambda n: toml(input="?" * n),
    "negated sets.toml": lambda n: toml(input="[!a]*" * (n // 5)),
    "braces.toml": lambda n: toml(input="{a,b}" * (n // 5)),
    "backslashes.toml": lambda n: toml(input="\\" * n),
    "slashes.toml": lambda n: toml(input="/" * n),
    "parents.toml": lambda n: toml(output="../" * (n // 3) + "x"),
    "directories of the output.toml": lambda n: toml(output="a/" * (n // 2) + "x.jsonl"),
    "packages.toml": lambda n: toml(function="a." * (n // 2) + "b:f"),
    "a long module.toml": lambda n: toml(function="a" * n + ":f"),
    "colons.toml": lambda n: toml(function="a:" * (n // 2) + "b"),
    "a long value.toml": lambda n: toml(split="f" * n),
    "a long name.toml": lambda n: toml(name="x" * n),
    "unknown ids.toml": lambda n: (
        f"# parallel-stage: ignore[{', '.join(f'r{n}x{i}' for i in range(n // 8))}]\n{toml()}"
    ),
    "known ids.toml": lambda n: f"# parallel-stage: ignore[{'absolute-path, ' * (n // 15)}]\n{toml()}",
    "ids of a file.toml": lambda n: f"# parallel-stage: ignore-file[{'idle-workers,' * (n // 13)}]\n{toml()}",
    "ignore comments.toml": lambda n: "# parallel-stage: ignore[single-worker]\n" * (n // 40) + toml(workers=0),
    "comments in one line.yaml": lambda n: "# parallel-stage: ignore[x]\r" * (n // 28) + "a: 1",
    "comments.yaml": lambda n: "# c\n" * (n // 4) + "a: 1\n",
    "blank lines.toml": lambda n: "\n" * n,
    "unknown keys.toml": lambda n: toml() + "".join(f"worker{n}x{i} = 1\n" for i in range(n // 120)),
    "unknown keys.json": lambda n: "{" + ", ".join(f'"k{n}x{i}": 1' for i in range(n // 120)) + "}",
    "nested lists.json": lambda n: "[" * (n // 2) + "]" * (n // 2),
    "nested lists.toml": lambda n: "a = " + "[" * (n // 2) + "]" * (n // 2),
    "nested lists.yaml": lambda n: "[" * (n // 2) + "]" * (n // 2),
    "dotted keys.toml": lambda n: "a." * (n // 2) + "b = 1\n",
    "tables.toml": lambda n: "".join(f"[t{i}]\n" for i in range(n // 80)),
    "tables of an array.toml": lambda n: "[[t]]\n" * (n // 60),
    "an integer.toml": lambda n: f"a = {'9' * n}\n",
    "an integer.json": lambda n: f'{{"a": {"9" * n}}}',
    "an integer.yaml": lambda n: f"a: {'9' * n}\n",
    "a flow sequence.yaml": lambda n: f"[{', '.join(['a'] * (n // 60))}]",
    "a scalar.yaml": lambda n: ", ".join(["a"] * (n // 3)),
    "escapes.yaml": lambda n: 'a: "' + "\\x41" * (n // 4) + '"\n',
    "aliases.yaml": lambda n: "a: &a x\n" + "".join(f"b{i}: *a\n" for i in range(n // 80)),
    "an unclosed string.toml": lambda n: 'a = "' + "x" * n,
    "an unclosed text.toml": lambda n: 'a = """' + "x\n" * (n // 2),
}
SMALL = 10_000


def _calls(name: str, text: str) -> int:
    """The number of calls, of functions in Python and in C, that a check of the text makes.

    No two texts share words: what is near a mistyped one is cached.
    """
    count = 0

    def called(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        check_document(document.parse(text.encode(), name), DEFAULT)
    except NotADocumentError:
        pass
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", SHAPES)
def test_ten_times_the_size_is_ten_times_the_work(name: str) -> None:
    _calls(name, SHAPES[name](100))  # what is loaded with the first check of a format
    small, large = (_calls(name, SHAPES[name](size)) for size in (SMALL, 10 * SMALL))
    assert large <= 12 * small + 5_000

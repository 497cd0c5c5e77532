"""Work on a module grows with its size and no faster: counted in calls, never in time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.contract.function import Unresolved
from parallel_stage.lint.rule import Subject
from parallel_stage.lint.rules import function, function_lookup, function_module, neighbours, side_effects

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RULES = (*function_module.RULES, *function.RULES, *side_effects.RULES, *neighbours.RULES)
FIELDS = {
    "split": "files",
    "reducer": "concat-jsonl",
    "backend": "pool",
    "input": "data/*.csv",
    "partition_strategy": "file-chunks",
}


def _lines(line: str, count: int) -> str:
    """The line so many times, with its number and the next one in it."""
    return "".join(line.replace("#+", str(number + 1)).replace("#", str(number)) + "\n" for number in range(count))


def _body(lines: str, head: str = "def f(path):") -> str:
    return head + "\n" + "".join(f"    {line}\n" for line in lines.splitlines()) + "    return 1\n"


def _star_imports(count: int) -> dict[str, str]:
    chain = {f"{side}{n}": f"from a{n + 1} import *\nfrom b{n + 1} import *\n" for n in range(count) for side in "ab"}
    return {
        **chain,
        f"a{count}": "",
        f"b{count}": "def f(path): return 1\n",
        "m": "from a0 import *\nfrom b0 import *\n",
    }


WRAPPER = (
    "import functools\ndef deco(fn):\n    @functools.wraps(fn)\n    def w(*a, **k):\n"
    "        FIRST\n    return w\n@deco\n"
)

SHAPES: dict[str, Callable[[int], str | dict[str, str]]] = {
    "a name that is bound again and again": lambda n: _lines("x = []", n) + _body(_lines("x.append(1)", n)),
    "a name that may be bound again": lambda n: _lines("if y: x = []", n) + _body(_lines("x.append(1)", n)),
    "star imports": lambda n: _lines("from os import *", n) + _body(_lines("g#()", n)) + "f = h",
    "conditional imports": lambda n: _lines("if y: import x", n) + _body(_lines("x.run()", n)),
    "aliases, two for each": lambda n: _lines("if x: f# = f#+\nelse: f# = f#+", n) + f"f = f0\ndef f{n}(p): return 1",
    "star imports, two for each": lambda n: _star_imports(n // 30),
    "calls at import": lambda n: _body(_lines("g(x)", n)) + _lines("f(1)", n),
    "functions that call the next": lambda n: _lines("def f#(x): f#+(x)", n) + _lines("f#(1)", n) + f"f = f{n - 1}",
    "functions that call one": lambda n: _lines("def f#(x): f(x)", n) + _body(_lines("g(x)", n)) + _lines("f#(1)", n),
    "decorators": lambda n: _body(_lines("x()", n), "def deco(fn):") + _lines("@deco", n) + _body(""),
    "decorators of one function each": lambda n: _lines("def d#(fn): return fn", n) + _lines("@d#", n) + _body(""),
    "a decorator of many functions": lambda n: (
        _body(_lines("def w#(*a, **k): return fn(*a, **k)", n) + _lines("if x: return w#", n), "def deco(fn):")
        + "@deco\n"
        + _body("")
    ),
    "a wrapper of many calls": lambda n: (
        WRAPPER.replace("FIRST", "; ".join(f"r{i} = fn(*a, **k)" for i in range(n)) + "; return r0") + _body("")
    ),
    "elif": lambda n: "if a: x = 1\n" + _lines("elif a == #: x = #", n // 10) + _body(_lines("x.append(1)", n)),
    "methods": lambda n: (
        "class C:\n" + _lines("    def m#(self, a): return 1", n) + _lines("g# = C().m#", n) + "f = g1"
    ),
    "classes that inherit": lambda n: "class C0: pass\n" + _lines("class C#+(C#): pass", n) + f"f = C{n}",
    "types of types": lambda n: (
        "from typing import Union\nA0 = Union[dict, list]\n"
        + "".join(f"A{i + 1} = Union[{', '.join([f'A{i}'] * (n // 10))}]\n" for i in range(4))
        + _body("", "def f(path: A4):")
    ),
    "paths of paths": lambda n: (
        "import os\nP0 = 'a'\n"
        + "".join(f"P{i + 1} = os.path.join({', '.join([f'P{i}'] * (n // 10))})\n" for i in range(4))
        + _body(_lines("open(P4, 'w')", n))
    ),
    "files that are written": lambda n: _body(_lines("out# = 'a/#.csv'\nopen(out#, 'w')", n)),
    "conditions": lambda n: _body(_lines("if a# and b: R[#] = 1\ntry: return R[c#]\nexcept KeyError: R[c#] = 1", n)),
    "globals": lambda n: _lines("def g#():\n    global x#\n    x# = 1", n) + _body(_lines("g#()\nx#.append(1)", n)),
    "what may be dynamic": lambda n: _lines("setattr(C, 'a', 1)\nglobals()['a']", n) + _body(_lines("x.append(1)", n)),
    "parameters": lambda n: f"def f({', '.join(f'a{i}' for i in range(n))}): return 1\n",
    "arguments of a partial": lambda n: (
        f"from functools import partial\ndef g(*a): return 1\nf = partial(g, {', '.join(['x'] * n)})\nx = 1\n"
    ),
    "exported names": lambda n: {
        "m": "from a import *\nfrom a import f0\nf = f1\n",
        "a": f"__all__ = {[f'f{i}' for i in range(n)]}\n" + _lines("def f#(p): return 1", n),
    },
    "imports": lambda n: _lines("import numpy.a#", n) + _body(_lines("import polars.a#", n)),
    "imports beside a name that is missing": lambda n: {"m": _lines("import a#", n), "a1": "import sys\n"},
    "names beside one that is missing": lambda n: _lines("g# = 1", n),
    "calls of calls": lambda n: _body("x" + ".a" * (n // 10) + "()\n" + "y" + ".a()" * (n // 20) + "\n"),
    "rows that hold on to others": lambda n: _body(
        "rows = list(path.open())\nfor row in rows:\n"
        + _lines("    if a# == row: yield a#\n    a# = row\n    b.append(a#)", n)
        + _lines("    if c == #: b.append(c)\n    c += #", n)
    ),
    "rows under many conditions": lambda n: _body(
        "for row in path.open():\n    if a == row: pass\n"
        + _lines("    elif a == #: a = row", n // 10)
        + _lines("    b# = [a for c# in row if c# == #]", n)
    ),
    "columns of a table": lambda n: _body(
        "import pandas as pd\nt = pd.read_csv(path)\n" + _lines("t['a#'] = t.b#.diff() - t.c.mean()", n)
    ),
    "functions that get the table": lambda n: (
        _lines("def g#(t): return g#+(t.diff())", n) + _body(_lines("g#(pd.read_csv(path))", n))
    ),
    "functions of each row": lambda n: _body(
        "import pandas as pd\nt = pd.read_csv(path)\n" + _lines("x# = t.apply(lambda r: r.x# + x#)", n)
    ),
    "patterns": lambda n: "match x:\n" + _lines("    case [a#, *f#]: pass", n) + _body(""),
}


def _subject(directory: Path, source: str | dict[str, str]) -> Subject:
    directory.mkdir()
    for name, text in (source if isinstance(source, dict) else {"m": source}).items():
        (directory / f"{name}.py").write_text(text, encoding="utf-8")
    return Subject({**FIELDS, "function": "m:f"}, str(directory / "c.toml"), str(directory), (), False, {}, {})


def _calls(subject: Subject) -> int:
    """Check a contract with every rule about functions; returns how many calls that takes."""
    count = 0

    def counted(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        for rule in RULES:
            assert rule.check is not None
            list(rule.check(subject))
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_ten_times_the_source_takes_ten_times_the_work(shape: str, tmp_path: Path) -> None:
    _calls(_subject(tmp_path / "first", "def f(path): return 1\n"))  # imports what is imported once
    small = _calls(_subject(tmp_path / "small", SHAPES[shape](60)))
    large = _calls(_subject(tmp_path / "large", SHAPES[shape](600)))
    assert large <= 12 * small


@pytest.mark.parametrize("shape", ["aliases, two for each", "star imports, two for each"])
def test_a_chain_without_end_is_given_up_with_the_reason(shape: str, tmp_path: Path) -> None:
    found = function_lookup.resolution(_subject(tmp_path / "m", SHAPES[shape](3_000)), "function")
    assert isinstance(found, Unresolved)
    assert "leads on and on" in found


def test_many_steps_are_given_up_with_the_reason(tmp_path: Path) -> None:
    found = function_lookup.resolution(_subject(tmp_path / "m", _lines("from os import *", 2_000)), "function")
    assert found == f"to follow f in {tmp_path / 'm' / 'm.py'} takes more than 1,000 steps"


@pytest.mark.parametrize("depth", [16, 20])
def test_two_ways_to_one_function_are_one(depth: int, tmp_path: Path) -> None:
    aliases = _lines("if x: f# = f#+\nelse: f# = f#+", depth) + f"f = f0\ndef f{depth}(a, b): return 1"
    for name, source in (("aliases", aliases), ("stars", _star_imports(depth))):
        found = function_lookup.resolution(_subject(tmp_path / name, source), "function")
        assert not isinstance(found, Unresolved), found

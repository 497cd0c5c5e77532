from __future__ import annotations

import ast
import functools
import inspect
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.pysource.bindings import bindings
from parallel_stage.pysource.definition import Found
from parallel_stage.pysource.module import Module
from parallel_stage.pysource.signature import accepts, contradicting_annotation


def _module(source: str) -> Module:
    tree = ast.parse(source)
    return Module("m.py", "m", (), tree, bindings(tree.body))


def _found(source: str, **given: Any) -> Found:
    module = _module(source)
    node = next(node for node in reversed(module.tree.body) if isinstance(node, ast.FunctionDef))
    return Found(node, module, node.args, **given)


@st.composite
def _signatures(draw: st.DrawFn) -> str:
    """Any parameter list that Python takes."""
    positional_only, plain, keyword_only = (draw(st.integers(0, 2)) for _ in range(3))
    defaults = draw(st.integers(0, positional_only + plain))
    names = [f"p{n}" for n in range(positional_only + plain)]
    texts = [f"{name}=0" if at >= len(names) - defaults else name for at, name in enumerate(names)]
    if positional_only:
        texts.insert(positional_only, "/")
    variadic = draw(st.booleans())
    if variadic or keyword_only:
        texts.append("*rest" if variadic else "*")
    texts += [f"k{n}{draw(st.sampled_from(['', '=0']))}" for n in range(keyword_only)]
    return ", ".join(texts + (["**options"] if draw(st.booleans()) else []))


@given(_signatures(), st.integers(1, 2), st.integers(0, 2), st.sets(st.sampled_from(["p0", "p1", "p2", "k0", "k1"])))
def test_a_call_binds_where_python_says_so(parameters: str, count: int, bound: int, named: set[str]) -> None:
    source = f"def f({parameters}): return 0"
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102 -- Python itself is what this is compared with
    try:
        partial = functools.partial(names["f"], *range(bound), **dict.fromkeys(named, 0))
        inspect.signature(names["f"]).bind_partial(*range(bound), **dict.fromkeys(named, 0))
    except TypeError:
        return  # a partial that can never be called
    try:
        partial(*range(count))
        binds = True
    except TypeError:
        binds = False
    assert accepts(_found(source, implicit=bound, named=frozenset(named)), count) is binds


@pytest.mark.parametrize(
    ("before", "annotation", "split", "contradicts"),
    [
        ("", "dict", "files", True),
        ("", "'dict'", "files", True),
        ("", "'''dict[str, int]'''", "data-partitions", True),
        ("from typing import Annotated", "Annotated[int, 'days']", "files", True),
        ("from typing import Optional", "Optional[list]", "files", True),
        ("Rows = list[dict]", "Rows", "files", True),
        ("import typing as t", "t.Mapping[str, int]", "files", True),
        ("import pandas", "pandas.DataFrame", "data-partitions", True),
        ("", "str", "files", False),
        ("", "object", "files", False),
        ("", "None", "files", False),
        ("", "3", "files", False),
        ("", "'not an expression ('", "files", False),
        ("", "int | str", "files", False),
        ("class dict: pass", "dict", "files", False),
        ("dict = len()", "dict", "files", False),
        ("A = B\nB = A", "A", "files", False),
        ("from typing import TypeVar\nT = TypeVar('T')", "T", "files", False),
        ("from pathlib import Path", "Path", "files", False),
        ("from pathlib import Path", "Path", "parameter-sweep", True),
        ("from pathlib import Path", "Path | None", "parameter-sweep", True),
        ("from pathlib import Path", "Path | dict", "parameter-sweep", False),
        ("from parallel_stage import Chunk as C", "C", "parameter-sweep", True),
        ("", "dict", "parameter-sweep", False),
        ("", "str", "parameter-sweep", False),
        ("", "list[int]", "parameter-sweep", False),
        ("from somewhere import Path", "Path", "parameter-sweep", False),
    ],
)
def test_only_types_that_are_never_passed_contradict(
    before: str, annotation: str, split: str, *, contradicts: bool
) -> None:
    found = _found(f"{before}\ndef f(a: {annotation}): return a")
    assert bool(contradicting_annotation(found, split)) is contradicts


def test_the_variadic_parameter_gets_the_argument_where_it_is_the_first() -> None:
    assert contradicting_annotation(_found("def f(*a: int): return a"), "files") == "int"
    assert not contradicting_annotation(_found("def f(b, *a: int): return a"), "files")
    assert not contradicting_annotation(_found("def f(): return 1"), "files")

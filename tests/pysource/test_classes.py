from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_stage.contract.function import Unresolved
from parallel_stage.pysource.definition import Found, NotCallable
from parallel_stage.pysource.signature import accepts
from resolved import resolved

if TYPE_CHECKING:
    from pathlib import Path

RUN = "class A:\n    def run(self, path): return {}\n"
META = "class M(type):\n    def __call__(cls, *a): return len\n"


@pytest.mark.parametrize(
    ("source", "arguments"),
    [
        ("class A: pass\nf = A", 0),
        ("class A:\n    def __init__(self, path): pass\nf = A", 1),
        ("class A(object):\n    def __init__(self, path): pass\nf = A", 1),
        ("class A(Exception):\n    def __init__(self, path, b): pass\nf = A", 2),
        ("class B:\n    def __init__(self, path, b): pass\nclass A(B): pass\nf = A", 2),
        ("from abc import ABCMeta\nclass A(metaclass=ABCMeta):\n    def __init__(self, a, b): pass\nf = A", 2),
        ("import typing as t\nclass A(t.Generic[T]):\n    def __init__(self, a, b): pass\nf = A", 2),
        ("class A:\n    def __call__(self, path): return {}\nf = A()", 1),
        (RUN + "f = A().run", 1),
        (RUN + "f = A.run", 2),
    ],
)
def test_a_class_is_called_by_its_methods(source: str, arguments: int, tmp_path: Path) -> None:
    found = resolved(tmp_path, source)
    assert isinstance(found, Found)
    assert [accepts(found, count) for count in range(4)] == [count == arguments for count in range(4)]


def test_an_instance_without_call_cannot_be_called(tmp_path: Path) -> None:
    assert isinstance(resolved(tmp_path, RUN + "f = A()"), NotCallable)


@pytest.mark.parametrize(
    "source",
    [
        RUN + "A.__call__ = A.run\nf = A()",
        RUN + "setattr(A, '__call__', A.run)\nf = A()",
        RUN + "for c in [A]:\n    c.__call__ = A.run\nf = A()",
        "def deco(c):\n    return c\n@deco\n" + RUN + "f = A()",
        "def deco(c):\n    return c\n@deco\n" + RUN + "f = A.run",
        META + "class A(metaclass=M): pass\nf = A()",
        META + "class A(metaclass=M): pass\nf = A",
        META + "class B(metaclass=M): pass\nclass A(B): pass\nf = A()",
        META + "class B(metaclass=M): pass\nclass A(B):\n    def __init__(self, a, b): pass\nf = A",
        "class A:\n    def __new__(cls, path): return {}\nf = A",
        "class A:\n    def __new__(cls): return len\nf = A()",
        "class B:\n    def __new__(cls, *a): return {}\nclass A(B):\n    def __init__(self, a, b): pass\nf = A",
        "class B:\n    def __init_subclass__(cls): pass\nclass A(B):\n    def __init__(self, a, b): pass\nf = A",
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    path: str\nf = A",
        "from dataclasses import dataclass\n@dataclass\nclass B:\n    path: str\nclass A(B): pass\nf = A",
        "import attr\n@attr.s(auto_attribs=True)\nclass A:\n    path: str\nf = A",
        "from typing import NamedTuple\nclass A(NamedTuple):\n    path: str\nf = A",
        "from typing import TypedDict\nclass A(TypedDict):\n    path: str\nf = A",
        "from enum import Enum\nclass A(Enum):\n    x = (1, 2)\n    def __init__(self, a, b): pass\nf = A",
        "class A: pass\ndef init(self, path): pass\nA.__init__ = init\nf = A",
        "class A(A):\n    def __init__(self, a, b): pass\nf = A",
        "".join(f"class A{n + 1}(A{n}): pass\n" for n in range(20)) + "f = A20",
        RUN + "    def __init__(self): self.run = len\nf = A().run",
    ],
)
def test_a_class_that_may_be_more_than_its_text_cannot_be_seen(source: str, tmp_path: Path) -> None:
    assert isinstance(resolved(tmp_path, source), Unresolved)

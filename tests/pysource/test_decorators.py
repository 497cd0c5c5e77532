from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_stage.pysource.definition import Found
from resolved import resolved

if TYPE_CHECKING:
    from pathlib import Path

TWO = "@deco\ndef f(path, conn): return {}\n"


def _wrapped(directory: Path, source: str) -> bool:
    found = resolved(directory, "import asyncio\nfrom functools import partial, wraps\n" + source)
    assert isinstance(found, Found)
    return found.wrapped


def _decorator(body: str) -> str:
    lines = "".join(f"        {line}\n" for line in body.split("\n"))
    return f"def deco(fn):\n    @wraps(fn)\n    def wrapper(*a, **k):\n{lines}    return wrapper\n"


@pytest.mark.parametrize(
    "body",
    [
        "return fn(*a, **k)",
        "print(a, f'{k}', fn.__name__)\nreturn fn(*a, **k)",
        "result = fn(*a, **k)\nreturn result",
        "try:\n    return fn(*a, **k)\nfinally:\n    print('done')",
        "if a:\n    result = fn(*a, **k)\nelse:\n    result = fn(*a, **k)\nreturn result",
        "with open('lock'):\n    return fn(*a, **k)",
    ],
)
def test_a_wrapper_that_passes_everything_on_is_seen_through(body: str, tmp_path: Path) -> None:
    assert not _wrapped(tmp_path, _decorator(body) + TWO)


@pytest.mark.parametrize(
    "body",
    [
        "k['conn'] = 1\nreturn fn(*a, **k)",
        "k |= {'conn': 1}\nreturn fn(*a, **k)",
        "del k['conn']\nreturn fn(*a, **k)",
        "k.setdefault('conn', 1)\nreturn fn(*a, **k)",
        "prepare(k)\nreturn fn(*a, **k)",
        "given = k\ngiven['conn'] = 1\nreturn fn(*a, **k)",
        "a = a + (5,)\nreturn fn(*a, **k)",
        "a += (5,)\nreturn fn(*a, **k)",
        "for a in [(1, 2)]:\n    return fn(*a, **k)",
        "print(a := (1, 2))\nreturn fn(*a, **k)",
        "with pair() as a:\n    return fn(*a, **k)",
        "import a\nreturn fn(*a, **k)",
        "match k:\n    case {**k}:\n        return fn(*a, **k)",
        "return fn(5, *a, **k)",
        "return fn(*a, conn=1, **k)",
        "return fn(*k, **k)",
        "return fn(*a)",
        "return partial(fn, conn=1)(*a, **k)",
        "coro = fn(*a, **k)\nresult = asyncio.run(coro)\nreturn result",
        "result = fn(*a, **k)\nresult = asyncio.run(result)\nreturn result",
        "return asyncio.run(fn(*a, **k))",
        "out = fn(*a, **k)\nout = {}\nreturn out",
        "return fn(*a, **k) or {}",
        "if not a:\n    return {}\nreturn fn(*a, **k)",
        "yield fn(*a, **k)",
        "fn(*a, **k)",
    ],
)
def test_a_wrapper_that_may_change_something_is_not(body: str, tmp_path: Path) -> None:
    assert _wrapped(tmp_path, _decorator(body) + TWO)


PLAIN = _decorator("return fn(*a, **k)")
INNER = "".join(f"    {line}\n" for line in PLAIN.replace("deco", "outer").splitlines())


@pytest.mark.parametrize(
    "source",
    [
        PLAIN.replace("return wrapper", "return partial(wrapper, conn=1)") + TWO,
        PLAIN.replace("return wrapper", "wrapper = partial(wrapper, conn=1)\n    return wrapper") + TWO,
        PLAIN.replace("return wrapper", "if fn:\n        return fn\n    return wrapper") + TWO,
        PLAIN.replace("    @wraps", "    fn = partial(fn, conn=1)\n    @wraps") + TWO,
        PLAIN.replace(
            "    @wraps", "    def change():\n        nonlocal fn\n        fn = len\n    change()\n    @wraps"
        )
        + TWO,
        PLAIN.replace("    @wraps(fn)\n", "") + TWO,
        "@partial(partial, len)\n" + PLAIN + TWO,
        PLAIN + "deco = other(deco)\n" + TWO,
        PLAIN + "def setup():\n    global deco\n    deco = len\n" + TWO,
        f"def deco(fn, *, n=1):\n{INNER}    return outer(fn)\n" + TWO,
    ],
)
def test_a_decorator_that_may_return_something_else_is_not(source: str, tmp_path: Path) -> None:
    assert _wrapped(tmp_path, source)


def test_a_decorator_that_is_made_by_a_call_is_seen_through(tmp_path: Path) -> None:
    source = f"def deco(n):\n{INNER}    return outer\n"
    assert not _wrapped(tmp_path, source + TWO.replace("@deco", "@deco(3)"))
    assert _wrapped(tmp_path, source + TWO)

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from parallel_stage.contract.function import NotFound, Unreadable, Unresolved, parse
from parallel_stage.lint.rules import function_lookup
from parallel_stage.pysource.definition import Found, NotCallable, Undefined
from parallel_stage.pysource.resolve import resolve
from parallel_stage.pysource.signature import accepts
from resolved import resolved, subject

if TYPE_CHECKING:
    from pathlib import Path


DEF = "def f(a): return a\n"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (DEF, 1),
        ("f = 1\n" + DEF, 2),
        ("def g(a): return a\nf = g", 1),
        ("def g(a): return a\nf = h = g", 1),
        ("def g(a): return a\nf: object = g", 1),
        ("if True:\n    " + DEF, 2),
        ("try:\n    " + DEF + "except ImportError:\n    f = None", 2),
        ("with open('x'):\n    " + DEF, 2),
        ("for _ in 'ab':\n    " + DEF, 2),
        ("match 1:\n    case 1:\n        " + DEF, 3),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    f = 1\nelse:\n    " + DEF, 5),
        (DEF + "if __name__ == '__main__':\n    f = 2", 1),
        ("class C:\n    @classmethod\n    def g(cls, a): return a\nf = C.g", 3),
        ("f = lambda a: a", 1),
    ],
)
def test_a_definition_is_found(source: str, line: int, tmp_path: Path) -> None:
    found = resolved(tmp_path, source)
    assert isinstance(found, Found)
    assert (found.node.lineno, accepts(found, 1)) == (line, True)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("f = g()", "result of a call"),
        ("g = 1\nf = g + 1", "computes it"),
        ("for f in 'ab': pass", "bound by a statement"),
        (DEF + "del f", "bound by a statement"),
        ("if a:\n    def f(a): pass\nelse:\n    def f(a, b): pass", "more than one way"),
        ("import nowhere.not_there\nf = nowhere.not_there.f", "was not found"),
        ("from not_installed_here import f", "was not found"),
        ("from .sibling import f", "outside a package"),
        ("f = f", "back to itself"),
        ("f = g\ng = f", "back to itself"),
        ("exec('f = 1')", "while it runs"),
        ("if (f := len): pass", "while it runs"),
        ("class C(dict): pass\nf = C().f", "inherited or computed"),
        ("class C(metaclass=M): pass\nf = C", "way of its own"),
        ("from functools import partial\nf = partial(*a)", "cannot be seen"),
    ],
)
def test_what_cannot_be_seen_says_why(source: str, reason: str, tmp_path: Path) -> None:
    found = resolved(tmp_path, source)
    assert isinstance(found, Unresolved)
    assert reason in found


@pytest.mark.parametrize("source", ["f = (", "def f(a):\x00", "f = " + "(" * 5000, "def f(a): return a\nimport"])
def test_what_python_cannot_read_says_where(source: str, tmp_path: Path) -> None:
    found = resolved(tmp_path, source)
    assert isinstance(found, Unreadable)
    assert found.path == str(tmp_path / "m.py")
    assert "\x00" in source or found.line == source.count("\n") + 1


@pytest.mark.parametrize("kind", ["classmethod", "property"])
def test_what_only_a_class_can_use_cannot_be_called(kind: str, tmp_path: Path) -> None:
    found = resolved(tmp_path, f"@{kind}\n{DEF}")
    assert isinstance(found, NotCallable)
    assert found.what == f"a {kind} outside a class"


def test_source_in_an_encoding_of_its_own_is_read(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_bytes(b"# -*- coding: latin-1 -*-\nNAME = '\xe9'\ndef f(a): return a\n")
    assert isinstance(function_lookup.resolution(subject(tmp_path, "m:f"), "function"), Found)
    (tmp_path / "n.py").write_bytes(b"NAME = '\xe9'\ndef f(a): return a\n")
    assert isinstance(function_lookup.resolution(subject(tmp_path, "n:f"), "function"), Unreadable)


def test_an_alias_chain_without_end_is_given_up(tmp_path: Path) -> None:
    source = "".join(f"f{n} = f{n + 1}\n" for n in range(200)) + "def f200(a): return a\n"
    assert isinstance(resolved(tmp_path, source, "f190"), Found)
    assert isinstance(resolved(tmp_path, source, "f0"), Unresolved)


def test_a_compiled_module_cannot_be_seen(tmp_path: Path) -> None:
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    (tmp_path / f"fast{suffix}").write_bytes(b"\x7fELF")
    assert isinstance(function_lookup.resolution(subject(tmp_path, "fast:f"), "function"), Unresolved)


def test_a_module_in_an_archive_cannot_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "modules.zip", "w") as archive:
        archive.writestr("zipped_stage.py", DEF)
    monkeypatch.syspath_prepend(str(tmp_path / "modules.zip"))
    assert isinstance(function_lookup.resolution(subject(tmp_path, "zipped_stage:f"), "function"), Unresolved)


def test_nothing_that_is_read_is_imported(tmp_path: Path) -> None:
    trace = f"open({str(tmp_path / 'trace')!r}, 'w')\n"
    for name in ("pkg/__init__.py", "pkg/inner/__init__.py", "pkg/inner/work.py", "pkg/other.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(trace + "from pkg.other import *\n" * ("other" not in name) + DEF)
    for function in ("pkg:f", "pkg.inner:f", "pkg.inner.work:f", "pkg/inner/work.py:f", "pkg.inner.work:g"):
        assert isinstance(function_lookup.resolution(subject(tmp_path, function), "function"), (Found, Undefined))
    assert not (tmp_path / "trace").exists()
    assert not [name for name in sys.modules if name.partition(".")[0] == "pkg"]


def test_a_later_check_sees_what_has_changed(tmp_path: Path) -> None:
    assert isinstance(resolved(tmp_path, "f = 1\n"), NotCallable)
    assert isinstance(resolved(tmp_path, DEF), Found)
    assert isinstance(resolved(tmp_path, "other = 1\n"), Undefined)
    (tmp_path / "m.py").unlink()
    assert isinstance(function_lookup.resolution(subject(tmp_path, "m:f"), "function"), NotFound)


def test_a_module_that_many_contracts_name_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse_source = ast.parse

    def counted(text: bytes, path: str) -> ast.Module:
        parsed.append(path)
        return parse_source(text, path)

    monkeypatch.setattr(ast, "parse", counted)
    (tmp_path / "m.py").write_text(DEF, encoding="utf-8")
    for _ in range(5):
        assert isinstance(function_lookup.resolution(subject(tmp_path, "m:f"), "function"), Found)
    assert parsed == [str(tmp_path / "m.py")]


def test_a_module_that_is_not_there_costs_no_parser(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom parallel_stage.lint.rule import Subject\n"
        "from parallel_stage.lint.rules import function, function_module\n"
        "fields = {'function': 'nothing:f', 'split': 'files', 'reducer': 'collect-json'}\n"
        f"subject = Subject(fields, {str(tmp_path / 'x.toml')!r}, {str(tmp_path)!r}, (), False, {{}}, {{}})\n"
        "RULES = (*function_module.RULES, *function.RULES)\n"
        "print([found.message for rule in RULES for found in rule.check(subject)], 'ast' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "there is no module nothing" in shown
    assert shown.endswith("False\n")


MODULES = ("argparse", "csv", "dataclasses", "functools", "heapq", "inspect", "json.decoder", "shutil", "textwrap")


@pytest.mark.parametrize("name", MODULES)
def test_what_is_seen_in_real_modules_is_true(name: str) -> None:
    """Every name of a module of the standard library, as it is when imported."""
    module = importlib.import_module(name)
    for attribute, value in vars(module).items():
        if attribute.startswith("__") or not attribute.isidentifier():
            continue
        found = resolve(parse(f"{name}:{attribute}"), str(module.__file__), ())
        assert callable(value) or not isinstance(found, Found), attribute
        assert not (callable(value) and isinstance(found, (NotCallable, Undefined))), attribute
        if isinstance(found, Found) and not found.wrapped and inspect.isfunction(value):
            for count in (1, 2):
                assert accepts(found, count) is _binds(value, count), attribute


def _binds(function: object, count: int) -> bool:
    try:
        inspect.signature(function).bind(*range(count))  # type: ignore[arg-type]  # it is a function
    except TypeError:
        return False
    return True

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import pytest

from parallel_stage.pysource.imports import Import, imports_in, quoted_names

STANDARD_LIBRARY = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a.b as c, d", [Import(0, "a.b"), Import(0, "d")]),
        ("x = 1; import a", [Import(0, "a")]),
        ("if x: from a import b", [Import(0, "a", ("b",))]),
        ("def f():\n\tfrom .. import a as b, c", [Import(2, "", ("a", "c"))]),
        ("from .a . b import *", [Import(1, "a.b", ("*",))]),
        ("from a import ( # (one)\n  b, # two, three)\n  c as d,\n)", [Import(0, "a", ("b", "c"))]),
        ("from a import(b)", [Import(0, "a", ("b",))]),
        ("import a, \\\n  b", [Import(0, "a"), Import(0, "b")]),
        ("from a \\\r\n import b", [Import(0, "a", ("b",))]),
        ("'''from the import (see'''\nimport a\nf(b)", [Import(0, "a")]),
        ("importlib.import_module('a.b')", [Import(0, "a.b")]),
        ("import_module('.a', __package__)", [Import(1, "a")]),
        ("import_module('.a', package='b')", [Import(1, "a", (), "b")]),
        ("__import__(name='a')", [Import(0, "a")]),
        ("import über, \ufb01ne", [Import(0, "über"), Import(0, "fine")]),
        ("imported = reimport", []),
    ],
)
def test_what_a_text_imports(text: str, expected: list[Import]) -> None:
    found = imports_in(text.encode()).found
    assert list(found) == expected


@pytest.mark.parametrize(
    "text",
    [
        "import_module(name)",
        "import_module('a.' + name)",
        "import_module(f'a.{name}')",
        "__import__(name)",
        "from importlib import import_module as load",
        "spec_from_file_location(name, path)",
        "lazy_loader.attach(__name__, submodules=['a'])",
    ],
)
def test_computed_names_are_told_with_their_line(text: str) -> None:
    assert imports_in(f"import a\n\n{text}\n".encode()).computed == 3
    assert imports_in(b"import a\nimport_module('a')").computed == 0


@pytest.mark.parametrize("path", STANDARD_LIBRARY[::4], ids=lambda path: path.name)
def test_no_import_of_the_standard_library_is_missed(path: Path) -> None:
    text = path.read_bytes()
    found = {(each.level, each.module, each.names) for each in imports_in(text).found}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            assert {(0, alias.name, ()) for alias in node.names} <= found
        elif isinstance(node, ast.ImportFrom):
            assert (node.level, node.module or "", tuple(alias.name for alias in node.names)) in found


def test_the_time_for_hostile_text_grows_with_its_length_only() -> None:
    for text in (
        b"from a import (" * 20_000,
        b"from a import (#\n" * 20_000,
        b"from" + b" ." * 50_000,
        b"import a," * 20_000,
    ):
        imports_in(text)


def test_relative_names() -> None:
    assert Import(1, "").absolute("a.b") == "a.b"
    assert Import(2, "c").absolute("a.b") == "a.c"
    assert Import(3, "c").absolute("a.b") == ""
    assert Import(1, "c").absolute("") == ""
    assert Import(1, "c", (), "x.y").absolute("a") == "x.y.c"
    assert Import(0, "c").absolute("a") == "c"


def test_names_that_a_star_may_import() -> None:
    assert quoted_names(b"__all__ = ['a', \"b\"]\n") == ("a", "b")
    assert quoted_names(b"x = ['a']") == ()

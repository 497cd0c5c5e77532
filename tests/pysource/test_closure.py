from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
import tree_sitter_toml

from parallel_stage.contract.function import parse
from parallel_stage.pysource import closure
from parallel_stage.pysource.closure import Code, code_of


def write(directory: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def code(directory: Path, function: str = "work:f", *more: str) -> Code:
    """The code of a function with two roots: a directory and its `src`."""
    return code_of(parse(function), (str(directory), str(directory / "src"), *(str(directory / each) for each in more)))


CASES = {
    "directly": ({"work.py": "import a", "a.py": ""}, {"work", "a"}),
    "through another": ({"work.py": "import a", "a.py": "import b", "b.py": ""}, {"work", "a", "b"}),
    "inside a function": ({"work.py": "def f(x):\n    import a", "a.py": ""}, {"work", "a"}),
    "in the other root": ({"work.py": "import a", "src/a.py": ""}, {"work", "a"}),
    "in a cycle": ({"work.py": "import a", "a.py": "import b", "b.py": "import work, a"}, {"work", "a", "b"}),
    "packages above": (
        {"work.py": "import p.q.r", "p/__init__.py": "import s", "p/q/__init__.py": "", "p/q/r.py": "", "s.py": ""},
        {"work", "p", "p.q", "p.q.r", "s"},
    ),
    "a module from a package": (
        {"work.py": "from p import x", "p/__init__.py": "", "p/x.py": ""},
        {"work", "p", "p.x"},
    ),
    "all of a package": (
        {"work.py": "from p import *", "p/__init__.py": "__all__ = ['x']", "p/x.py": "", "p/y.py": ""},
        {"work", "p", "p.x"},
    ),
    "relatively": (
        {
            "work.py": "import p.q.a",
            "p/__init__.py": "from . import b",
            "p/b.py": "",
            "p/q/__init__.py": "from .c import d",
            "p/q/a.py": "from ..e import f\nfrom ... import g",
            "p/q/c.py": "",
            "p/e.py": "",
            "g.py": "",
        },
        {"work", "p", "p.b", "p.q", "p.q.a", "p.q.c", "p.e"},
    ),
    "namespace packages in two directories": (
        {"work.py": "import n.a, n.b", "n/a.py": "", "src/n/b.py": ""},
        {"work", "n.a", "n.b"},
    ),
    "by a call": ({"work.py": "importlib.import_module('p.a')", "p/a.py": ""}, {"work", "p.a"}),
    "no installed module": (
        {
            "work.py": "import a, b, json, numpy",
            "venv/pyvenv.cfg": "",
            "venv/lib/a.py": "",
            "lib/site-packages/b.py": "",
        },
        {"work"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_modules_are_found(tmp_path: Path, case: str) -> None:
    files, expected = CASES[case]
    write(tmp_path, files)
    found = code(tmp_path, "work:f", "venv/lib", "lib/site-packages") if "venv" in str(files) else code(tmp_path)
    if "venv" in str(files):  # a root is the user's choice, wherever it lies
        assert set(found.modules) == {"work", "a", "b"}
        found = code(tmp_path)
    assert set(found.modules) == expected
    assert found.unseen == ()


def test_environments_on_the_search_path_below_a_root_are_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"work.py": "import a, b, c", "venv/pyvenv.cfg": "", "venv/lib/a.py": "", "lib/c.py": ""})
    write(tmp_path, {"x/site-packages/b.py": ""})
    monkeypatch.setattr(
        sys, "path", [*sys.path, *(str(tmp_path / each) for each in ("venv/lib", "x/site-packages", "lib"))]
    )
    assert set(code(tmp_path).modules) == {"work", "c"}


def test_an_edit_two_imports_away_changes_the_digest_and_no_other_edit_does(tmp_path: Path) -> None:
    write(tmp_path, {"work.py": "import a", "a.py": "import b", "b.py": "x = 1", "other.py": "import work"})
    before = code(tmp_path)
    write(tmp_path, {"other.py": "import work  # edited"})
    assert code(tmp_path) == before
    write(tmp_path, {"b.py": "x = 2"})
    after = code(tmp_path)
    assert after.digest != before.digest
    assert {name for name in after.modules if after.modules[name] != before.modules[name]} == {"b"}


def test_the_digest_does_not_depend_on_the_directory(tmp_path: Path) -> None:
    files = {"scripts/work.py": "import a", "scripts/a.py": "import p", "p/__init__.py": ""}
    for name in ("one", "two"):
        write(tmp_path / name, files)
    one, two = (code(tmp_path / name, "scripts/work.py:f") for name in ("one", "two"))
    assert one.digest == two.digest
    assert set(one.modules) == {"scripts/work.py", "a", "p"}
    assert one.files != two.files


def test_a_file_named_by_its_path_finds_its_neighbours_first(tmp_path: Path) -> None:
    write(tmp_path, {"scripts/work.py": "import a", "scripts/a.py": "x = 1", "a.py": "x = 2"})
    assert code(tmp_path, "scripts/work.py:f").files["a"] == str(tmp_path / "scripts/a.py")
    (tmp_path / "link.py").symlink_to(tmp_path / "scripts/work.py")
    assert code(tmp_path, "link.py:f").files["a"] == str(tmp_path / "scripts/a.py")


def test_a_compiled_module_counts_by_its_bytes(tmp_path: Path) -> None:
    binary = Path(tree_sitter_toml._binding.__file__)  # type: ignore[attr-defined]
    write(tmp_path, {"work.py": "from native import _binding"})
    (tmp_path / "native").mkdir()
    shutil.copy(binary, tmp_path / "native" / binary.name)
    before = code(tmp_path).modules
    assert set(before) == {"work", "native._binding"}
    with (tmp_path / "native" / binary.name).open("ab") as file:
        file.write(b"\0")
    assert code(tmp_path).modules["native._binding"] != before["native._binding"]


def test_an_editable_install_outside_of_the_roots_is_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "library", {"edited_library/__init__.py": "", "edited_library/f.py": "from . import g"})
    write(tmp_path / "library", {"edited_library/g.py": ""})
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "library")])
    found = code(tmp_path / "project", "edited_library.f:f")
    assert set(found.modules) == {"edited_library", "edited_library.f", "edited_library.g"}


def test_of_an_installed_module_its_own_file_counts(tmp_path: Path) -> None:
    assert set(code(tmp_path, "json:dumps").modules) == {"json"}


@pytest.mark.parametrize("function", ["nothing_at_all:f", "nothing.py:f", "sys:exit", "device:f"])
def test_what_cannot_be_read_has_no_digest(function: str, tmp_path: Path) -> None:
    (tmp_path / "device.py").symlink_to("/dev/null")
    assert code(tmp_path, function) == Code({}, {})
    assert code(tmp_path, function).digest == ""


def test_computed_imports_are_told(tmp_path: Path) -> None:
    write(tmp_path, {"work.py": "import a", "a.py": "\nimport_module(x)"})
    assert code(tmp_path).unseen == ("a:2",)


def test_a_huge_project_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closure, "MOST_MODULES", 5)
    write(tmp_path, {"work.py": "import m0", **{f"m{number}.py": f"import m{number + 1}" for number in range(20)}})
    found = code(tmp_path)
    assert len(found.modules) == 5
    assert found.unseen == ("more than 5 modules",)


def test_a_module_that_is_added_counts_at_once(tmp_path: Path) -> None:
    write(tmp_path, {"work.py": "try:\n    import fast\nexcept ImportError:\n    fast = None"})
    assert set(code(tmp_path).modules) == {"work"}
    write(tmp_path, {"fast.py": ""})
    assert set(code(tmp_path).modules) == {"work", "fast"}

from __future__ import annotations

import importlib
import sys
from importlib.util import spec_from_file_location
from typing import TYPE_CHECKING

import pytest

from parallel_stage.contract import function

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from pathlib import Path


def _make(directory: Path, *files: str) -> None:
    for name in files:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n")


@pytest.mark.parametrize(
    ("text", "module", "name", "is_path"),
    [
        ("my_pipeline.process:process_file", "my_pipeline.process", "process_file", False),
        ("scripts/process.py:f", "scripts/process.py", "f", True),
        ("process.py:f", "process.py", "f", True),
        ("C:/apps/process.py:f", "C:/apps/process.py", "f", True),
        ("process:f", "process", "f", False),
    ],
)
def test_a_reference_is_taken_apart_at_its_last_colon(text: str, module: str, name: str, is_path: bool) -> None:  # noqa: FBT001
    found = function.parse(text)
    assert (found, found.is_path) == ((module, name), is_path)


def test_roots_are_the_contract_the_project_and_its_src(tmp_path: Path) -> None:
    _make(tmp_path, "pyproject.toml", "apps/flights/parallel_stage.toml")
    inner = str(tmp_path / "apps" / "flights")
    assert function.search_roots(inner) == (inner, str(tmp_path), str(tmp_path / "src"))


def test_more_roots_come_between_the_contract_and_its_project(tmp_path: Path) -> None:
    _make(tmp_path, "pyproject.toml", "apps/parallel_stage.toml")
    more = (str(tmp_path / "lib"), str(tmp_path / "src"))
    apps = str(tmp_path / "apps")
    assert function.search_roots(apps, more) == (apps, *more, str(tmp_path))
    assert function.search_from(str(tmp_path / "data"), f"{apps}/x.toml", more)[:3] == (
        str(tmp_path / "data"),
        apps,
        more[0],
    )


def test_a_contract_beside_the_project_file_has_two_roots(tmp_path: Path) -> None:
    _make(tmp_path, "pyproject.toml")
    assert function.search_roots(str(tmp_path)) == (str(tmp_path), str(tmp_path / "src"))


def test_a_path_starts_at_the_contract(tmp_path: Path) -> None:
    _make(tmp_path, "pyproject.toml", "apps/scripts/process.py", "scripts/other.py")
    roots = function.search_roots(str(tmp_path / "apps"))
    assert function.locate(function.parse("scripts/process.py:f"), roots) == str(tmp_path / "apps/scripts/process.py")
    assert function.locate(function.parse("scripts/other.py:f"), roots) is None
    assert function.locate(function.parse("scripts/:f"), roots) is None


def test_modules_are_found_in_every_root_in_order(tmp_path: Path) -> None:
    _make(tmp_path, "pyproject.toml", "apps/first.py", "first.py", "second.py", "src/third.py", "src/pkg/__init__.py")
    _make(tmp_path, "src/pkg/deep/process.py", "src/space/process.py")
    roots = function.search_roots(str(tmp_path / "apps"))

    def locate(module: str) -> str | None:
        return function.locate(function.FunctionRef(module, "f"), roots)

    assert locate("first") == str(tmp_path / "apps/first.py")
    assert locate("second") == str(tmp_path / "second.py")
    assert locate("third") == str(tmp_path / "src/third.py")
    assert locate("pkg") == str(tmp_path / "src/pkg/__init__.py")
    assert locate("pkg.deep.process") == str(tmp_path / "src/pkg/deep/process.py")
    assert locate("space.process") == str(tmp_path / "src/space/process.py")
    for missing in ("space", "pkg.nothing", "third.inner", "nothing_of_that_name.at_all", "pkg..deep"):
        assert locate(missing) is None, missing


def test_installed_modules_are_found_and_builtin_ones_have_no_file(tmp_path: Path) -> None:
    roots = function.search_roots(str(tmp_path))
    assert function.locate(function.parse("json.decoder:loads"), roots) == __import__("json.decoder").decoder.__file__
    assert function.locate(function.parse("sys:exit"), roots) is None


@pytest.mark.parametrize("module", [".", "..", "...", ":", "a:b", "-", "1", ".json", "json."])
def test_odd_modules_are_not_found(module: str, tmp_path: Path) -> None:
    assert function.locate(function.FunctionRef(module, "f"), function.search_roots(str(tmp_path))) is None


def test_nothing_is_imported(tmp_path: Path) -> None:
    _make(tmp_path, "danger/__init__.py", "danger/inner.py")
    (tmp_path / "danger/__init__.py").write_text("raise SystemExit")
    roots = function.search_roots(str(tmp_path))
    assert function.locate(function.parse("danger.inner:f"), roots) == str(tmp_path / "danger/inner.py")


def test_modules_are_searched_from_the_contract_also_with_another_root(tmp_path: Path) -> None:
    (tmp_path / "stages").mkdir()
    (tmp_path / "pyproject.toml").write_text("")
    found = function.search_from(str(tmp_path / "data"), str(tmp_path / "stages/parallel_stage.toml"))
    assert found == tuple(str(tmp_path / name) for name in ("data", "stages", ".", "src"))


def test_a_module_that_was_imported_elsewhere_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "imported_before.py").write_text("")
    with monkeypatch.context() as search:
        search.syspath_prepend(tmp_path / "elsewhere")
        monkeypatch.setitem(sys.modules, "imported_before", importlib.import_module("imported_before"))
    assert function.locate(function.FunctionRef("imported_before", "f"), (str(tmp_path),)) is None


def test_a_module_of_an_editable_install_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "editable.py").write_text("")

    class Finder:
        """What build back ends put into `sys.meta_path`."""

        @staticmethod
        def find_spec(name: str, _path: object, _target: object = None) -> ModuleSpec | None:
            return spec_from_file_location(name, tmp_path / "editable.py") if name == "editable" else None

    monkeypatch.setattr(sys, "meta_path", [object(), *sys.meta_path, Finder])
    assert function.locate(function.FunctionRef("editable", "f"), ("/",)) == str(tmp_path / "editable.py")

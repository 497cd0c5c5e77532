from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from parallel_stage.contract.function import parse
from parallel_stage.errors import PlanRefusedError
from parallel_stage.run.worker import load as loading
from parallel_stage.run.worker.project import project_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def search_path(tmp_path: Path) -> tuple[str, ...]:
    """Where modules are searched."""
    return (str(tmp_path),)


def load(text: str, search: tuple[str, ...], digest: str = "") -> Any:
    """Load a function as a task does."""
    with project_of(parse(text), search):
        return loading.load(text, search, digest)


def test_module_form_finds_packages(tmp_path: Path, search_path: tuple[str, ...]) -> None:
    (tmp_path / "package_one").mkdir()
    (tmp_path / "package_one" / "__init__.py").write_text("")
    (tmp_path / "package_one" / "inner.py").write_text("def f(x): return x + 1\n")
    assert load("package_one.inner:f", search_path)(1) == 2


def test_path_form_has_a_stable_module_name(tmp_path: Path, search_path: tuple[str, ...]) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "some-name.v2.py").write_text(
        "import dataclasses\n@dataclasses.dataclass\nclass f:\n    x: int\n"
    )
    loaded = load("scripts/some-name.v2.py:f", search_path)
    assert loaded is load("scripts/some-name.v2.py:f", search_path)
    with project_of(parse("scripts/some-name.v2.py:f"), search_path):
        assert sys.modules[loaded.__module__].f is loaded
    assert loaded.__module__ not in sys.modules


@pytest.mark.parametrize("name", ["changing", "changing.py"])
def test_a_changed_file_is_imported_anew(tmp_path: Path, search_path: tuple[str, ...], name: str) -> None:
    (tmp_path / "changing.py").write_text("def f(): return 1\n")
    assert load(f"{name}:f", search_path)() == 1
    (tmp_path / "changing.py").write_text("def f(): return 'another'\n")
    assert load(f"{name}:f", search_path)() == "another"


def test_the_same_name_in_another_directory_is_another_module(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "namesake.py").write_text(f"def f(): return {number}\n")
        assert load("namesake:f", (str(tmp_path / str(number)),))() == number


def test_a_module_in_place_of_pythons_own_is_refused_where_that_is_in_use(
    tmp_path: Path, search_path: tuple[str, ...]
) -> None:
    import json

    (tmp_path / "json").mkdir()
    for name in ("json/__init__.py", "json/inner.py", "socket.py"):
        (tmp_path / name).write_text("def f(): return 1\n")
    for name, file in (("json", "json/__init__.py"), ("json.inner", "json/inner.py"), ("socket", "socket.py")):
        with pytest.raises(PlanRefusedError, match=r"has the name of Python's own module (json|socket)") as caught:
            load(f"{name}:f", search_path)
        assert caught.value.hint == f"rename it, or name the function by its file, {file}:f"
        assert load(f"{file}:f", search_path)() == 1
    assert sys.modules["json"] is json


def test_a_module_of_pythons_name_may_take_its_place_where_nothing_uses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "colorsys.py").write_text(f"def f(): return {number}\n")
        assert load("colorsys:f", (str(tmp_path / str(number)),))() == number


def test_an_installed_module(search_path: tuple[str, ...]) -> None:
    import json

    assert load("json:dumps", search_path) is json.dumps


@pytest.mark.parametrize(
    ("code", "name", "message", "hint"),
    [
        ("x = 1\n", "broken:x", "has an object of type int under the name 'x'", "correct the function's name"),
        ("x = 1\n", "broken:y", "does not define 'y'", "correct the function's name"),
        ("import sys\nsys.exit(3)\n", "broken:f", "SystemExit: 3", "correct the module, or install"),
        ("def f(:\n", "broken:f", "SyntaxError", "correct the module, or install"),
        ("def f(:\n", "broken.py:f", "SyntaxError", "correct the module, or install"),
        ("x = 1\n", "nowhere_to_be_found:f", "No module named 'nowhere_to_be_found'", "{root}, sys.path"),
        ("x = 1\n", "nowhere.py:f", "there is no file 'nowhere.py'", "it was searched in {root}"),
    ],
)
def test_what_cannot_be_loaded(
    tmp_path: Path, search_path: tuple[str, ...], code: str, name: str, message: str, hint: str
) -> None:
    (tmp_path / "broken.py").write_text(code)
    with pytest.raises(PlanRefusedError) as caught:
        load(name, search_path)
    assert message in str(caught.value)
    assert hint.format(root=tmp_path) in caught.value.hint


def test_an_interrupt_while_a_module_is_imported(tmp_path: Path, search_path: tuple[str, ...]) -> None:
    (tmp_path / "interrupting.py").write_text("raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        load("interrupting:f", search_path)
    with ThreadPoolExecutor(1) as thread, pytest.raises(PlanRefusedError, match="KeyboardInterrupt"):
        thread.submit(load, "interrupting:f", search_path).result()


def test_a_module_that_failed_is_tried_again(tmp_path: Path, search_path: tuple[str, ...]) -> None:
    for name in ("half.py", "half"):
        (tmp_path / "half.py").write_text("raise ValueError\n")
        with pytest.raises(PlanRefusedError):
            load(f"{name}:f", search_path)
        (tmp_path / "half.py").write_text("def f(): return 'now it works'\n")
        assert load(f"{name}:f", search_path)() == "now it works"

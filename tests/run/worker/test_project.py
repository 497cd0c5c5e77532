from __future__ import annotations

import importlib
import os
import pickle
import py_compile
import shutil
import sys
import threading
import types
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest
import tree_sitter_toml

from parallel_stage.contract.function import parse
from parallel_stage.errors import PlanRefusedError
from parallel_stage.pysource.closure import code_of
from parallel_stage.run.worker.load import load
from parallel_stage.run.worker.project import project_of


def write(directory: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def call(directory: Path, function: str = "work:f", digest: str = "") -> Any:
    """Load a function and call it, as a task does."""
    search = (str(directory),)
    with project_of(parse(function), search):
        return load(function, search, digest)()


WORK = {"work.py": "import helper\ndef f(): return helper.x\n"}


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("helper.py", WORK),
        ("far.py", {**WORK, "helper.py": "from far import x\n"}),
        ("helper.py", {"work.py": "def f():\n    import helper\n    return helper.x\n"}),
        (
            "helper.py",
            {"work.py": "import importlib\nn = 'hel' + 'per'\ndef f(): return importlib.import_module(n).x\n"},
        ),
        ("space/helper.py", {"work.py": "from space.helper import x\ndef f(): return x\n"}),
        (
            "p/helper.py",
            {"p/__init__.py": "from . import helper\n", "work.py": "import p\ndef f(): return p.helper.x\n"},
        ),
    ],
)
def test_an_edit_is_seen_in_the_same_process(tmp_path: Path, name: str, files: dict[str, str]) -> None:
    write(tmp_path, {**files, name: "x = 1\n"})
    assert call(tmp_path) == 1
    write(tmp_path, {name: "x = 2\n"})
    assert call(tmp_path) == 2


@pytest.mark.parametrize("later", [0, 1])  # 1: by a slow process, from what it had read before the edit
def test_an_edit_of_equal_size_in_the_same_second_does_not_run_old_byte_code(tmp_path: Path, later: int) -> None:
    write(tmp_path, {**WORK, "helper.py": "x = 1\n"})
    now = os.stat(tmp_path / "helper.py").st_mtime_ns // 10**9 * 10**9
    os.utime(tmp_path / "helper.py", ns=(now, now + 1))
    compiled = py_compile.compile(str(tmp_path / "helper.py"))
    assert compiled is not None
    write(tmp_path, {"helper.py": "x = 2\n"})
    os.utime(tmp_path / "helper.py", ns=(now, now + 2))
    written = os.stat(tmp_path / "helper.py").st_ctime_ns
    os.utime(compiled, ns=(written, written + later * 10**9))
    assert [call(tmp_path), call(tmp_path)] == [2, 2]


def test_byte_code_that_is_newer_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {**WORK, "helper.py": "x = 1\n"})
    compiled = py_compile.compile(str(tmp_path / "helper.py"))
    assert compiled is not None
    os.utime(compiled, (os.stat(compiled).st_mtime + 10,) * 2)
    parsed: list[str] = []
    real = SourceFileLoader.source_to_code

    def parse_it(loader: SourceFileLoader, data: Any, path: Any, **options: Any) -> Any:
        parsed.append(os.path.basename(path))
        return real(loader, data, path, **options)

    monkeypatch.setattr(SourceFileLoader, "source_to_code", parse_it)
    assert call(tmp_path) == 1
    assert parsed == ["work.py"]


def test_unchanged_modules_stay_with_what_they_hold(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"work.py": "import helper\ndef f():\n    helper.x += 1\n    return helper.x\n", "helper.py": "x = 0\n"},
    )
    write(tmp_path / "other", {"work.py": "import helper\ndef f(): return helper.x\n", "helper.py": "x = -1\n"})
    digest = code_of(parse("work:f"), (str(tmp_path),)).digest
    found = [call(tmp_path), call(tmp_path / "other"), call(tmp_path, "work:f", digest), call(tmp_path)]
    assert found == [1, -1, 2, 3]


def test_two_projects_with_modules_of_the_same_names(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name, {"work.py": "import p.helper\nfrom space import inner\ndef f():\n    import lazy\n"})
        with (tmp_path / name / "work.py").open("a") as file:
            file.write("    return p.helper.x, inner.x, lazy.x\n")
        for path in ("p/helper.py", "p/__init__.py", "space/inner.py", "lazy.py"):
            write(tmp_path / name, {path: f"x = '{name}'\n"})
    (tmp_path / "two" / "space" / "__init__.py").write_text("")
    assert [call(tmp_path / name) for name in ("one", "two", "one")] == [("one",) * 3, ("two",) * 3, ("one",) * 3]


def test_a_portion_of_an_installed_namespace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"site-packages/shared_space/installed.py": "x = 'installed'\n"})
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    installed = importlib.import_module("shared_space.installed")
    for name in ("one", "two"):
        work = "from shared_space import inner\nimport shared_space.installed as i\ndef f(): return inner.x, i\n"
        write(tmp_path / name, {"work.py": work, "shared_space/inner.py": f"x = '{name}'\n"})
    assert [call(tmp_path / name) for name in ("one", "two")] == [("one", installed), ("two", installed)]
    package = sys.modules["shared_space"]
    assert package.installed is installed
    assert not hasattr(package, "inner")
    for name in ("shared_space", "shared_space.installed"):
        monkeypatch.delitem(sys.modules, name)


def test_what_the_process_has_imported_itself_is_neither_used_nor_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {**WORK, "helper.py": "x = 1\nclass Own: pass\n"})
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    helper = importlib.import_module("helper")
    kept = helper.Own()
    write(tmp_path, {"helper.py": "x = 2\nclass Own: pass\n"})
    try:
        assert call(tmp_path) == 2
        assert sys.modules["helper"] is helper
        assert isinstance(pickle.loads(pickle.dumps(kept)), helper.Own)  # noqa: S301  its own
    finally:
        del sys.modules["helper"]


@pytest.mark.parametrize("work", [WORK["work.py"], "def f():\n    import helper\n    return helper.x\n"])
def test_a_module_of_that_name_from_elsewhere_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    write(tmp_path / "elsewhere", {"helper.py": "x = 'foreign'\n"})
    write(tmp_path / "project", {"work.py": work, "helper.py": "x = 'own'\n"})
    monkeypatch.syspath_prepend(tmp_path / "elsewhere")
    helper = importlib.import_module("helper")
    try:
        with project_of(parse("work:f"), (str(tmp_path / "project"),)):
            load("work:f", (str(tmp_path / "project"),))
        for _ in range(2):
            digest = code_of(parse("work:f"), (str(tmp_path / "project"),)).digest
            assert call(tmp_path / "project", "work:f", digest) == "own"
            assert sys.modules["helper"] is helper
    finally:
        del sys.modules["helper"]


def test_a_module_that_appears_is_used(tmp_path: Path) -> None:
    write(tmp_path, {"work.py": "try:\n    from fast import x\nexcept ImportError:\n    x = 0\ndef f(): return x\n"})
    assert call(tmp_path) == 0
    write(tmp_path, {"fast.py": "x = 1\n"})
    assert call(tmp_path) == 1
    (tmp_path / "fast.py").unlink()
    write(tmp_path, {"fast/__init__.py": "x = 2\n"})
    assert call(tmp_path) == 2


def test_neighbours_of_a_file_named_by_its_path(tmp_path: Path) -> None:
    lazy = "def f():\n    import helper\n    return helper.x\n"
    write(tmp_path, {"a/work.py": lazy, "a/helper.py": "x = 'a'\n", "b/work.py": lazy, "b/helper.py": "x = 'b'\n"})
    write(tmp_path, {"helper.py": "x = 'root'\n", "work.py": lazy})
    functions = ("a/work.py:f", "b/work.py:f", "work.py:f", "work:f", "a/work.py:f")
    assert [call(tmp_path, function) for function in functions] == ["a", "b", "root", "root", "a"]
    assert not any(directory.startswith(str(tmp_path)) for directory in sys.path)


def test_a_function_that_runs_its_own_project_goes_on_with_its_modules(tmp_path: Path) -> None:
    write(tmp_path, {"work.py": "import helper\ndef f(): return helper\n", "helper.py": ""})
    search = (str(tmp_path),)
    for _ in range(2):
        with project_of(parse("work:f"), search):
            helper = load("work:f", search)()
            call(tmp_path)
            assert sys.modules["helper"] is helper
    assert "helper" not in sys.modules


def test_directories_that_a_module_adds_are_searched_in_later_tasks(tmp_path: Path) -> None:
    lazy = "import sys\nsys.path.insert(0, 'lib')\ndef f():\n    import helper\n    return helper.x\n"
    write(tmp_path, {"work.py": lazy.replace("'lib'", repr(str(tmp_path / "lib"))), "lib/helper.py": "x = 1\n"})
    search, digest = (str(tmp_path),), code_of(parse("work:f"), (str(tmp_path),)).digest
    with project_of(parse("work:f"), search):
        load("work:f", search)
    assert [call(tmp_path, "work:f", digest), call(tmp_path, "work:f", digest)] == [1, 1]
    write(tmp_path, {"lib/helper.py": "x = 2\n"})
    assert [call(tmp_path), call(tmp_path, "work:f", digest)] == [2, 2]


def test_code_that_is_not_the_plans_is_not_run(tmp_path: Path) -> None:
    write(tmp_path, {**WORK, "helper.py": "x = 1\n"})
    digest = code_of(parse("work:f"), (str(tmp_path),)).digest
    write(tmp_path, {"helper.py": "x = 2\n"})
    with pytest.raises(PlanRefusedError, match="code changed: 'work:f', or a module that it imports, was edited"):
        call(tmp_path, "work:f", digest)


def test_an_edit_between_two_tasks_is_not_mixed_in(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"work.py": "import a\ndef f():\n    import b\n    return a.x, b.x\n", "a.py": "x = 1", "b.py": "x = 1"},
    )
    search, digest = (str(tmp_path),), code_of(parse("work:f"), (str(tmp_path),)).digest
    with project_of(parse("work:f"), search):
        function = load("work:f", search, digest)
    write(tmp_path, {"a.py": "x = 2", "b.py": "x = 2"})
    with project_of(parse("work:f"), search):
        assert load("work:f", search, digest) is function
        with pytest.raises(PlanRefusedError, match=r"code changed: .*b\.py was edited while the stage ran"):
            function()


def compiled_module(directory: Path) -> Path:
    """A compiled module of an installed package, in a project's own."""
    binary = Path(tree_sitter_toml._binding.__file__)  # type: ignore[attr-defined]
    (directory / "native").mkdir()
    return Path(shutil.copy(binary, directory / "native" / binary.name))


def test_a_compiled_module_that_changed_needs_a_restart(tmp_path: Path) -> None:
    compiled = compiled_module(tmp_path)
    write(tmp_path, {**WORK, "helper.py": "from native import _binding\nx = _binding\n"})
    first = call(tmp_path)
    write(tmp_path, {"helper.py": "from native import _binding\nx = _binding, 2\n"})
    assert call(tmp_path) == (first, 2)  # many refuse to be loaded twice
    with compiled.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(PlanRefusedError, match=r"the compiled module .*_binding.* has changed") as caught:
        call(tmp_path)
    assert "restart the process" in caught.value.hint


def test_a_compiled_module_that_holds_old_code_needs_a_restart(tmp_path: Path) -> None:
    compiled_module(tmp_path)
    holding = "from native import _binding\nimport helper\n_binding.held = helper\ndef f(): return helper.x\n"
    write(tmp_path, {"work.py": holding, "helper.py": "x = 1\n"})
    assert call(tmp_path) == 1
    write(tmp_path, {"helper.py": "x = 2\n"})
    with pytest.raises(PlanRefusedError, match=r"compiled module native\._binding would go on with its old helper"):
        call(tmp_path)


def test_other_threads_import_as_before(tmp_path: Path) -> None:
    write(tmp_path, {"work.py": "def f(): ...\n"})
    errors: list[BaseException] = []
    stop = threading.Event()

    def importing() -> None:
        try:
            while not stop.is_set():
                sys.modules.pop("colorsys", None)
                importlib.import_module("colorsys")
        except BaseException as error:  # noqa: BLE001  shown by the test
            errors.append(error)

    thread = threading.Thread(target=importing)
    thread.start()
    for _ in range(100):
        call(tmp_path)
    stop.set()
    thread.join()
    assert errors == []


@pytest.mark.parametrize(
    ("name", "module", "whose"),
    [("parallel_stage", "parallel_stage", "the installed module"), ("pytest", "pytest", "the installed module")],
)
def test_a_module_of_a_name_that_is_in_use(tmp_path: Path, name: str, module: str, whose: str) -> None:
    write(tmp_path, {f"{name}.py": "def f(): return 1\n"})
    with pytest.raises(PlanRefusedError, match=f"has the name of {whose} {module}") as caught:
        call(tmp_path, f"{name}:f")
    assert caught.value.hint == f"rename it, or name the function by its file, {name}.py:f"
    assert call(tmp_path, f"{name}.py:f") == 1


def test_the_finders_of_a_process_stay(tmp_path: Path) -> None:
    write(tmp_path, {"work.py": "def f(): ...\n"})
    before = list(sys.meta_path), list(sys.path), set(sys.modules)
    call(tmp_path)
    assert (list(sys.meta_path), list(sys.path), set(sys.modules)) == before


def test_a_syntax_error_of_a_helper_is_shown_without_the_machinery(tmp_path: Path) -> None:
    write(tmp_path, {**WORK, "helper.py": "def f(:\n"})
    with pytest.raises(PlanRefusedError) as caught:
        call(tmp_path)
    assert "import helper" in caught.value.details
    assert "helper.py" in caught.value.details
    assert "importlib" not in caught.value.details
    assert "parallel_stage/run" not in caught.value.details


def test_an_object_that_only_says_that_it_is_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the libraries of cffi do, which cryptography brings."""

    class Library:
        __slots__ = ()
        __class__ = types.ModuleType  # type: ignore[assignment]

    monkeypatch.setitem(sys.modules, "_library.lib", Library())
    write(tmp_path, {**WORK, "helper.py": "x = 1\n"})
    assert call(tmp_path) == 1

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_stage.contract.function import Unresolved
from parallel_stage.lint.rules import function_lookup
from parallel_stage.pysource.definition import Found, NotCallable, Undefined
from resolved import resolved, subject

if TYPE_CHECKING:
    from pathlib import Path

DEF = "def f(a, b): return {}\n"
ADDING = [
    "match [len]:\n    case [f]: pass",
    "match [len]:\n    case [*f]: pass",
    "match {}:\n    case {**f}: pass",
    "match len:\n    case int() as f: pass",
    "for n in 'f':\n    locals()[n] = len",
    "globals()['f'] = len",
    "globals().update(f=len)",
    "names = globals()\nnames['f'] = len",
    "vars()['f'] = len",
    "import sys\nsetattr(sys.modules[__name__], 'f', len)",
    "import sys\nsys.modules[__name__].f = len",
    "import sys\nsys.modules[__name__].__dict__['f'] = len",
    "import sys\nsys.modules[__name__] = make()",
    "exec('f = len')",
    "x = (f := len)",
    "def setup():\n    global f\n    f = len\nsetup()",
]


@pytest.mark.parametrize("code", ADDING)
@pytest.mark.parametrize("before", ["", "f = None\n", DEF])
def test_a_name_that_code_may_bind_is_not_judged(before: str, code: str, tmp_path: Path) -> None:
    assert isinstance(resolved(tmp_path, before + code), Unresolved)


@pytest.mark.parametrize(
    "code", ["def __getattr__(name): return len", "if __name__ == 'm':\n    f = make()", "import m\nm.f = 1"]
)
def test_a_name_that_code_may_add_is_not_missed(code: str, tmp_path: Path) -> None:
    assert isinstance(resolved(tmp_path, code), Unresolved)


@pytest.mark.parametrize(
    "code",
    [
        "x = globals()['f']\ny = globals().get('f')\nz = 'f' in globals()",
        "class C:\n    def g(self): setattr(self, 'x', 1)",
        "class C:\n    def g(self): self.__dict__.update(x=1)",
        "import sys\nif 'numpy' in sys.modules: pass",
        "def g():\n    global other\n    other = 1",
        "exec('f = len', {})",
    ],
)
def test_a_function_beside_harmless_code_is_judged(code: str, tmp_path: Path) -> None:
    assert isinstance(resolved(tmp_path, DEF + code), Found)


@pytest.mark.parametrize("attribute", ["__code__", "__defaults__", "__kwdefaults__"])
def test_a_function_that_is_given_other_parameters_is_not_judged(attribute: str, tmp_path: Path) -> None:
    assert isinstance(resolved(tmp_path, f"{DEF}f.{attribute} = x"), Unresolved)


def test_the_name_of_a_script_is_not_that_of_a_module(tmp_path: Path) -> None:
    assert isinstance(resolved(tmp_path, f"if __name__ == '__main__':\n    {DEF}"), Undefined)


def _write(directory: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(text)


@pytest.mark.parametrize(
    ("files", "function"),
    [
        ({"p/__init__.py": "from . import b", "p/b.py": "import sys\nsys.modules['p'] = 1"}, "p:f"),
        ({"p/__init__.py": "from . import b", "p/b.py": "import p\np.f = len"}, "p:f"),
        ({"p/__init__.py": "from . import b\nb.f = len", "p/b.py": ""}, "p.b:f"),
        ({"p/__init__.py": "import sys\nsys.modules['p.b'] = sys", "p/c.py": ""}, "p.b:f"),
        ({"p/__init__.py": "__path__ = ['elsewhere']"}, "p.b:f"),
        ({"a.py": "import b\nf = None", "b.py": "import a\na.f = len"}, "a:f"),
        ({"a.py": "import b as f", "b.py": "import sys\nsys.modules[__name__].__class__ = C"}, "a:f"),
    ],
)
def test_what_another_module_may_put_there_is_not_missed(files: dict[str, str], function: str, tmp_path: Path) -> None:
    _write(tmp_path, files)
    assert isinstance(function_lookup.resolution(subject(tmp_path, function), "function"), Unresolved)


@pytest.mark.parametrize(
    ("files", "there"),
    [
        ({"a.py": "__all__ = ['g']\n" + DEF, "m.py": "from a import *"}, False),
        ({"a.py": "__all__ = ['f']\n" + DEF, "m.py": "from a import *"}, True),
        ({"a.py": "__all__ = [*b.__all__, 'g']\n" + DEF, "m.py": "from a import *"}, True),
        ({"a.py": "__all__ = ['g']\n__all__ += b.__all__\n" + DEF, "m.py": "from a import *"}, True),
        ({"a.py": "__all__ = ['g']\n__all__.append('f')\n" + DEF, "m.py": "from a import *"}, True),
        ({"a.py": "__all__ = ['g']\n" + DEF, "m.py": "import a\na.__all__.append('f')\nfrom a import *"}, True),
        ({"a.py": "__all__ = sorted(['g'])\n" + DEF, "m.py": "from a import *"}, True),
    ],
)
def test_a_star_import_brings_what_may_be_exported(files: dict[str, str], there: bool, tmp_path: Path) -> None:  # noqa: FBT001
    _write(tmp_path, files)
    found = function_lookup.resolution(subject(tmp_path, "m:f"), "function")
    assert isinstance(found, Found if there else Undefined)


def test_a_module_of_a_package_is_a_module(tmp_path: Path) -> None:
    _write(tmp_path, {"p/__init__.py": "", "p/b.py": ""})
    assert isinstance(function_lookup.resolution(subject(tmp_path, "p:b"), "function"), NotCallable)

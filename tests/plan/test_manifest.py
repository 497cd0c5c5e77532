from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from parallel_stage.contract.document import NODE_LIMIT
from parallel_stage.errors import NoInputError, ParallelStageError, PlanRefusedError
from parallel_stage.plan import manifest

if TYPE_CHECKING:
    from pathlib import Path


def entries(root: Path, name: str, text: str) -> list[str]:
    for file in ("a.csv", "b c.csv", "#d.csv"):
        (root / file).touch()
    (root / name).write_text(text, encoding="utf-8")
    return manifest.entries(str(root / name), str(root))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("manifest.txt", True),
        ("data/my_manifest.yaml", True),
        ("x.manifest", True),
        ("a.manifest.jsonl", True),
        ("manifest.yml", True),
        ("manifest.YAML", True),
        ("manifest.ndjson", True),
        ("Manifest.TXT", True),
        ("manifest.parquet", False),
        ("manifest", False),
        ("manifests.txt", False),
        ("manifest.txt.bak", False),
    ],
)
def test_names(name: str, expected: bool) -> None:  # noqa: FBT001
    assert manifest.is_manifest(name) is expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("manifest.txt", "# the files\n\n b c.csv \r\na.csv"),
        ("x.manifest", "\ufeffb c.csv\na.csv\n"),
        ("manifest.json", '["b c.csv", {"path": "a.csv", "sha": 1}]'),
        ("manifest.json", '{"files": ["b c.csv", "a.csv"], "made": "today"}'),
        ("manifest.yaml", "- b c.csv\n- path: a.csv\n"),
        ("manifest.yml", "- b c.csv\n- path: a.csv\n"),
        ("manifest.YAML", "files: [b c.csv, a.csv]\n"),
        ("manifest.TXT", "b c.csv\na.csv\n"),
        ("manifest.CSV", "path\nb c.csv\na.csv\n"),
        ("manifest.ndjson", '"b c.csv"\n{"path": "a.csv"}\n'),
        ("manifest.toml", 'files = ["b c.csv", { path = "a.csv" }]'),
        ("manifest.toml", '[[files]]\npath = "b c.csv"\n[[files]]\npath = "a.csv"\n'),
        ("manifest.jsonl", '"b c.csv"\n\n{"path": "a.csv"}\n'),
        ("manifest.csv", 'size,path\n1,"b c.csv"\n2,a.csv\n'),
    ],
)
def test_every_form_keeps_its_order(tmp_path: Path, name: str, text: str) -> None:
    assert entries(tmp_path, name, text) == ["b c.csv", "a.csv"]


@pytest.mark.parametrize("name", ["manifest.yaml", "manifest.json", "manifest.toml"])
def test_there_may_be_thousands(tmp_path: Path, name: str) -> None:
    """More than a contract may hold."""
    names = [f"{number}.csv" for number in range(NODE_LIMIT + 1)]
    for file in names:
        (tmp_path / file).touch()
    text = json.dumps(names) if name != "manifest.toml" else f"files = {json.dumps(names)}"
    assert entries(tmp_path, name, text) == names


@pytest.mark.parametrize(
    ("name", "text", "error", "said"),
    [
        ("manifest.txt", "a.csv\nnope.csv\n", NoInputError, r"manifest.txt, line 2: there is no file 'nope.csv'"),
        ("manifest.txt", "a.csv\n\na.csv\n", PlanRefusedError, r"line 3: 'a.csv' is already named in line 1"),
        ("manifest.txt", "a.csv\n./a.csv\n", PlanRefusedError, r"line 2: './a.csv' is already named in line 1"),
        ("manifest.json", '["x/..//a.csv", "a.csv"]', PlanRefusedError, "item 2: 'a.csv' is already named in item 1"),
        ("manifest.txt", "# nothing\n", NoInputError, "names no file"),
        ("manifest.json", "[]", NoInputError, "names no file"),
        ("manifest.json", '["a.csv", 7]', PlanRefusedError, "item 2: 7 is not a path"),
        ("manifest.json", '["a.csv", {"file": "b"}]', PlanRefusedError, "item 2: .* is not a path"),
        ("manifest.json", '["a.csv", " "]', PlanRefusedError, "item 2: ' ' is not a path"),
        ("manifest.json", '["a\\u0000.csv"]', PlanRefusedError, "item 1: .* is not a path"),
        ("manifest.json", '{"paths": []}', PlanRefusedError, "holds no list"),
        (
            "manifest.json",
            '["a.csv",\n\n]',
            PlanRefusedError,
            "line [123]: not JSON",
        ),  # Python 3.13 points at the comma
        ("manifest.yaml", "- a\n- [b\n", PlanRefusedError, "line [23]: not YAML"),
        ("manifest.yaml", "text", PlanRefusedError, "holds no list"),
        ("manifest.toml", "files = [\n", PlanRefusedError, "line [12]: not TOML"),
        ("manifest.jsonl", '"a.csv"\n{"path"\n', PlanRefusedError, "line 2 is not a JSON value"),
        ("manifest.csv", "file\na.csv\n", PlanRefusedError, "line 2: .* is not a path"),
        ("manifest.csv", "path,size\na.csv\n", PlanRefusedError, "line 2 has 1 cell, but the header has 2"),
        ("manifest.csv", "path,path\na.csv,b\n", PlanRefusedError, "line 1 names 'path' in column 1 and in column 2"),
        ("manifest.csv", "path;size\na.csv;1\n", PlanRefusedError, "semicolons do not separate cells"),
        (
            "manifest.jsonl",
            '"a.csv"\n{"path": "b c.csv", "path": 1}',
            PlanRefusedError,
            'line 2: the key "path" is there',
        ),
        ("manifest.csv", 'path\n"a.csv', PlanRefusedError, "line 2: "),
        ("manifest.csv", "", PlanRefusedError, "line 1 is blank"),
    ],
)
def test_mistakes_say_where(tmp_path: Path, name: str, text: str, error: type[ParallelStageError], said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        entries(tmp_path, name, text)
    assert name in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("name", ["manifest.txt", "manifest.csv", "manifest.json", "manifest.jsonl"])
def test_not_utf8(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"path\n\xff\xfe\n")
    with pytest.raises(PlanRefusedError, match=f"{name} is not UTF-8 .byte 0xff"):
        manifest.entries(str(tmp_path / name), str(tmp_path))


@pytest.mark.parametrize("text", ["a.csv # the first\n", "*.csv\n"])
def test_globs_and_inline_comments_are_reported_not_to_be_read(tmp_path: Path, text: str) -> None:
    with pytest.raises(NoInputError) as caught:
        entries(tmp_path, "manifest.txt", text)
    assert "a glob and a comment behind a path are not read" in caught.value.hint


def test_an_absolute_and_a_relative_path_to_one_file(tmp_path: Path) -> None:
    with pytest.raises(PlanRefusedError, match=r"line 2: 'a.csv' is already named in line 1"):
        entries(tmp_path, "manifest.txt", f"{tmp_path}/a.csv\na.csv\n")


def test_every_fault_is_reported_where_none_ends_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    path = tmp_path / "manifest.json"
    path.write_text('["b.csv", "a.csv", 7, "./a.csv", "b.csv"]', encoding="utf-8")
    faults: list[ParallelStageError] = []
    assert manifest.entries(str(path), str(tmp_path), faults.append) == ["a.csv"]
    said = [
        "item 1: there is no file",
        "item 3: 7 is not a path",
        "item 4: './a.csv' is already",
        "item 5: there is no",
    ]
    assert all(words in fault.message for words, fault in zip(said, faults, strict=True))


def test_a_manifest_of_faults_only_names_something(tmp_path: Path) -> None:
    path = tmp_path / "manifest.txt"
    path.write_text("a.csv\n", encoding="utf-8")
    assert manifest.entries(str(path), str(tmp_path), lambda _: None) == []

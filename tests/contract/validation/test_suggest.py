from __future__ import annotations

import re

import pytest

from parallel_stage.contract import schema
from parallel_stage.contract.validation.suggest import closest, is_slip, is_variant, meant_reference, meant_value


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("Files", "files"),
        ("file", "files"),
        ("paramter_sweep", "parameter-sweep"),
        ("xyz", None),
        ("", None),
    ],
)
def test_the_closest_known_word_is_found(word: str, known: str | None) -> None:
    assert closest(word, ("files", "data-partitions", "parameter-sweep")) == known


@pytest.mark.parametrize(
    ("word", "known", "slip"),
    [
        ("reduser", "reducer", True),
        ("Target-Partition", "target_partitions", True),
        ("note", "notes", True),
        ("func", "function", False),
        ("inputs_dir", "input", False),
    ],
)
def test_a_slip_is_close(word: str, known: str, slip: bool) -> None:  # noqa: FBT001
    assert is_slip(word, known) is slip


@pytest.mark.parametrize("word", ["data_partitions", "DATA-PARTITIONS", "data-partition", " data partitions "])
def test_a_variant_is_the_same_word(word: str) -> None:
    assert is_variant(word, "data-partitions")


@pytest.mark.parametrize("word", ["data-partitons", "partitions", "", "data"])
def test_another_word_is_no_variant(word: str) -> None:
    assert not is_variant(word, "data-partitions")


@pytest.mark.parametrize("name", ["split", "partition_strategy", "reducer", "backend"])
def test_synonyms_stand_for_one_value_each(name: str) -> None:
    node = schema.field(name)
    listed = [(word, value) for value, words in node["x-synonyms"].items() for word in words]
    assert {value for _, value in listed} == set(node["enum"])
    assert len({re.sub(r"[\W_]|s$", "", word) for word, _ in listed}) == len(listed)
    for word, value in listed:
        assert word == word.lower().replace("_", "-")
        assert word not in node["enum"]
        assert meant_value(word.upper().replace("-", "_"), node) == value


@pytest.mark.parametrize(
    ("name", "word", "value"),
    [
        ("backend", "dsak", "dask"),
        ("backend", "multiprocessing", "pool"),
        ("backend", "ray", "dask"),
        ("backend", "ProcessPoolExecutor", "pool"),
        ("backend", "Process Pool", "pool"),
        ("partition_strategy", "chunk", "file-chunks"),
        ("partition_strategy", "row", "row-chunks"),
        ("workers", "max", "auto"),
        ("workers", "many", None),
        ("backend", "x", None),
    ],
)
def test_what_a_value_means(name: str, word: str, value: str | None) -> None:
    assert meant_value(word, schema.field(name)) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mypkg.process.process_file", 'did you mean "mypkg.process:process_file"?'),
        ("process.f", 'did you mean "process:f"?'),
        ("mod:f()", 'name the function without calling it, such as "mod:f"'),
        ("pkg.mod.f(path)", 'name the function without calling it, such as "pkg.mod:f"'),
        ("f()", "name the function without calling it"),
        ("mod:Class.run", "name a function of mod that calls it: a method cannot be named"),
        ("C:\\x.py:f", 'write / for every backslash, such as "C:/x.py:f"'),
        ("scripts\\process.py:f", 'write / for every backslash, such as "scripts/process.py:f"'),
        ("lambda path: path", "define a function in a module: a lambda has no name"),
        ("mod:f\n", 'write "mod:f", without blanks around it'),
        (" mod:f", 'write "mod:f", without blanks around it'),
        ("scripts/process.py", 'name the function in it, too, such as "scripts/process.py:process_file"'),
        ("process.py", 'name the function in it, too, such as "process.py:process_file"'),
        ("process_file", 'name its module, too, such as "my_pipeline.process:process_file"'),
        ("sub\\process.py", 'write / for every backslash, such as "sub/process.py:process_file"'),
        ("mod:lambda path: 1", "define a function in a module: a lambda has no name"),
        ("mod:f.<locals>.g", "define the function at the top of its module: a nested one has no name there"),
        ("functools.partial(f, 1)", "give the partial a name in a module, and write that name"),
        ("mod:Class().run()", "name a function of mod that calls it: a method cannot be named"),
        ("x.ipynb", "move the function to a .py file: a notebook cannot be imported"),
        ("x.ipynb.f", "move the function to a .py file: a notebook cannot be imported"),
        ("__main__.f", "name the file of the function: __main__ is another program in a worker"),
        ("from pkg.mod import f", 'did you mean "pkg.mod:f"?'),
        ("process.py.f", 'did you mean "process.py:f"?'),
        ("scripts/process/f", 'did you mean "scripts/process.py:f"?'),
        ("python process.py", 'name the function in it, too, such as "process.py:process_file"'),
        ("process:", 'name the function in it, too, such as "process:process_file"'),
        (":f", 'name its module, too, such as "my_pipeline.process:f"'),
        ("what is this?", ""),
        ("", ""),
    ],
)
def test_what_a_reference_means(text: str, words: str) -> None:
    assert meant_reference(text) == words

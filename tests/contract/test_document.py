from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING

import pytest

from parallel_stage.contract import document
from parallel_stage.contract.problem import NotADocumentError
from parallel_stage.lint.engine.check_document import check_file
from support import VALID, toml

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.contract.problem import Problem


def _problem(content: bytes, name: str = "parallel_stage.toml") -> Problem:
    with pytest.raises(NotADocumentError) as caught:
        document.parse(content, name)
    return caught.value.problem


def _refused(path: Path | str) -> str:
    """The message about a file that cannot be read, met through the linter as a user meets it."""
    (diagnostic,) = check_file(str(path))
    assert (diagnostic.rule, diagnostic.start) == ("unreadable", (1, 1))
    return diagnostic.message


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "parallel_stage.toml"
    path.write_text(toml())
    found = document.read(str(path))
    assert (found.path, found.text, found.data) == (str(path), toml(), VALID)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.toml", "name = 1"),
        ("a.TOML", "name = 1"),
        ("a", "name = 1"),
        ("dir.json/a", "name = 1"),
        ("a.json", '{"name": 1}'),
        ("a.yaml", "name: 1"),
        ("a.YML", "name: 1"),
    ],
)
def test_the_suffix_tells_the_format(name: str, content: str) -> None:
    assert document.parse(content.encode(), name).data == {"name": 1}


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    message = _refused(tmp_path / "nothing.toml")
    assert message.startswith(f"'{tmp_path}/nothing.toml' does not exist")
    assert "parallel-stage new" in message


def test_a_directory_is_reported(tmp_path: Path) -> None:
    assert "is a directory; name a contract file" in _refused(tmp_path)


def test_a_file_in_a_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert os.strerror(errno.ENOTDIR) in _refused(tmp_path / "file" / "parallel_stage.toml")


def test_a_file_without_permission_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "parallel_stage.toml"
    path.write_text(toml())

    def denied(*_: object) -> None:  # a superuser may read everything, so the answer is played
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("builtins.open", denied)
    assert _refused(path) == f"'{path}' cannot be read: Permission denied"


def test_names_that_no_file_can_have_are_reported() -> None:
    assert "cannot be read" in _refused("a\0b.toml")
    assert "cannot be read" in _refused("x" * 5000)
    assert "does not exist" in _refused("")


def test_a_loop_of_links_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.toml").symlink_to("a.toml")
    assert os.strerror(errno.ELOOP) in _refused(tmp_path / "a.toml")


def test_a_huge_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "parallel_stage.toml"
    with open(path, "wb") as file:
        file.truncate(100 << 20)
    assert "is larger than 1 MiB" in _refused(path)


def test_an_endless_file_is_refused() -> None:
    assert "is not a regular file" in _refused("/dev/zero")


def test_the_limit_itself_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "parallel_stage.toml"
    path.write_text(toml() + "#" * (document.SIZE_LIMIT - len(toml())))
    assert document.read(str(path)).data == VALID


def test_what_is_no_contract_may_be_larger(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text("a = 1\n" + "#" * document.SIZE_LIMIT)
    assert document.read(str(path), bounded=False).data == {"a": 1}
    with pytest.raises(NotADocumentError) as refused:
        document.read("/dev/zero", bounded=False)
    assert "is not a regular file" in refused.value.problem.message


def _list(name: str, length: int) -> bytes:
    return {
        "a.toml": f"a = [{'1, ' * length}]",
        "a.json": f'{{"a": [{", ".join("1" * length)}]}}',
        "a.yaml": "a:\n" + "- 1\n" * length,
    }[name].encode()


@pytest.mark.parametrize("name", ["a.toml", "a.json", "a.yaml"])
def test_keys_and_values_by_the_thousand_are_no_contract(name: str) -> None:
    most = document.NODE_LIMIT - len(["the root", "the key", "the list"])
    assert document.parse(_list(name, most), name).data == {"a": [1] * most}
    problem = _problem(_list(name, most + 1), name)
    assert (problem.rule, problem.message) == (
        "syntax-error",
        "there are more than 5,000 keys and values; a contract has a few dozen",
    )
    assert len(document.parse(_list(name, most + 1), name, bounded=False).data["a"]) == most + 1


def test_keys_and_values_are_counted_where_they_are_nested() -> None:
    tables = "".join(f"[x-{number}]\na = 1\n" for number in range(document.NODE_LIMIT // 4))
    assert "more than 5,000 keys and values" in _problem(tables.encode()).message
    assert document.parse(tables.partition("[x-1]")[0].encode(), "a.toml").data == {"x-0": {"a": 1}}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["a.toml", "a.yaml", "a.json"])
def test_utf_16_is_named(encoding: str, name: str) -> None:
    problem = _problem(("\ufeff" + toml()).encode(encoding), name)
    assert problem.rule == "unreadable"
    assert "is UTF-16" in problem.message
    assert "save it as UTF-8" in problem.message


def test_bytes_that_are_not_utf_8_are_pointed_at(tmp_path: Path) -> None:
    path = tmp_path / "parallel_stage.toml"
    path.write_bytes('name = "é"\nnotes = "caf'.encode() + b'\xe9"\n')
    (diagnostic,) = check_file(str(path))
    assert (diagnostic.rule, diagnostic.start) == ("unreadable", (2, 13))
    assert diagnostic.message == "byte 0xe9 at offset 24 is not UTF-8; save the file as UTF-8"


@pytest.mark.parametrize("content", [b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xc3"])
def test_what_only_looks_like_utf_8_is_refused(content: bytes) -> None:
    assert _problem(b'name = "' + content).message.startswith(f"byte {content[0]:#04x} at offset 8")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.toml", "a = 1\nb = [N]\n"),
        ("a.json", '{"a": 1,\n"b": [N]}'),
        ("a.yaml", "a: 1\nb: [N]\n"),
    ],
)
@pytest.mark.parametrize("number", [1 << 63, -(1 << 63) - 1, 1 << 4000])
def test_integers_beyond_64_bits_are_refused(name: str, content: str, number: int) -> None:
    problem = _problem(content.replace("N", str(number)).encode(), name)
    assert problem.rule == "syntax-error"
    assert problem.message.startswith("an integer does not fit into 64 bits")
    assert problem.offset == content.index("N")


@pytest.mark.parametrize("name", ["a.toml", "a.json", "a.yaml"])
def test_integers_that_python_refuses_are_refused(name: str) -> None:
    content = {"a.toml": "a = N", "a.json": '{"a": N}', "a.yaml": "a: N"}[name]
    problem = _problem(content.replace("N", "1" + "0" * 5000).encode(), name)
    assert (problem.rule, problem.offset) == ("syntax-error", 0)
    assert "64 bits" in problem.message


@pytest.mark.parametrize("name", ["a.toml", "a.yaml"])
def test_hexadecimal_integers_that_python_cannot_print_are_refused(name: str) -> None:
    content = {"a.toml": "target_partitions = N", "a.yaml": "target_partitions: N"}[name]
    assert "64 bits" in _problem(content.replace("N", "0x" + "f" * 5000).encode(), name).message


@pytest.mark.parametrize("number", [(1 << 63) - 1, -(1 << 63)])
def test_integers_of_64_bits_are_read(number: int) -> None:
    assert document.parse(f"a = {number}".encode(), "a.toml").data == {"a": number}


@pytest.mark.parametrize("number", ["1e+100", "1E5", "-0.0", "1e-7"])
@pytest.mark.parametrize("name", ["a.toml", "a.json", "a.yaml"])
def test_the_place_of_a_number_is_all_of_it(name: str, number: str) -> None:
    text = {"a.toml": f"a = {number} # b", "a.json": f'{{"a": {number} }}', "a.yaml": f"a: {number} # b"}[name]
    span = document.parse(text.encode(), name).span(("a",))
    assert text[slice(*span)] == number


def test_places_are_reported_again_after_some_were_looked_up() -> None:
    found = document.parse(b"a = 1\nb = 2\nc = 3\n", "a.toml")
    assert found.span(("b",)) == (10, 11)
    assert [route for route, _, _ in found.entries()] == [("a",), ("b",), ("c",)]
    assert found.entries() == list(found.format.entries(found.text))


def test_standard_input_is_read_under_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"name": 1}')))
    found = document.read_stdin("some.json")
    assert (found.path, found.data) == ("some.json", {"name": 1})


def test_standard_input_that_is_closed_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(NotADocumentError, match="standard input cannot be read"):
        document.read_stdin("some.toml")


def test_what_is_not_there_has_the_place_of_the_nearest_table() -> None:
    text = 'name = "x"\n[partition_by]\ncolumn = "day"\n'
    found = document.parse(text.encode(), "a.toml")
    assert found.span(()) == (0, 0)
    assert found.span(("nothing",)) == (0, 0)
    header = text.index("partition_by")
    assert found.span(("partition_by", "kind")) == (header, header + len("partition_by"))
    assert found.span(("partition_by",), on_key=True) == (header, header + len("partition_by"))
    column = text.index('"day"')
    assert found.span(("partition_by", "column")) == (column, column + 5)
    assert found.span(("partition_by", "column", "deeper")) == (column - 9, column - 3)

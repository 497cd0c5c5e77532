from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.contract import schema
from parallel_stage.errors import ReducerFailedError
from parallel_stage.run.reducers import REDUCERS, concat_jsonl, custom
from parallel_stage.run.reducers.encoded import Encoded, UnfitValueError
from parallel_stage.run.storage.digest import new_digest
from parallel_stage.run.storage.part import PartitionOutput, Parts
from parallel_stage.run.task import Receipt

if TYPE_CHECKING:
    from pathlib import Path


def test_registry_is_the_schema() -> None:
    assert set(REDUCERS) == set(schema.choices("reducer"))


def encode(reducer: str, value: object) -> tuple[bytes, Encoded]:
    buffer = io.BytesIO()
    encoded = REDUCERS[reducer].encode(value, buffer.write)
    return buffer.getvalue(), encoded


def receipt(index: int, offset: int, output: bytes, encoded: Encoded) -> Receipt:
    """The receipt of an output in the file `part`."""
    digest = new_digest()
    digest.update(output)
    return Receipt(
        index=index,
        id=f"{index:016x}",
        attempt=1,
        part="part",
        offset=offset,
        length=len(output),
        header=encoded.header,
        suffix=encoded.suffix,
        digest=digest.hexdigest(),
        records=encoded.records,
        started=0.0,
        seconds=0.0,
        peak_memory=0,
        host="",
        pid=0,
    )


def merged(reducer: str, values: list[object], directory: Path) -> Path:
    """The result of some partitions' values, all in one part."""
    part, parts, outputs = directory / "part", Parts(directory), []
    with part.open("wb") as file:
        for index, value in enumerate(values):
            output, encoded = encode(reducer, value)
            offset = file.tell()
            file.write(output)
            outputs.append(PartitionOutput(receipt(index, offset, output, encoded), parts))
    with closing(parts):
        REDUCERS[reducer].merge(outputs, directory / "result")
    return directory / "result"


def test_collect_json(tmp_path: Path) -> None:
    result = merged("collect-json", [1, {"b": None, "a": "é"}, []], tmp_path)
    assert result.read_bytes() == '[\n1,\n{"b":null,"a":"é"},\n[]\n]\n'.encode()


@pytest.mark.parametrize(
    ("value", "lines", "records"),
    [
        ({"a": 1}, b'{"a":1}\n', 1),
        ([1, "x", {"b": 2}], b'1\n"x"\n{"b":2}\n', 3),
        (iter([]), b"", 0),
        (({"n": n} for n in range(2)), b'{"n":0}\n{"n":1}\n', 2),
    ],
)
def test_concat_jsonl_takes(value: object, lines: bytes, records: int) -> None:
    assert encode("concat-jsonl", value) == (lines, Encoded(records, ".jsonl"))


def test_concat_jsonl_takes_a_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"b": 1.50}\r\n\n  [1, 2]\t\n"last"')
    assert encode("concat-jsonl", path) == (b'{"b": 1.50}\n[1, 2]\n"last"\n', Encoded(3, ".jsonl"))


@pytest.mark.parametrize("text", ["{", "NaN", '{"a": -Infinity}', "1 2", "\xff", "[" * 100_000])
def test_concat_jsonl_proves_each_line_of_a_file(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"1\n" + text.encode("latin-1") + b"\n")
    with pytest.raises(UnfitValueError, match=r"a\.jsonl:2 is not a line of JSON"):
        encode("concat-jsonl", path)


@pytest.mark.parametrize("value", ["a.jsonl", b"{}", None, 5])
def test_concat_jsonl_refuses(value: object) -> None:
    with pytest.raises(UnfitValueError, match="cannot take a value of type") as caught:
        encode("concat-jsonl", value)
    assert "pathlib.Path" in caught.value.hint


class Frame:
    def __init__(self, text: str) -> None:
        self.text = text

    def to_csv(self, *, index: bool) -> str:
        assert not index
        return self.text


def test_concat_jsonl_tells_how_to_return_a_frame() -> None:
    with pytest.raises(UnfitValueError) as caught:
        encode("concat-jsonl", Frame(""))
    assert "to_dict('records')" in caught.value.hint


def test_concat_jsonl_names_the_line_that_does_not_fit() -> None:
    with pytest.raises(UnfitValueError, match=r"\$\[1\]\.delay is nan"):
        encode("concat-jsonl", [{"delay": 1.0}, {"delay": float("nan")}])


@pytest.mark.parametrize("reducer", ["concat-jsonl", "concat-csv", "custom"])
def test_a_file_that_is_not_there(reducer: str, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(UnfitValueError, match="cannot be read"):
            encode(reducer, path)


# A NUL is nothing that csv could write or read before Python 3.11.
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ROWS = st.lists(st.tuples(CELLS, st.integers(), st.none()), min_size=1)


@given(ROWS)
def test_concat_csv_is_what_csv_reads(rows: list[tuple[str, int, None]]) -> None:
    output, encoded = encode("concat-csv", [{"text": a, "number": b, "empty": c} for a, b, c in rows])
    found = list(csv.reader(io.StringIO(output.decode("utf-8"), newline="")))
    assert found == [["text", "number", "empty"], *([a, str(b), ""] for a, b, _ in rows)]
    assert encoded == Encoded(len(rows), ".csv", len(b"text,number,empty\n"))


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("", b""),
        ("a,b\n", b"a,b\n"),
        ("\ufeffa,b\r\n1,2\r\n\r\n", b"a,b\n1,2\n"),
        ('"a\nb",c\n"x""y","1,2"', b'"a\nb",c\n"x""y","1,2"\n'),
        ("a\n" + "x" * 200_000, b"a\n" + b"x" * 200_000 + b"\n"),
    ],
)
def test_concat_csv_takes_text_files_and_frames(text: str, output: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8", newline="")
    assert (
        encode("concat-csv", text)[0] == encode("concat-csv", path)[0] == encode("concat-csv", Frame(text))[0] == output
    )


COUNTS = pd.DataFrame({"k": ["a", "b", "a"], "v": [1, 2, 3]})


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (COUNTS.groupby("k").v.sum(), "an index with a name (k)"),
        (COUNTS.groupby("k").agg({"v": "sum"}), "an index with a name (k)"),
        (COUNTS.v.value_counts(), "an index with a name (v)"),
        (COUNTS.set_index(["k", "v"]), "an index of 2 levels (k, v)"),
        (COUNTS.set_index(["k", "v"]).rename_axis([None, None]), "an index of 2 levels, which"),
        (COUNTS.rename_axis("row"), "an index with a name (row)"),
        (COUNTS.describe(), "a string index"),
        (COUNTS.T, "a string index"),
        (COUNTS.set_axis(pd.to_datetime(["2013-01-01"] * 3)), "a datetime64 index"),
        (COUNTS.set_axis([0.5, 1.5, 2.5]), "a floating index"),
        (COUNTS.set_axis(pd.Categorical(["a", "b", "c"])), "a categorical index"),
        (COUNTS.pivot_table(index="k", columns="v", values=["v"]), "columns of 2 levels"),
    ],
)
def test_concat_csv_refuses_a_frame_whose_labels_would_be_lost(frame: object, words: str) -> None:
    with pytest.raises(UnfitValueError) as caught:
        encode("concat-csv", frame)
    assert words in caught.value.message
    assert "columns of" in words or "reset_index" in caught.value.hint


@pytest.mark.parametrize(
    ("frame", "output"),
    [
        (COUNTS, b"k,v\na,1\nb,2\na,3\n"),
        (COUNTS[COUNTS.v > 1].sort_values("v", ascending=False), b"k,v\na,3\nb,2\n"),
        (COUNTS[COUNTS.v > 9], b"k,v\n"),
        (COUNTS.groupby("k").v.sum().reset_index(), b"k,v\na,4\nb,2\n"),
        (COUNTS.v, b"v\n1\n2\n3\n"),
        (COUNTS.iloc[:0].set_axis([]), b"k,v\n"),
        (pl.DataFrame({"k": ["a", "b"], "v": [1, 2]}), b"k,v\na,1\nb,2\n"),
    ],
)
def test_concat_csv_takes_the_frames_of_pandas_and_polars(frame: object, output: bytes) -> None:
    assert encode("concat-csv", frame)[0] == output


def test_concat_csv_leaves_the_field_limit_alone() -> None:
    before = csv.field_size_limit()
    encode("concat-csv", "a\n" + "x" * 200_000)
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([{"a": 1}, {"a": 1, "b": 2}], "row 2 has the columns a, b; row 1 has a"),
        ([{"a": 1}, {"b": 1}], "row 2 has the columns b; row 1 has a"),
        ([{"a": 1}, [1]], "row 2 is of type list"),
        ([[1, 2]], "row 1 is of type list"),
        ([{1: 2}], "the column 1, which is not text"),
        ([{"a": [1]}], "row 1 has a list in the column 'a'"),
        ([{"a": "\udcff"}], "lone surrogate"),
        ({"a": 1}, "cannot take a value of type dict"),
        (b"a,b\n", "cannot take a value of type bytes"),
        (7, "cannot take a value of type int"),
        ("a,b\n1\n", "row 1 has 1 cells, the header has 2"),
        ('a\n"x"y\n', "is not CSV in UTF-8, line 2"),
        ('a\n"never closed', "is not CSV in UTF-8"),
    ],
)
def test_concat_csv_refuses(value: object, message: str) -> None:
    with pytest.raises(UnfitValueError) as caught:
        encode("concat-csv", value)
    assert message in caught.value.message


def test_concat_csv_lets_the_users_own_errors_through() -> None:
    def rows() -> Any:
        yield {"a": 1}
        raise csv.Error("the user's own")

    with pytest.raises(csv.Error, match="the user's own"):
        encode("concat-csv", rows())


def test_concat_csv_writes_one_header(tmp_path: Path) -> None:
    result = merged("concat-csv", [[], '"a\nb",c\n', [{"a\nb": 1, "c": 2}], ""], tmp_path)
    assert result.read_bytes() == b'"a\nb",c\n1,2\n'


def test_concat_csv_of_nothing_is_empty(tmp_path: Path) -> None:
    assert merged("concat-csv", [[], ""], tmp_path).read_bytes() == b""


def test_concat_csv_names_both_partitions(tmp_path: Path) -> None:
    with pytest.raises(ReducerFailedError, match="partitions 1 and 2 have other columns: column 1 is 'a' in the first"):
        merged("concat-csv", ["", "a,b\n", "b,a\n"], tmp_path)


def test_concat_csv_names_the_first_of_many_columns_that_differs(tmp_path: Path) -> None:
    columns = ",".join(f"column_{number}" for number in range(60))
    message = "column 61 is 'last' in the first and missing in the second"
    with pytest.raises(ReducerFailedError, match=message):
        merged("concat-csv", [f"{columns},last\n", f"{columns}\n"], tmp_path)


def test_custom(tmp_path: Path) -> None:
    (tmp_path / "made.parquet").write_bytes(b"PAR1")
    result = merged("custom", [tmp_path / "made.parquet", b"b", "é\n", [1], bytearray(b"")], tmp_path)
    names = ["000000.parquet", "000001.bin", "000002.txt", "000003.json", "000004.bin"]
    assert [(result / name).read_bytes() for name in names] == [b"PAR1", b"b", "é\n".encode(), b"[1]\n", b""]
    manifest = json.loads((result / custom.MANIFEST).read_text(encoding="utf-8"))
    assert manifest["schema"] == custom.KIND
    assert [(part["file"], part["index"], part["bytes"]) for part in manifest["parts"]] == [
        (name, index, size) for index, (name, size) in enumerate(zip(names, (4, 1, 3, 4, 0), strict=True))
    ]
    assert custom.is_ours(result)
    assert not custom.is_ours(tmp_path)


@pytest.mark.parametrize("reducer", ["concat-csv", "custom"])
@pytest.mark.parametrize("text", ["out.csv", "s.csv", "a,b", " ", "x" * 10_000, "odd\nname.csv"])
def test_text_that_is_rather_a_file_name_is_refused(
    reducer: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("s.csv", "odd\nname.csv"):
        (tmp_path / name).write_text("a,b\n1,2\n")
    with pytest.raises(UnfitValueError) as caught:
        encode(reducer, text)
    assert f"return pathlib.Path({text[:80]!r})" in caught.value.hint
    assert ("names a file" if "s.csv" in text or "\n" in text else "has no line end") in caught.value.message


@pytest.mark.parametrize("reducer", ["concat-csv", "custom"])
@pytest.mark.parametrize("text", ["", "\n", "a,b\n", "a,b\r1,2", "a,b\n1,2", "a\0b\n1,2\n", "a\n" + "x" * 5_000])
def test_text_with_a_line_end_is_content(
    reducer: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if "\0" not in text or reducer == "custom":  # csv refuses a NUL by itself, before Python 3.11
        encode(reducer, text)


def test_custom_refuses_bytes_that_name_a_file(tmp_path: Path) -> None:
    path = tmp_path / "made.bin"
    path.write_bytes(b"content")
    with pytest.raises(UnfitValueError, match="names a file"):
        encode("custom", str(path).encode())
    assert encode("custom", b"content")[0] == b"content"


@pytest.mark.parametrize(
    ("value", "message"), [("\udcff\n", "not UTF-8"), ({1}, "$ is of type set"), (iter([]), "$ is")]
)
def test_custom_refuses(value: object, message: str) -> None:
    with pytest.raises(UnfitValueError) as caught:
        encode("custom", value)
    assert message in caught.value.message


@pytest.mark.parametrize("change", [b"xyz", b"ab", b""])
def test_a_part_that_was_changed_is_noticed(change: bytes, tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(change)
    with closing(Parts(tmp_path)) as parts:
        output = PartitionOutput(receipt(4, 0, b"abc", Encoded(1, ".json")), parts)
        with pytest.raises(ReducerFailedError, match="no longer holds what partition 4 wrote"):
            concat_jsonl.merge([output], tmp_path / "result")

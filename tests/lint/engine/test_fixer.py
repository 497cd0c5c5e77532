from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.contract.document import parse
from parallel_stage.contract.schema import schema
from parallel_stage.contract.text import Span
from parallel_stage.lint.diagnostic import Fix, Position, Replacement, Severity
from parallel_stage.lint.engine.check_document import check_document
from parallel_stage.lint.engine.fixer import fix_document, non_overlapping
from support import VALID, data, toml

if TYPE_CHECKING:
    from parallel_stage.contract.document import Document
    from parallel_stage.lint.diagnostic import Diagnostic
    from parallel_stage.lint.engine.fixer import FixResult

WRONG = toml(
    split="file",
    partition_strategy="FILE_CHUNKS",
    input="data\\*.csv",
    output="results/delays.csv",
    workers=None,
    backend=None,
).replace("min_partitions_per_worker", "min_partition_per_worker")


def _fix(text: str, *, unsafe: bool = False, path: str = "parallel_stage.toml") -> FixResult:
    return fix_document(parse(text.encode(), path), check_document, unsafe=unsafe)


def test_what_is_fixed_and_what_is_left() -> None:
    result = _fix(WRONG)
    assert sorted(found.rule for found in result.fixed) == [
        "backslash-path",
        "missing-key",
        "unknown-key",
        "unknown-value",
        "unknown-value",
    ]
    assert [found.rule for found in result.remaining if found.severity is not Severity.INFO] == ["output-suffix"]
    assert result.document.data == data(backend="local", workers=2, output="results/delays.csv")


def test_unsafe_fixes_are_requested() -> None:
    result = _fix(WRONG, unsafe=True)
    assert "output-suffix" in {found.rule for found in result.fixed}
    assert result.document.data["output"] == "results/delays.jsonl"


def test_fixing_again_changes_nothing() -> None:
    once = _fix(WRONG, unsafe=True)
    twice = _fix(once.document.text, unsafe=True)
    assert twice.fixed == []
    assert (twice.document.text, twice.remaining) == (once.document.text, once.remaining)


def test_a_mistyped_key_is_renamed_and_not_added_beside() -> None:
    result = _fix(toml(reducer=None) + 'reduser = "collect-json"\n')
    assert [found.rule for found in result.fixed] == ["unknown-key"]
    assert result.document.data == data(reducer="collect-json")


@pytest.mark.parametrize("extra", ['reduser = "custom"\nredducer = "custom"\n', "redux = 1\n"])
def test_what_may_be_meant_for_a_missing_key_keeps_it_from_being_added(extra: str) -> None:
    result = _fix(toml(reducer=None) + extra)
    assert result.fixed == []
    assert "unknown-key" in {found.rule for found in result.remaining}


@pytest.mark.parametrize("suffix", ["toml", "json", "yaml"])
@pytest.mark.parametrize("kept", [[], ["name"], ["output"], ["function", "backend"]])
def test_all_missing_keys_with_a_default_are_written_at_once_in_the_schema_s_order(
    suffix: str, kept: list[str]
) -> None:
    changed = {name: VALID[name] if name in kept else None for name in VALID}
    text = toml(**changed) if suffix == "toml" else json.dumps(data(**changed), indent=2)
    result = _fix(text, path=f"parallel_stage.{suffix}")
    assert [found.rule for found in result.fixed] == ["missing-key"]
    written = [name for name in VALID if name in kept or "default" in schema()["properties"][name]]
    assert list(result.document.data) == written


def test_a_key_that_is_there_is_not_written_twice() -> None:
    assert _fix(toml() + "reduser = 1\n").fixed == []


def _at(start: int, stop: int, text: str) -> Fix:
    return Fix((Replacement(Span(start, stop), Position(1, 1), Position(1, 1), text),), safe=True)


def test_of_overlapping_edits_the_first_is_chosen() -> None:
    (found,) = check_document(parse(toml(workers=0).encode(), "a.toml"))
    spans = [(4, 6), (0, 2), (1, 4), (4, 4), (6, 6), (6, 8)]
    chosen = non_overlapping([found, *(found._replace(fix=_at(*span, "x")) for span in spans)], unsafe=False)
    assert [each.fix.replacements[0].span for each in chosen if each.fix] == [(0, 2), (4, 6), (6, 6), (6, 8)]


def test_what_could_not_be_read_afterwards_is_not_applied() -> None:
    def breaks(document: Document) -> list[Diagnostic]:
        return [each._replace(fix=_at(0, 0, '"')) for each in check_document(document)]

    document = parse(toml(workers=1).encode(), "a.toml")
    result = fix_document(document, breaks)
    assert (result.document, result.fixed) == (document, [])


def test_where_two_fixes_do_not_go_together_the_first_is_applied() -> None:
    def rivals(document: Document) -> list[Diagnostic]:
        (found,) = check_document(document)
        both = [found._replace(fix=_at(0, 0, f"x-{name} = 1\n")) for name in ("a", "a")]
        return both if document.text == text else [found]

    text = toml(workers=1)
    result = fix_document(parse(text.encode(), "a.toml"), rivals)
    assert (result.document.text, len(result.fixed)) == (f"x-a = 1\n{text}", 1)


SLIPS = {
    "split": ["file", "FILES"],
    "partition_strategy": ["file_chunks", "file-chunk", "File Chunks"],
    "reducer": ["concat_jsonl"],
    "backend": ["Pool", "pools"],
    "input": ["data\\*.csv", "data\\deep\\*.csv"],
}


@given(
    slips=st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in SLIPS.items()}),
    missing=st.sets(st.sampled_from(["workers", "backend", "reducer", "schema", "target_partitions"]), max_size=3),
    crlf=st.booleans(),
    suffix=st.sampled_from(["toml", "json", "yaml"]),
)
def test_every_safe_fix_takes_its_finding_away(
    slips: dict[str, str],
    missing: set[str],
    crlf: bool,  # noqa: FBT001
    suffix: str,
) -> None:
    changed = {name: None if name in missing else slips.get(name, VALID[name]) for name in VALID}
    text = toml(**changed) if suffix == "toml" else json.dumps(data(**changed), indent=2)  # JSON is YAML
    text = text.replace("\n", "\r\n") if crlf and suffix != "json" else text
    result = _fix(text, path=f"parallel_stage.{suffix}")
    assert not [found for found in result.remaining if found.fix and found.fix.safe]
    assert not [found for found in result.remaining if found.severity is Severity.ERROR]
    assert len(result.fixed) == bool(missing) + len(slips.keys() - missing)
    assert result.document.data.keys() == VALID.keys()

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_stage.contract import document
from parallel_stage.lint.diagnostic import Report, Severity
from parallel_stage.lint.engine.check_document import check_document, check_file
from parallel_stage.wording import printable
from support import data, toml

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_stage.lint.diagnostic import Diagnostic


def _check(text: str, path: str = "parallel_stage.toml") -> list[Diagnostic]:
    return check_document(document.parse(text.encode(), path))


def test_a_diagnostic_has_the_exact_place_and_its_line() -> None:
    (found,) = _check(toml().replace('"pool"', '"poool"  # not a backend'))
    assert found.start == (11, 11)
    assert found.end == (11, 18)
    assert found.line_text == 'backend = "poool"  # not a backend'
    assert (found.rule, found.severity, found.route) == ("unknown-value", Severity.ERROR, ("backend",))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_columns_count_code_points_on_every_kind_of_line(newline: str, end: str) -> None:
    text = 'x-a = { "é🐍" = 1 }\n' + toml(workers=None).rstrip("\n") + '\nx-b = "🐍"\nworkers = 0' + end
    (found,) = _check(text.replace("\n", newline))
    assert (found.start, found.end, found.line_text) == ((14, 11), (14, 12), "workers = 0")


def test_a_value_of_several_lines_starts_on_its_first() -> None:
    (found,) = _check(toml(workers=None) + "workers = [\n  1,\n]\n")
    assert (found.start, found.end) == ((12, 11), (14, 2))
    assert found.line_text == "workers = ["


def test_findings_come_in_the_order_of_the_text_not_of_the_rules() -> None:
    found = _check(toml(backend="dask", workers=1, split="file", output="/r.jsonl"))
    assert [diagnostic.start.line for diagnostic in found] == sorted(diagnostic.start.line for diagnostic in found)
    assert [diagnostic.rule for diagnostic in found] == [
        "unknown-value",
        "single-worker",
        "dask-single-worker",
        "absolute-path",
    ]


def test_a_message_stays_on_one_line_and_cannot_talk_to_a_terminal() -> None:
    found = _check(toml(output="../" * 40 + "a\n\x1b[2J\x9b.jsonl"))
    assert [diagnostic.rule for diagnostic in found] == ["escapes-project"]
    assert r"a\n\x1b[2J\x9b.jsonl" in found[0].message
    assert found[0].message.isprintable()


def test_printable_text_stays_as_it_is() -> None:
    assert printable("é🐍 × \\n") == "é🐍 × \\n"
    assert printable("\ud800\u202e\t") == r"\ud800\u202e\t"


def test_a_file_that_is_no_document_has_one_finding(tmp_path: Path) -> None:
    path = tmp_path / "parallel_stage.toml"
    path.write_bytes(b'a = 1\nname = "abc\nb = 2')
    (found,) = check_file(str(path))
    assert (found.rule, found.start, found.line_text) == ("syntax-error", (2, 12), 'name = "abc')


def test_paths_with_surrogates_and_nul_are_only_odd_names() -> None:
    import json

    text = json.dumps(data(input="\ud800/\0*", output="\udfff\0.jsonl"))
    assert _check(text, "parallel_stage.json") == []


def test_a_report_fails_on_errors_only() -> None:
    warned = Report(["a"], _check(toml(workers=1)))
    failed = Report(["a"], _check(toml(workers=0)))
    assert (warned.failed, warned.count(Severity.WARNING), warned.count(Severity.ERROR)) == (False, 1, 0)
    assert (failed.failed, failed.count(Severity.WARNING), failed.count(Severity.ERROR)) == (True, 0, 1)

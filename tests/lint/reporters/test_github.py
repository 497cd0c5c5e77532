from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from hypothesis import example, given

from findings import DIRECTORIES, report_of_files, report_of_text, reports
from parallel_stage.lint import reporters
from parallel_stage.wording import printable
from support import toml

if TYPE_CHECKING:
    from parallel_stage.lint.diagnostic import Report


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """What GitHub's runner makes of a log: command, properties and data of each line."""
    found = []
    for line in filter(None, re.split(r"\r\n|\r|\n", text)):
        _, head, data = line.split("::", 2)
        command, _, properties = head.partition(" ")
        pairs = (pair.split("=", 1) for pair in properties.split(","))
        found.append(
            (command, {name: _unescaped(value, "\r\n:,%") for name, value in pairs}, _unescaped(data, "\r\n%"))
        )
    return found


def _unescaped(text: str, characters: str) -> str:
    for character in characters:
        text = text.replace(f"%{ord(character):02X}", character)
    return text


def test_an_annotation_for_each_finding() -> None:
    report = report_of_text(toml(workers=1, name=""), "stages/a.toml")
    assert reporters.render(report, "github") == (
        "::error file=stages/a.toml,line=2,endLine=2,col=8,endColumn=10,title=empty-value (parallel-stage)"
        '::stages/a.toml:2:8: name is ""; write text that is not blank\n'
        "::warning file=stages/a.toml,line=6,endLine=6,col=11,endColumn=12,title=single-worker (parallel-stage)"
        "::stages/a.toml:6:11: workers is 1, which previews the stage but does not parallelize it; "
        'write "auto" or more workers\n'
    )
    assert not reporters.render(report_of_text(toml()), "github")


def test_a_note_is_a_notice() -> None:
    ((command, _, _),) = commands(reporters.render(report_of_text(toml(workers=8, backend="local")), "github"))
    assert command == "notice"


def test_columns_of_different_lines_are_left_out() -> None:
    report = report_of_text(toml(workers=None) + "workers = [\n1]\n")
    ((_, properties, _),) = commands(reporters.render(report, "github"))
    assert (properties["line"], properties["endLine"]) == ("12", "13")
    assert not properties.keys() & {"col", "endColumn"}


def test_a_name_cannot_be_a_command() -> None:
    report = report_of_text(toml(workers=0), "a,line=99::\n::stop-commands::x%0A.toml")
    ((command, properties, _),) = commands(reporters.render(report, "github"))
    assert (command, properties["line"]) == ("error", "6")
    assert properties["file"] == "a,line=99::\\n::stop-commands::x%0A.toml"


@given(reports())
@example(report_of_files(DIRECTORIES))
def test_the_runner_reads_what_was_meant(report: Report) -> None:
    read = commands(reporters.render(report, "github"))
    assert len(read) == len(report.diagnostics)
    for (_, properties, data), diagnostic in zip(read, report.diagnostics, strict=True):
        assert properties["file"] == printable(os.path.relpath(os.path.realpath(diagnostic.path)))
        assert properties["title"] == f"{diagnostic.rule} (parallel-stage)"
        place = f"{properties['file']}:{diagnostic.start.line}:{diagnostic.start.column}"
        assert data == f"{place}: {diagnostic.message}"

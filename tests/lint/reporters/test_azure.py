from __future__ import annotations

import os
import re

from hypothesis import example, given

from findings import DIRECTORIES, report_of_files, report_of_text, reports
from parallel_stage.lint import reporters
from parallel_stage.lint.diagnostic import Report
from parallel_stage.wording import printable
from support import toml

Command = tuple[str, dict[str, str], str]


def commands(text: str) -> list[Command]:
    """What the agent of Azure Pipelines makes of a log: the command, properties and message of each line."""
    found = []
    for line in filter(None, re.split(r"\r\n|\r|\n", text)):
        head, _, message = line[line.index("##vso[") + len("##vso[") :].partition("]")
        command, _, properties = head.partition(" ")
        pairs = (pair.partition("=") for pair in properties.split(";") if pair)
        found.append((command, {name: _unescaped(value) for name, _, value in pairs}, _unescaped(message)))
    return found


def _unescaped(text: str) -> str:
    for written, character in {"%3B": ";", "%0D": "\r", "%0A": "\n", "%5D": "]", "%AZP25": "%"}.items():
        text = text.replace(written, character)
    return text


def test_an_issue_for_each_finding() -> None:
    report = report_of_text(toml(workers=1, name=""), "stages/a.toml")
    path = os.path.realpath("stages/a.toml")
    assert reporters.render(report, "azure") == (
        f"##vso[task.logissue type=error;sourcepath={path};linenumber=2;columnnumber=8;code=empty-value;]"
        'stages/a.toml:2:8: error[empty-value%5D name is ""%3B write text that is not blank\n'
        f"##vso[task.logissue type=warning;sourcepath={path};linenumber=6;columnnumber=11;code=single-worker;]"
        "stages/a.toml:6:11: warning[single-worker%5D workers is 1, which previews the stage but does not "
        'parallelize it%3B write "auto" or more workers\n'
    )
    assert not reporters.render(report_of_text(toml()), "azure")


def test_a_note_is_a_warning_whose_message_says_that_it_is_a_note() -> None:
    report = report_of_text(toml(workers=8, backend="local"))
    ((_, properties, message),) = commands(reporters.render(report, "azure"))
    assert properties["type"] == "warning"
    assert " info[local-ignores-workers] " in message


def test_no_text_of_a_file_is_a_command() -> None:
    (diagnostic,) = report_of_text(toml(workers=0)).diagnostics
    hostile = "]##vso[task.setvariable variable=PATH;]%5D%AZP25\r\n##vso[task.complete]x"
    report = Report([hostile], [diagnostic._replace(path=hostile, message=hostile)])
    ((command, properties, message),) = commands(reporters.render(report, "azure"))
    assert (command, properties["type"]) == ("task.logissue", "error")
    assert properties["sourcepath"] == printable(os.path.realpath(hostile))
    assert message.endswith(hostile)


@given(reports())
@example(report_of_files(DIRECTORIES))
def test_the_agent_reads_what_was_meant(report: Report) -> None:
    read = commands(reporters.render(report, "azure"))
    concise = reporters.render(report, "concise")
    assert "".join(f"{message}\n" for _, _, message in read) == concise
    for (command, properties, _), diagnostic in zip(read, report.diagnostics, strict=True):
        assert command == "task.logissue"
        assert properties.pop("type") in {"error", "warning"}
        assert properties == {
            "sourcepath": printable(os.path.realpath(diagnostic.path)),
            "linenumber": str(diagnostic.start.line),
            "columnnumber": str(diagnostic.start.column),
            "code": diagnostic.rule,
        }

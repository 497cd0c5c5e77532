from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from hypothesis import example, given

from findings import DIRECTORIES, report_of_files, report_of_text, reports
from parallel_stage.lint import reporters
from parallel_stage.lint.diagnostic import Report, Severity
from parallel_stage.wording import printable
from support import toml

if TYPE_CHECKING:
    from parallel_stage.lint.diagnostic import Diagnostic


def suite(report: Report) -> ET.Element:
    """The only suite of a report, seen to have what JUnit's schema requires."""
    root = ET.fromstring(reporters.render(report, "junit"))  # noqa: S314 -- our own
    (found,) = root
    assert (root.tag, found.tag) == ("testsuites", "testsuite")
    assert found.attrib == {"name": "parallel-stage", **root.attrib}
    assert found.get("tests") == str(len(found)) == str(len(report.paths))
    assert found.get("failures") == str(sum(case.find("failure") is not None for case in found))
    assert found.get("errors") == "0"
    assert {case.tag for case in found} <= {"testcase"}
    return found


def test_a_case_for_each_file() -> None:
    bad = report_of_text(toml(workers=1, name=""), "bad.toml")
    warned = report_of_text(toml(workers=1), "warned.toml")
    report = Report(["bad.toml", "warned.toml", "good.toml"], bad.diagnostics + warned.diagnostics)
    failed, passed, silent = suite(report)
    assert [case.get("name") for case in (failed, passed, silent)] == report.paths
    (failure,) = failed.findall("failure")
    assert failure.attrib == {"type": "empty-value", "message": 'name is ""; write text that is not blank'}
    assert failure.text == 'bad.toml:2:8: error[empty-value] name is ""; write text that is not blank'
    output = failed.findtext("system-out")
    assert output is not None
    assert output.splitlines() == reporters.render(bad, "concise").splitlines()
    assert passed.findtext("system-out") == reporters.render(warned, "concise").rstrip("\n")
    assert (passed.find("failure"), len(silent)) == (None, 0)


def test_no_files() -> None:
    assert len(suite(Report([], []))) == 0


@given(reports())
@example(report_of_files(DIRECTORIES))
def test_it_is_xml_whatever_the_texts_hold(report: Report) -> None:
    assert reporters.render(report, "junit").isascii()
    for path, case in zip(report.paths, suite(report), strict=True):
        found = [diagnostic for diagnostic in report.diagnostics if diagnostic.path == path]
        assert case.get("name") == printable(path)
        assert [failure.get("message") for failure in case.findall("failure")] == _messages(found)
        assert (case.findtext("system-out") or "").count("\n") == max(0, len(found) - 1)


def _messages(found: list[Diagnostic]) -> list[str]:
    return [printable(diagnostic.message) for diagnostic in found if diagnostic.severity is Severity.ERROR]

"""junit: JUnit's XML, which every CI service reads: a test case for each file, failed where it has an error.

It keeps to
https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from parallel_stage.lint.diagnostic import Report, Severity
from parallel_stage.lint.reporters import concise
from parallel_stage.wording import printable

if TYPE_CHECKING:
    from parallel_stage.lint.diagnostic import Diagnostic

_NAME = "parallel-stage"


def render(report: Report) -> str:
    """Return one suite: a case per file, a `failure` per error, all findings in `system-out`."""
    found: dict[str, list[Diagnostic]] = {path: [] for path in report.paths}
    for diagnostic in report.diagnostics:
        found.setdefault(diagnostic.path, []).append(diagnostic)  # configurations and baselines are not checked
    failed = sum(Report([path], diagnostics).failed for path, diagnostics in found.items())
    counts = {"tests": str(len(found)), "failures": str(failed), "errors": "0"}
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(suites, "testsuite", {"name": _NAME, **counts})
    for path, diagnostics in found.items():
        _add_case(suite, path, diagnostics)
    ET.indent(suites)
    encoded: bytes = ET.tostring(suites, encoding="us-ascii", xml_declaration=True)
    return encoded.decode() + "\n"


def _add_case(suite: ET.Element, path: str, diagnostics: list[Diagnostic]) -> None:
    case = ET.SubElement(suite, "testcase", {"classname": _NAME, "name": printable(path)})
    # Characters that XML cannot hold are not printable.
    lines = [printable(concise.line(diagnostic)) for diagnostic in diagnostics]
    for diagnostic, line in zip(diagnostics, lines, strict=True):
        if diagnostic.severity is Severity.ERROR:
            failure = {"type": diagnostic.rule, "message": printable(diagnostic.message)}
            ET.SubElement(case, "failure", failure).text = line
    if lines:  # Jenkins shows one failure of a case, and its output
        ET.SubElement(case, "system-out").text = "\n".join(lines)

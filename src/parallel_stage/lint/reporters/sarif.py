"""sarif: SARIF 2.1.0 with everything that GitHub's code scanning needs.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, and the part that GitHub reads:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import json
import os
import re
import struct
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from parallel_stage.contract import regular_file
from parallel_stage.contract.document import SIZE_LIMIT
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.reporters import repository
from parallel_stage.lint.reporters.json import RULES_PAGE
from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parallel_stage.lint.diagnostic import Diagnostic, Fix, Position, Report
    from parallel_stage.lint.rule import Rule

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_ROOT = "%SRCROOT%"
# Of the hash of a line: how many units it covers, and its base.
_BLOCK = 100
_BASE = 37
_BITS = (1 << 64) - 1
_SHIFT = pow(_BASE, _BLOCK, 1 << 64)
_END = 0xFFFF
_INDEXES = {rule: index for index, rule in enumerate(RULES)}


def render(report: Report) -> str:
    """Return the report as a SARIF log of one run: two-space indent."""
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [_run(report, repository.root())],
    }
    return json.dumps(log, indent=2) + "\n"


def _run(report: Report, root: str) -> dict[str, Any]:
    from pathlib import Path

    checkout = {"uri": Path(root).as_uri().rstrip("/") + "/"}
    return {
        "tool": {"driver": _driver()},
        # GitHub resolves relative locations in the checkout; it needs its path where others are absolute.
        "invocations": [{"executionSuccessful": True, "workingDirectory": checkout}],
        "originalUriBaseIds": {_ROOT: checkout},
        "columnKind": "unicodeCodePoints",
        "results": list(_results(report.diagnostics, root)),
    }


def _driver() -> dict[str, Any]:
    from importlib.metadata import version

    return {
        "name": "parallel-stage",
        "version": version("parallel-stage"),
        "informationUri": RULES_PAGE,
        "rules": [_rule(rule) for rule in RULES.values()],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    about = " ".join(rule.docs.removeprefix(rule.summary).partition("\nBad:\n")[0].split())
    # Markdown needs a blank line before a snippet.
    markdown = re.sub(r"(?m)^(\S.*)\n(?= {4})", r"\1\n\n", rule.docs)
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": about or rule.summary},
        "help": {"text": rule.docs, "markdown": markdown},
        "helpUri": f"{RULES_PAGE}#{rule.id}",
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _results(diagnostics: Iterable[Diagnostic], root: str) -> Iterator[dict[str, Any]]:
    by_path: dict[str, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        by_path.setdefault(diagnostic.path, []).append(diagnostic)
    for path, found in by_path.items():
        artifact, text = _artifact(path, root), _text(path)
        lines, hashes = text.split("\n"), line_hashes(text)
        for diagnostic in found:
            yield _result(diagnostic, artifact, _hash(diagnostic, lines, hashes))


def _result(diagnostic: Diagnostic, artifact: dict[str, str], line_hash: str) -> dict[str, Any]:
    region = _region(diagnostic.start, diagnostic.end)
    fixes = {"fixes": [_fix(diagnostic.fix, artifact)]} if diagnostic.fix else {}
    return {
        "ruleId": diagnostic.rule,
        "ruleIndex": _INDEXES[diagnostic.rule],
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": _without_links(diagnostic.message)},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
        "partialFingerprints": {"primaryLocationLineHash": line_hash},
        **fixes,
    }


def _without_links(message: str) -> str:
    # `[words](place)` is a link; an odd number of backslashes before the bracket makes it plain text.
    return re.sub(r"(?<!\\)((?:\\\\)*)\]\(", r"\1\\](", message)


def _fix(fix: Fix, artifact: dict[str, str]) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(each.start, each.end), "insertedContent": {"text": each.text}}
        for each in fix.replacements
    ]
    description = "Safe: the contract means the same." if fix.safe else "Unsafe: review the change."
    return {
        "description": {"text": description},
        "artifactChanges": [{"artifactLocation": artifact, "replacements": replacements}],
    }


def _region(start: Position, end: Position) -> dict[str, int]:
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _artifact(path: str, root: str) -> dict[str, str]:
    from pathlib import Path
    from urllib.parse import quote

    relative = repository.relative(path, root)
    if os.path.isabs(relative) or relative.split("/")[0] == "..":
        return {"uri": Path(os.path.realpath(path)).as_uri()}
    return {"uri": quote(os.fsencode(relative)), "uriBaseId": _ROOT}


def _text(path: str) -> str:
    """Return the file's text as GitHub's uploader reads it; empty where it cannot or should not be read."""
    try:
        return regular_file.read(path, SIZE_LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""


def _hash(diagnostic: Diagnostic, lines: list[str], hashes: list[str]) -> str:
    """Return the hash of a finding's line.

    Without the file as it was checked, the hash of that line alone.
    """
    number = diagnostic.start.line
    # A file that is not UTF-8 has no line text, but the uploader reads it.
    if number <= len(lines) and diagnostic.line_text in {"", lines[number - 1].rstrip("\r")}:
        return hashes[number - 1]
    return line_hashes(diagnostic.line_text)[0]


def line_hashes(text: str) -> list[str]:
    r"""Return the hash of each line of a file: digits, a colon, and the number of equal lines so far.

    By it, GitHub's code scanning recognizes a line after the lines around it have moved. Its uploader
    (https://github.com/github/codeql-action/blob/main/src/fingerprints.ts) adds it to results without one, and
    warns about a different one. A hash covers the 100 UTF-16 units from the line's start on, without blanks
    and tabs, all line ends (`\r`, `\n`, `\r\n`) as `\n`, and after the file's end 0xFFFF and then zeros: the
    sum of unit i times 37 ** (99 - i), modulo 2 ** 64.
    """
    units = _units(text)
    # The window's hash is the difference of two hashes that start at the file's start.
    sums = list(accumulate(units, lambda value, unit: (value * _BASE + unit) & _BITS, initial=0))
    starts = [0, *(index for index, unit in enumerate(units, 1) if unit == ord("\n"))]
    seen: Counter[int] = Counter()
    hashes = []
    for start in starts:
        value = (sums[start + _BLOCK] - sums[start] * _SHIFT) & _BITS
        seen[value] += 1
        hashes.append(f"{value:x}:{seen[value]}")
    return hashes


def _units(text: str) -> list[int]:
    kept = text.replace("\r\n", "\n").replace("\r", "\n").replace(" ", "").replace("\t", "")
    encoded = kept.encode("utf-16-le")
    return [*struct.unpack(f"<{len(encoded) // 2}H", encoded), _END, *[0] * (_BLOCK - 1)]

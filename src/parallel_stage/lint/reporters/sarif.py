"""sarif: SARIF 2.1.0 with everything that GitHub's code scanning needs.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, and the part that GitHub reads:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.reporters import file_text, repository
from parallel_stage.lint.reporters.json import RULES_PAGE
from parallel_stage.lint.reporters.line_hash import line_hashes
from parallel_stage.lint.rules import RULES
from parallel_stage.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from parallel_stage.lint.diagnostic import Diagnostic, Fix, Position, Report
    from parallel_stage.lint.rule import Rule

MOST_RESULTS = 5_000
"""The most results of a run that GitHub shows; it chooses the most severe, and does not say which it leaves out."""
MOST_BYTES = 10_000_000
"""The largest report that GitHub takes, compressed with gzip."""
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_ROOT = "%SRCROOT%"
_INDEXES = {rule: index for index, rule in enumerate(RULES)}


def render(report: Report, notify: Callable[[str], object] = str) -> str:
    """Return the report as a SARIF log of one run: two-space indent.

    Of more findings than GitHub takes, the most severe are in it. It says so, and so does a call of `notify`.
    """
    found, count = report.diagnostics, min(len(report.diagnostics), MOST_RESULTS)
    text = _log(_most_severe(found, count), len(found))
    while (size := _compressed_size(text)) > MOST_BYTES and count:
        count = min(count - 1, count * MOST_BYTES // size)
        text = _log(_most_severe(found, count), len(found))
    if count < len(found):
        notify(_notice(count, len(found)))
    return text


def _most_severe(found: list[Diagnostic], count: int) -> list[Diagnostic]:
    """Return that many findings, in their order."""
    ranks = list(Severity)
    ranked = sorted(range(len(found)), key=lambda index: ranks.index(found[index].severity))
    return [found[index] for index in sorted(ranked[:count])]


def _compressed_size(text: str) -> int:
    """Return the bytes of a text after gzip; of a small one, those before it."""
    if len(text) <= MOST_BYTES:  # all of it is ASCII
        return len(text)
    import gzip

    return len(gzip.compress(text.encode()))


def _notice(count: int, total: int) -> str:
    return f"the report has the {count:,} most severe of {total:,} findings, as many as GitHub takes; json has all"


def _log(found: list[Diagnostic], total: int) -> str:
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [_run(found, total, repository.root())],
    }
    return json.dumps(log, indent=2) + "\n"


def _run(found: list[Diagnostic], total: int, root: str) -> dict[str, Any]:
    from pathlib import Path

    checkout = {"uri": Path(root).as_uri().rstrip("/") + "/"}
    # GitHub resolves relative locations in the checkout; it needs its path where others are absolute.
    invocation: dict[str, Any] = {"executionSuccessful": True, "workingDirectory": checkout}
    if len(found) < total:
        notification = {"level": "warning", "message": {"text": _notice(len(found), total)}}
        invocation["toolExecutionNotifications"] = [notification]
    return {
        "tool": {"driver": _driver()},
        "invocations": [invocation],
        "originalUriBaseIds": {_ROOT: checkout},
        "columnKind": "unicodeCodePoints",
        "results": list(_results(found, root)),
    }


def _driver() -> dict[str, Any]:
    return {
        "name": "parallel-stage",
        "version": __version__,
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
        artifact, text = _artifact(path, root), file_text.read(path)
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


def _hash(diagnostic: Diagnostic, lines: list[str], hashes: list[str]) -> str:
    """Return the hash of a finding's line.

    Without the file as it was checked, the hash of that line alone.
    """
    if file_text.is_as_checked(diagnostic, lines):
        return hashes[diagnostic.start.line - 1]
    return line_hashes(diagnostic.line_text)[0]

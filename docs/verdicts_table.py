"""The table of docs/contract.md: what AGILAB's checker accepts and ours rejects, of all documents that both judged."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from parallel_stage.lint.rules import RULES
from parallel_stage.wording import shortened

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from agilab_verdicts import verdicts

if TYPE_CHECKING:
    from parallel_stage.lint.diagnostic import Diagnostic

PAGE = Path(__file__).with_name("contract.md")
START, END = "<!-- verdicts: written by `./dev generate` -->\n", "<!-- /verdicts -->\n"
_MOST = 6
_LONGEST, _LONGEST_MESSAGE = 48, 120


def contract_page() -> str:
    """docs/contract.md: the page as it is, with the table made anew."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    return f"{before}{START}\n{table()}\n{END}{rest.partition(END)[2]}"


def table() -> str:
    """Return the table: a row for each rule that rejects what AGILAB's checker does not."""
    rows: dict[tuple[bool, int], dict[str, Diagnostic]] = {}
    order = list(RULES)
    for verdict in verdicts():
        if verdict.theirs is False or verdict.ours:
            continue
        for error in verdict.errors:
            row = rows.setdefault((verdict.theirs is None, order.index(error.rule)), {})
            if len(verdict.errors) == 1:  # else the text has mistakes that are not the rule's
                row.setdefault(_example(error.line_text, verdict.text), error)
    lines = [_row(rows[each], *each) for each in sorted(rows)]
    return "\n".join(["| such as | AGILAB | here |", "|---|---|---|", *lines, ""])


def _row(examples: dict[str, Diagnostic], fails: bool, rule: int) -> str:  # noqa: FBT001 -- the row's key
    found, name = next(iter(examples.values())), list(RULES)[rule]
    shown = ", ".join(f"`{text}`" for text in list(examples)[:_MOST])
    message = shortened(found.message.partition(";")[0], _LONGEST_MESSAGE).replace("|", "\\|")
    return f"| {shown} | {'a traceback' if fails else 'accepted'} | [{name}](rules.md#{name}): {message} |"


def _example(line: str, text: str) -> str:
    if text.startswith("\ufeff"):
        return "a byte order mark"
    line = re.sub(r"(.)\1{99,}", lambda run: f"{run[1] * 3}…{run[1]} ({len(run[0]):,})", line)
    return shortened(line.strip(), _LONGEST).replace("|", "\\|")

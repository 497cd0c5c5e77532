"""What SQL in a text looks at beyond one row."""

from __future__ import annotations

import ast
import re

from parallel_stage.pysource.neighbours.names import NEIGHBOURS, NUMBERS, PARTIAL, SELECTION, WITHIN, Reason

_PATTERNS: tuple[tuple[str, Reason], ...] = (
    (r"\b(lag|lead|first_value|last_value|nth_value)\s*\(", NEIGHBOURS),
    (r"\b(row_number)\s*\(", NUMBERS),
    (r"\b(rank|dense_rank|percent_rank|cume_dist|ntile)\s*\(", WITHIN),
    (r"\b(over)\s*\(", WITHIN),
    (r"\b(select\s+distinct)\b", SELECTION),
    (r"\b(order\s+by)\b", SELECTION),
    (r"\b(group\s+by)\b", PARTIAL),
    (r"\b(sum|avg|count|min|max|stddev|median)\s*\(", PARTIAL),
)
METHODS = frozenset(("sql", "query", "execute", "executemany", "sql_query"))
_LONGEST = 1 << 16


def text_of(node: ast.expr | None) -> str:
    """Return the constant parts of a text, with `?` for the others; empty for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value[:_LONGEST]
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or "?" for part in node.values)[:_LONGEST]
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        return f"{text_of(node.left)}{text_of(node.right) or '?'}" if text_of(node.left) else ""
    return ""


def in_query(text: str) -> tuple[str, Reason] | None:
    """Return the first word of a query that looks beyond one row, as it is shown, and why."""
    if not re.match(r"\s*(select|with|from|create|insert|copy)\b", text, re.IGNORECASE):
        return None
    for pattern, reason in _PATTERNS:
        found = re.search(pattern, text, re.IGNORECASE)
        if found:
            return f"{' '.join(found.group(1).split()).upper()} in SQL", reason
    return None

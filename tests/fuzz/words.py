"""What random bytes would hardly ever spell: the contract's words, and the syntax of its formats."""

from __future__ import annotations

from parallel_stage.contract import schema

_FIELDS = schema.schema()["properties"]
WORDS = [
    *_FIELDS,
    *(choice for name in _FIELDS for choice in schema.choices(name)),
    *('"""', "'''", "[[", "]]", "= {", "\\u00e9", "\\ud800", "1979-05-27T07:32:00Z", "1e+100", "0x1f", "nan", "NaN"),
    *("- ", "? ", "&a ", "*a", "!!str ", "!!binary ", "!!omap ", "|\n", ">-\n", "---\n", "%YAML 1.1\n"),
    *("é", "🐍", "\r\n", "\r", "\u0085", "\u2028", "\ufeff", "\t", "x-", "..", "/", "\\\\", ".py:"),
    *("# parallel-stage: ignore[", "# parallel-stage: ignore-file[", "unknown-key]", "single-worker]"),
]

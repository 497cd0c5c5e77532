"""Rewrites every generated page from the one place where its facts stand; `--check` fails where one would change."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parallel_stage.contract import schema
from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_stage.lint.rules.rule import Rule

DOCS = Path(__file__).resolve().parent
NOTE = "<!-- Written by `./dev generate`; edit {source} instead. -->\n"


def rules_page() -> str:
    """docs/rules.md: the index, then every rule's page as `parallel-stage explain` prints it."""
    index = [f"| [{rule.id}](#{rule.id}) | {rule.severity.value} | {rule.summary} |" for rule in RULES.values()]
    head = (
        NOTE.format(source="the docstrings in `src/parallel_stage/lint/rules/`"),
        "# Rules\n",
        "Only errors fail a check. `parallel-stage explain RULE` prints a page of these.\n",
        "| rule | severity | |\n|---|---|---|\n" + "\n".join(index) + "\n",
    )
    return "\n".join([*head, *map(_rule, RULES.values())])


def _rule(rule: Rule) -> str:
    lines = [f"## {rule.id}\n", f"*{rule.severity.value}*\n"]
    snippet: list[str] = []
    for line in [*rule.page.split("\n"), ""]:
        if line.startswith("    ") or (snippet and not line):
            snippet.append(line.removeprefix("    "))
            continue
        lines += _fenced(snippet)
        snippet = []
        lines += ["", line] if line in ("Bad:", "Good:") and lines[-1] else [line]
    return "\n".join([*lines, *_fenced(snippet)]).rstrip() + "\n"


def _fenced(snippet: list[str]) -> list[str]:
    body = "\n".join(snippet).rstrip()
    return ["", "```toml", body, "```", ""] if body else []


def fields_page() -> str:
    """docs/fields.md: every field of the contract as the schema describes it."""
    contract = schema.schema()
    head = (
        NOTE.format(source=f"`schema/{schema.CONTRACT}.schema.json`"),
        "# The fields of a contract\n",
        contract["description"] + "\n",
    )
    return "\n".join([*head, *_fields(contract, "")])


def _fields(node: dict[str, Any], prefix: str) -> Iterator[str]:
    for name, field in node["properties"].items():
        needed = "required" if name in node.get("required", ()) else "optional"
        kind = " or ".join([field["type"]] if isinstance(field["type"], str) else field["type"])
        yield f"## {prefix}{name}\n\n*{kind}, {needed}*\n\n{field['description']}\n"
        yield from _values(field)
        if "properties" in field:
            yield from _fields(field, f"{prefix}{name}.")


def _values(field: dict[str, Any]) -> Iterator[str]:
    if "enum" in field:
        told = zip(field["enum"], field["enumDescriptions"], strict=True)
        yield "\n".join(f"- `{value}`: {text}" for value, text in told) + "\n"
    if "default" in field:
        yield f"Default: `{json.dumps(field['default'])}`\n"
    if "examples" in field:
        yield f"Examples: {', '.join(f'`{json.dumps(example)}`' for example in field['examples'])}\n"


PAGES: dict[str, Callable[[], str]] = {"rules.md": rules_page, "fields.md": fields_page}


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` only compare them; returns the exit code."""
    stale = [name for name, page in PAGES.items() if _text(DOCS / name) != page()]
    if "--check" in arguments:
        for name in stale:
            print(f"docs/{name} is not what ./dev generate writes", file=sys.stderr)
        return 1 if stale else 0
    for name in stale:
        (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"docs/{name} written")
    return 0


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

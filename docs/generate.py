"""Rewrites every generated file from the one place where its facts stand.

`--check` fails where one would change.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from api_page import api_page
from editor_texts import with_editor_texts
from pages import field_addresses, fields_page, rules_page
from returns_page import returns_page
from terminal import terminal_svg

from parallel_stage.contract import schema

if TYPE_CHECKING:
    from collections.abc import Callable

HOME = Path(__file__).resolve().parents[1]


def contract_schema() -> str:
    """The contract's schema: what is written there, and what editors need of it in keywords of their own."""
    made = with_editor_texts(schema.schema(), field_addresses().__getitem__)
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


FILES: dict[str, Callable[[], str]] = {
    f"schema/{schema.CONTRACT}.schema.json": contract_schema,
    "docs/api.md": api_page,
    "docs/rules.md": rules_page,
    "docs/fields.md": fields_page,
    "docs/returns.md": returns_page,
    "docs/terminal.svg": terminal_svg,
}


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` only compare them; returns the exit code."""
    stale = [name for name, text in FILES.items() if _text(HOME / name) != text()]
    if "--check" in arguments:
        for name in stale:
            print(f"{name} is not what ./dev generate writes", file=sys.stderr)
        return 1 if stale else 0
    for name in stale:
        (HOME / name).write_text(FILES[name](), encoding="utf-8")
        print(f"{name} written")
    return 0


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The messages that docs/distributed.md quotes are those of the program."""

from __future__ import annotations

import re
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
SPECIFIC = ("/share/", "3.11", "3.12", "helper", "30", "45", "Connection refused", "ModuleNotFoundError", "its host is")
"""Parts of quotes that are made when a message is."""


def test_every_quoted_message_is_in_the_source() -> None:
    page = (HOME / "docs" / "distributed.md").read_text(encoding="utf-8")
    source = "\n".join(path.read_text(encoding="utf-8") for path in (HOME / "src").rglob("*.py"))
    quotes = re.findall(r"^\| `([^`]+)`", page, flags=re.MULTILINE)
    assert len(quotes) > 15
    pieces = "|".join(map(re.escape, ("…", *SPECIFIC)))
    fragments = [fragment.strip(" :,/") for quote in quotes for fragment in re.split(pieces, quote)]
    assert [fragment for fragment in fragments if fragment and fragment not in source] == []

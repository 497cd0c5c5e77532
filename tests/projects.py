"""A contract and the modules it needs as one text: the modules stand in its comments, and are unpacked beside it.

function = "my_pipeline.process:process_file"
# my_pipeline/process.py:
#     def process_file(path):
#         return {"bytes": path.stat().st_size}
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MODULE = re.compile(r"^# (\S+\.\w+):\n((?:#(?:     .*)?\n)*)", re.MULTILINE)


def unpack(text: str, directory: Path) -> None:
    """Write the modules in the comments of a contract."""
    for name, body in _MODULE.findall(text + "\n"):
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(line[6:] + "\n" for line in body.splitlines()), encoding="utf-8")

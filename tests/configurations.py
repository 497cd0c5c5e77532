"""Configuration files for tests: written from keys, and any that the schema accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomli_w
from hypothesis import strategies as st

from parallel_stage.lint.config.model import PROJECT_FILE
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rules import RULES

if TYPE_CHECKING:
    from pathlib import Path


def write(directory: Path, text: str, name: str = PROJECT_FILE) -> Path:
    """Put a text into a file of a directory, which need not be there."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return path


def project(directory: Path, **keys: Any) -> Path:
    """A pyproject.toml whose table has these keys, with dashes for underscores."""
    table = {name.replace("_", "-"): value for name, value in keys.items()}
    return write(directory, tomli_w.dumps({"tool": {"parallel-stage": table}}))


RULE_NAMES = st.sampled_from([*RULES, "no-such-rule"])
_PATTERNS = st.sampled_from(["a/", "**/b/*.toml", "!c", "*.draft.parallel_stage.toml", "ä b"])
_KEYS: dict[str, st.SearchStrategy[Any]] = {
    "select": st.lists(RULE_NAMES),
    "ignore": st.lists(RULE_NAMES),
    "severity": st.dictionaries(RULE_NAMES, st.sampled_from([severity.value for severity in Severity])),
    "per-file-ignores": st.dictionaries(_PATTERNS, st.lists(RULE_NAMES)),
    "exclude": st.lists(_PATTERNS),
    "strict": st.booleans(),
    "check-inputs": st.booleans(),
    "markdown": st.booleans(),
    "search-roots": st.lists(st.sampled_from(["lib", "../shared", "/abs"])),
    "baseline": st.sampled_from(["", "old.json"]),
}
CONFIGURATIONS = st.fixed_dictionaries({}, optional=_KEYS)
"""What the schema accepts."""

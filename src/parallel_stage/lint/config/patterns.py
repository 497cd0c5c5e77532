"""Path patterns with the syntax of `.gitignore`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


@lru_cache
def spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    """Return a matcher for patterns. Raise ValueError or re.error where one of them is not a pattern."""
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)


def is_pattern(text: str) -> bool:
    """Whether a text is a pattern."""
    try:
        spec((text,))
    except (ValueError, re.error):
        return False
    return True

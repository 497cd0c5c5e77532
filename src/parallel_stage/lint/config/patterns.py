"""Patterns of paths, as a `.gitignore` has them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


@lru_cache
def spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    """What a `.gitignore` of these lines matches. Raises ValueError or re.error where one of them is no pattern."""
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)


def is_pattern(text: str) -> bool:
    """Whether a text can be read as a pattern."""
    try:
        spec((text,))
    except (ValueError, re.error):
        return False
    return True

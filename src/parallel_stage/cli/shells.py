"""Completion where click and a shell differ on what a word is; importing the module tells click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import BashComplete, FishComplete, add_completion_class

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class BashWords(BashComplete):
    """Takes `single-worker`, `=`, `err` for the one word that they are, and completes its last part."""

    _before = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the whole words before the cursor, and the one at the cursor."""
        args, incomplete = super().get_completion_args()
        words: list[str] = []
        is_open = False
        for word in (*args, incomplete):
            if words and (is_open or word == "="):
                words[-1] += word
            else:
                words.append(word)
            is_open = word == "="
        self._before = "".join(words[-1].rpartition("=")[:2])
        return words[:-1], words[-1]

    def format_completion(self, item: CompletionItem) -> str:
        """Return what bash writes in place of its own word at the cursor."""
        return f"{item.type},{item.value.removeprefix(self._before)}"


class FishWords(FishComplete):
    """Lets a completion and its description have commas: click's script for fish drops what follows them."""

    source_template = FishComplete.source_template.replace(
        'string split "," $completion', 'string split --max 1 "," $completion'
    )


add_completion_class(BashWords)
add_completion_class(FishWords)

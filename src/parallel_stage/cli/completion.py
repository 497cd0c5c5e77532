"""What shells complete beyond the names of options: rules, severities, fields and their values, files.

The functions are those of click's `shell_complete`; its documentation has what they get and return.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_stage.contract import schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from click import Context, Parameter
    from click.shell_completion import CompletionItem

    from parallel_stage.lint.rule import Rule


def rules(_ctx: Context, _param: Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the last of some rule ids with commas between them."""
    before, comma, last = incomplete.rpartition(",")
    given = {name.strip() for name in before.split(",")}
    others = {rule.id: rule.summary for rule in _rules() if rule.can_disable and rule.id not in given}
    return _items(others, last, before + comma)


def severities(_ctx: Context, _param: Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the last of some `RULE=LEVEL` with commas between them."""
    from parallel_stage.lint.diagnostic import Severity

    before, comma, last = incomplete.rpartition(",")
    chosen = [rule for rule in _rules() if rule.can_disable]
    pairs = {f"{rule.id}={level.value}": rule.summary for rule in chosen for level in Severity}
    return _items(pairs, last, before + comma)


def topics(_ctx: Context, _param: Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a rule or a field, or after a field and `=` one of its values."""
    name, equals, value = incomplete.partition("=")
    if not equals:
        fields = {field: schema.describe(field) for field in schema.field_names()}
        return _items({**{rule.id: rule.summary for rule in _rules()}, **fields}, incomplete)
    if name not in schema.field_names():
        return []
    node = schema.field(name)
    values = dict(zip(node.get("enum", ()), node.get("enumDescriptions", ()), strict=True))
    return _items(values, value, f"{name}=")


def files(_ctx: Context, _param: Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete the path of a file."""
    return _of_shell(incomplete, "file")


def directories(_ctx: Context, _param: Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete the path of a directory."""
    return _of_shell(incomplete, "dir")


def _rules() -> Iterable[Rule]:
    from parallel_stage.lint.rules import RULES  # which a run need not load

    return RULES.values()


def _items(words: Mapping[str, str], start: str, before: str = "") -> list[CompletionItem]:
    """Return the words that start so, with what they mean."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(before + word, help=text) for word, text in words.items() if word.startswith(start)]


def _of_shell(incomplete: str, kind: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type=kind)]

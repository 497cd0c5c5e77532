"""Write keys and values in each format, in the style of the text that they replace."""

from __future__ import annotations

import json
import re

from parallel_stage.contract import formats
from parallel_stage.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parallel_stage.contract.formats import Format

_PLAIN_YAML = re.compile(r"[A-Za-z_][\w./*-]*(:[\w./*-]+)?")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BEYOND = 1 << 16  # beyond an escape of four digits; every format allows these characters as they are
_QUOTES = ("'", '"')


def key(name: str, instead: str) -> str:
    """Return a key, quoted like the text that it replaces, or where it has to be."""
    if instead.startswith("'") and "'" not in name:
        return f"'{name}'"
    bare = _BARE_KEY.fullmatch(name) and not instead.startswith('"')
    return name if bare else json.dumps(name, ensure_ascii=False)


def value(format_: Format, wanted: str | int, instead: str = "") -> str:
    """Return a value, quoted like the text that it replaces where possible."""
    if isinstance(wanted, int):
        return json.dumps(wanted)
    single = instead.startswith("'") and "'" not in wanted and wanted.isprintable()
    kind = formats.name(format_)
    if kind != "json" and single:
        return f"'{wanted}'"
    if kind == "yaml" and not instead.startswith(_QUOTES) and _is_plain(format_, wanted):
        return wanted
    # A JSON string is one of YAML and TOML, too, but for characters that these want escaped.
    return "".join(map(_escaped, json.dumps(wanted, ensure_ascii=False)))


def entry(format_: Format, name: str, wanted: str | int) -> str:
    """Return a key with its value, as a line or member."""
    written, kind = value(format_, wanted), formats.name(format_)
    named = key(name, '"' if kind == "json" else "")
    return f"{named} = {written}" if kind == "toml" else f"{named}: {written}"


def _escaped(char: str) -> str:
    return char if char.isprintable() or ord(char) >= _BEYOND else f"\\u{ord(char):04x}"


def _is_plain(format_: Format, wanted: str) -> bool:
    """Whether YAML reads the bare text as that text, wherever it stands."""
    return _PLAIN_YAML.fullmatch(wanted) is not None and format_.parse(f"x: {wanted}") == {"x": wanted}

"""What a module's text may import, found by one regular expression: more than it does, never less.

Parsing the text of 300 modules takes seven times as long. What looks like an import in a text or a comment
is found, too; at worst, a module counts that is not used.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

STAR = "*"

_GAP = rb"(?:[ \t\f]|\\\n)"
_NAME = rb"[A-Za-z_\x80-\xff][0-9A-Za-z_\x80-\xff]*"
_DOTTED = rb"%b(?:%b*\.%b*%b)*" % (_NAME, _GAP, _GAP, _NAME)
_ITEM = rb"%b(?:%b+as\b%b+%b)?" % (_DOTTED, _GAP, _GAP, _NAME)
_ITEMS = rb"%b(?:%b*,%b*%b)*" % (_ITEM, _GAP, _GAP, _ITEM)
_BRACKETS = rb"\([^()#]*(?:#[^\n]*\n[^()#]*)*\)"
_TEXT = rb"""\s*(?:\w+\s*=\s*)?[rRuU]?(["'])([.\w\x80-\xff]+)"""
# Only the keywords are consumed, so that prose with such words hides no import that follows.
_IMPORT = re.compile(
    rb"\bfrom\b%b*((?:\.%b*)*)(%b)?%b*\bimport\b(?=%b*(%b|\*|%b))"
    % (_GAP, _GAP, _DOTTED, _GAP, _GAP, _BRACKETS, _ITEMS)
    + rb"|\bimport\b(?=%b+(%b))" % (_GAP, _ITEMS)
    + rb"|\b(?:import_module|__import__)%b*\((?=(?:%b\5\s*(?:,%b\7\s*)?[,)])?)" % (_GAP, _TEXT, _TEXT)
    + rb"|\b(?:import_module%b+as|spec_from_file_location|SourceFileLoader|run_path|run_module|lazy_loader)\b" % _GAP
)
_COMMENT = re.compile(rb"#[^\n]*")
_BETWEEN = re.compile(rb"[ \t\f\\\n]+")


class Import(NamedTuple):
    """One import, as it is written.

    Attributes:
        level: The number of dots before the module.
        module: The dotted name after them; may be empty.
        names: What is imported from it: names, or a star.
        package: The package that a call names as the one where the dots start; empty for the module's own.
    """

    level: int
    module: str
    names: tuple[str, ...] = ()
    package: str = ""

    def absolute(self, package: str) -> str:
        """Return the full name of the module in a module of a package; empty where there is no such package."""
        if not self.level:
            return self.module
        steps = (self.package or package).split(".")
        kept = steps[: len(steps) - self.level + 1]
        return ".".join(filter(None, (*kept, self.module))) if all(kept) and kept else ""


class Imports(NamedTuple):
    """What a text may import.

    Attributes:
        found: The imports.
        computed: The first line that imports a module by a name that is computed, or by its path; 0 for none.
    """

    found: tuple[Import, ...]
    computed: int


def imports_in(text: bytes) -> Imports:
    """Return the imports in the text of a module, wherever they stand."""
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    found: dict[Import, None] = {}
    computed = 0
    for match in _IMPORT.finditer(text):
        dots, module, names, modules, _, called, _, package = match.groups()
        if names is not None:
            found[Import(dots.count(b"."), _dotted(module or b""), tuple(_items(names)))] = None
        elif modules is not None:
            found.update((Import(0, name), None) for name in _items(modules))
        elif called is not None:
            name = _dotted(called)
            bare = name.lstrip(".")
            found[Import(len(name) - len(bare), bare, (), _dotted(package or b""))] = None
        elif not computed:
            computed = text.count(b"\n", 0, match.start()) + 1
    return Imports(tuple(found), computed)


_EXPORTED = re.compile(rb"""["'](%b)["']""" % _NAME)


def quoted_names(text: bytes) -> tuple[str, ...]:
    """Return the names that a text with `__all__` may list there: a star imports modules by them, too."""
    return tuple(dict.fromkeys(map(_dotted, _EXPORTED.findall(text)))) if b"__all__" in text else ()


def _items(listed: bytes) -> list[str]:
    """Return the names in a list of `name as other`, with or without brackets."""
    items = _COMMENT.sub(b"", listed).strip(b"()").split(b",")
    names = (_BETWEEN.sub(b" ", item).strip() for item in items)
    return [_dotted(name.partition(b" as ")[0]) for name in names if name]


def _dotted(name: bytes) -> str:
    text = _BETWEEN.sub(b"", name).decode("utf-8", "replace")
    return text if text.isascii() else unicodedata.normalize("NFKC", text)

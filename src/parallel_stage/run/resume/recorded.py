"""Inputs as the ledger has them: how each file was when the receipts after it were written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parallel_stage.plan.partition import Identity, Input
from parallel_stage.run.replaced import difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Recorded:
    """An input as the ledger has it last.

    Attributes:
        item: The file.
        host: Where it was looked at: elsewhere its identity means nothing.
        since: The offset in the ledger from which on it has not changed: receipts after that are about it.
    """

    item: Input
    host: str
    since: int

    def is_same(self, now: Input, host: str) -> bool:
        """Whether a file that is looked at now is this one, as far as it can be told."""
        if (now.size, now.mtime_ns) != (self.item.size, self.item.mtime_ns):
            return False
        if host != self.host or self.item.identity is None or now.identity is None:
            return True
        return not difference(now.path, self.item.identity, now.identity)


def record(known: dict[str, Recorded], event: Mapping[str, Any], host: str, offset: int) -> None:
    """Take an `input` event of the ledger into account.

    Raises:
        LookupError, TypeError, ValueError: Where it is none.
    """
    path = event["path"]
    if event["size"] is None:
        known.pop(path, None)
        return
    device, inode, changed, owned, links = event["identity"]
    item = Input(path, event["size"], event["mtime_ns"], Identity(device, inode, changed, tuple(owned), links))
    before = known.get(path)
    since = before.since if before and before.is_same(item, host) else offset
    known[path] = Recorded(item, host, since)


def events(known: Mapping[str, Recorded], inputs: Iterable[Input], host: str) -> Iterator[dict[str, Any]]:
    """Yield the `input` events of what the ledger does not have yet: files that are new, other, or gone."""
    paths = set()
    for item in inputs:
        paths.add(item.path)
        before = known.get(item.path)
        if not before or (before.item, before.item.identity, before.host) != (item, item.identity, host):
            yield _event(item)
    for path in known.keys() - paths:
        yield {"event": "input", "path": path, "size": None}


def _event(item: Input) -> dict[str, Any]:
    return {
        "event": "input",
        "path": item.path,
        "size": item.size,
        "mtime_ns": item.mtime_ns,
        "identity": item.identity,
    }

"""One partition's output inside the part that its task wrote, as the reducers read it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parallel_stage.errors import ReducerFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 1 << 20
"""How much is read at once, in bytes."""


def new_digest() -> hashlib.blake2b:
    """The hash that receipts carry of a partition's output: BLAKE2b of 16 bytes."""
    return hashlib.blake2b(digest_size=16)


@dataclass(frozen=True, slots=True)
class Slice:
    """The output of one partition: `offset <= byte < offset + length` of the file `path`.

    `header` is the length of the header it starts with, in bytes; `suffix` that of a file that would hold it alone;
    `records`, `digest`, `index` and `id` are the receipt's.
    """

    path: Path
    offset: int
    length: int
    header: int
    suffix: str
    digest: str
    records: int
    index: int
    id: str

    def blocks(self) -> Iterator[bytes]:
        """The output, block by block.

        Raises:
            ReducerFailedError: After the last block when the part is not what the receipt says.
        """
        digest, left = new_digest(), self.length
        with self.path.open("rb") as file:
            file.seek(self.offset)
            while left and (block := file.read(min(left, BLOCK))):
                digest.update(block)
                left -= len(block)
                yield block
        if left or digest.hexdigest() != self.digest:
            message = f"{self.path} no longer holds what partition {self.index} wrote (bytes {self.offset} onwards)"
            raise ReducerFailedError(message, "something has changed the run directory; run the stage again")

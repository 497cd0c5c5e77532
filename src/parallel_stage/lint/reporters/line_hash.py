"""The hash by which GitHub's code scanning recognizes a line."""

from __future__ import annotations

import struct
from collections import Counter
from itertools import accumulate

# How many units a hash covers, and its base.
_BLOCK = 100
_BASE = 37
_BITS = (1 << 64) - 1
_SHIFT = pow(_BASE, _BLOCK, 1 << 64)
_END = 0xFFFF


def line_hashes(text: str) -> list[str]:
    r"""Return the hash of each line of a file: digits, a colon, and the number of equal lines so far.

    By it, GitHub's code scanning recognizes a line after the lines around it have moved. Its uploader
    (https://github.com/github/codeql-action/blob/main/src/fingerprints.ts) adds it to results without one, and
    warns about a different one. A hash covers the 100 UTF-16 units from the line's start on, without blanks
    and tabs, all line ends (`\r`, `\n`, `\r\n`) as `\n`, and after the file's end 0xFFFF and then zeros: the
    sum of unit i times 37 ** (99 - i), modulo 2 ** 64.
    """
    units = _units(text)
    # The window's hash is the difference of two hashes that start at the file's start.
    sums = list(accumulate(units, lambda value, unit: (value * _BASE + unit) & _BITS, initial=0))
    starts = [0, *(index for index, unit in enumerate(units, 1) if unit == ord("\n"))]
    seen: Counter[int] = Counter()
    hashes = []
    for start in starts:
        value = (sums[start + _BLOCK] - sums[start] * _SHIFT) & _BITS
        seen[value] += 1
        hashes.append(f"{value:x}:{seen[value]}")
    return hashes


def _units(text: str) -> list[int]:
    kept = text.replace("\r\n", "\n").replace("\r", "\n").replace(" ", "").replace("\t", "")
    encoded = kept.encode("utf-16-le")
    return [*struct.unpack(f"<{len(encoded) // 2}H", encoded), _END, *[0] * (_BLOCK - 1)]

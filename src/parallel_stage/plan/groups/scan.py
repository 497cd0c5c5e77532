"""Read a table once: which keys its records have, how many and how large, and whether equal keys stand together."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from parallel_stage.errors import PlanRefusedError

if TYPE_CHECKING:
    from parallel_stage.plan.groups.batch import Batch
    from parallel_stage.plan.groups.places import Places

MOST_GROUPS = 1_000_000
_MOST_RUNS = 4 * MOST_GROUPS


class Scan:
    """What is known of the records so far.

    Attributes:
        rows: The number of records of each key.
        sizes: Their bytes; of Parquet, their number.
        runs: Where equal keys stand together, in the order of the table; None where a key comes back in a file.
    """

    def __init__(self, places: Places) -> None:
        self.rows = array("q")
        self.sizes = array("q")
        self.runs: Runs | None = Runs()
        self._places = places

    def add(self, path: str, column: str, file: int, batch: Batch) -> None:
        """Add records of a file, which has this number.

        Raises:
            PlanRefusedError: For a record without a key, and for more keys than are planned.
        """
        places = self._places.of(path, column, batch)
        missing = len(self._places.keys_seen) - len(self.rows)
        if missing:
            if len(self._places.keys_seen) > MOST_GROUPS:
                message = f"{column!r} has more than {MOST_GROUPS:,} different values"
                raise PlanRefusedError(message, 'write kind = "key", which puts them into target_partitions buckets')
            self.rows.extend([0] * missing)
            self.sizes.extend([0] * missing)
        rows, sizes = self.rows, self.sizes
        for place, start, end in zip(places, batch.starts, batch.ends, strict=True):
            rows[place] += 1
            sizes[place] += end - start
        if self.runs is not None and not self.runs.add(file, places, batch):
            self.runs = None


class Runs:
    """Ranges of files whose records have one key.

    Attributes:
        places: The place of the key of each.
        files: The number of its file.
        starts, ends: Its range: bytes, or rows of Parquet.
    """

    def __init__(self) -> None:
        self.places = array("q")
        self.files = array("q")
        self.starts = array("q")
        self.ends = array("q")
        self._last_file = array("q")  # in which each key was seen

    def add(self, file: int, places: list[int], batch: Batch) -> bool:
        """Add records; False where a key comes back in its file, or there are too many ranges."""
        last = self.places[-1] if self.files and self.files[-1] == file else -1
        self._last_file.extend([-1] * (max(places, default=0) + 1 - len(self._last_file)))
        offset = batch.offset
        for place, start, end in zip(places, batch.starts, batch.ends, strict=True):
            if place != last:
                if self._last_file[place] == file or len(self.places) >= _MOST_RUNS:
                    return False
                self._last_file[place] = file
                self.places.append(place)
                self.files.append(file)
                self.starts.append(offset + start)
                self.ends.append(offset + end)
                last = place
            else:
                self.ends[-1] = offset + end
        return True

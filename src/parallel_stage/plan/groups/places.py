"""The place of each record's key among the keys of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parallel_stage.plan.groups.batch import unfit_record
from parallel_stage.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_stage.errors import PlanRefusedError
    from parallel_stage.plan.groups.batch import Batch

_REMEMBERED = 1 << 18
"""The most values whose key is remembered."""
_LONGEST = 60
_NULL = "null"


class Places(dict[Any, int]):
    """The place of each value's key, in the order of their first appearance.

    Values are remembered, up to a number; keys are all in `keys_seen`. A value that is None means that the record
    has no such column, as a JSON object may; then it is null.

    Attributes:
        keys_seen: The place of each key.
        has_values: Whether a record had the column.
    """

    def __init__(self, key_of: Callable[[str], str], encoding: str) -> None:
        """Take what gives the key of a text, and the encoding of values that are bytes."""
        super().__init__()
        self.keys_seen: dict[str, int] = {}
        self.has_values = False
        self._key_of = key_of
        self._encoding = encoding

    def __missing__(self, value: Any) -> int:
        """Return the place of the key of a value that is not remembered.

        Raises:
            ValueError: Where it has no key; with a predicate.
        """
        self.has_values = self.has_values or value is not None
        text = value.decode(self._encoding) if isinstance(value, bytes) else _NULL if value is None else value
        place = self.keys_seen.setdefault(self._key_of(text), len(self.keys_seen))
        if len(self) >= _REMEMBERED:
            self.clear()
        self[value] = place
        return place

    def of(self, path: str, column: str, batch: Batch) -> list[int]:
        """Return the place of each record's key.

        Raises:
            PlanRefusedError: For a value that has no key; with its record.
        """
        try:
            return list(map(self.__getitem__, batch.values))
        except ValueError:
            raise self._unfit(path, column, batch) from None

    def _unfit(self, path: str, column: str, batch: Batch) -> PlanRefusedError:
        for record, value in enumerate(batch.values):
            try:
                self[value]
            except UnicodeDecodeError:
                fault = f"{column} is {value[:_LONGEST]!r}, which is not {self._encoding}"
                hint = "set input_format.encoding to what it is"
            except ValueError as error:
                text = value if isinstance(value, str) else repr(value.decode(self._encoding))
                fault = f"{column} is {shortened(text, _LONGEST)}, which {error}"
                hint = "correct the record, or choose another column or kind"
            else:
                continue
            return unfit_record(path, batch.first + record, batch.offset + batch.starts[record], fault, hint)
        raise AssertionError("every value has a key now")

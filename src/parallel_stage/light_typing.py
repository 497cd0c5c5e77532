"""What a check needs of `typing`, the import of which would take a tenth of its time: two names.

To a type checker both are those of `typing`. Every module that a check loads uses these; a test holds that none
loads `typing`.
"""

from __future__ import annotations

from operator import itemgetter

__all__ = ["TYPE_CHECKING", "NamedTuple"]

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:

    class _Fields(type):
        """Makes a class of named tuples of a class body, whose annotations are postponed."""

        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            fields = tuple(body.get("__annotations__", ()))
            defaults = {field: body.pop(field) for field in fields if field in body}
            getters = {field: property(itemgetter(place)) for place, field in enumerate(fields)}
            facts = {"_fields": fields, "_field_defaults": defaults, "__match_args__": fields, "__slots__": ()}
            return super().__new__(cls, name, bases, {**body, **getters, **facts})

    _tuple_of = tuple.__new__

    class NamedTuple(tuple, metaclass=_Fields):  # noqa: SLOT001 -- the metaclass sets them
        """A tuple with names for its values, like that of `typing`; its class takes a tenth of the time to make."""

        def __new__(cls, *values: Any, **named: Any) -> NamedTuple:  # noqa: PYI034 -- Self comes with Python 3.11
            """Make a tuple of the values of all fields, of which those with defaults may be missing."""
            if named or len(values) != len(cls._fields):
                values = _bound(cls, values, named)
            return _tuple_of(cls, values)

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

        def __repr__(self) -> str:
            shown = ", ".join(f"{field}={value!r}" for field, value in self._asdict().items())
            return f"{type(self).__name__}({shown})"

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def _replace(self, **changes: Any) -> NamedTuple:
            values = [changes.pop(field, value) for field, value in zip(self._fields, self, strict=True)]
            return type(self)(*values, **changes)

    def _bound(cls: type[NamedTuple], values: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
        """Return the values of all fields in order. Raise TypeError where they do not fit."""
        missing = cls._fields[len(values) :]
        defaults = cls._field_defaults
        try:
            found = [*values, *(named.pop(each) if each in named else defaults[each] for each in missing)]
        except KeyError:
            found = []
        if named or len(found) != len(cls._fields):
            raise TypeError(
                f"{cls.__name__} has the fields {', '.join(cls._fields)}; given: {len(values)}, and {[*named]}"
            )
        return found

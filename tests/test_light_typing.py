"""The named tuples of a check are like those of `typing`."""

from __future__ import annotations

import copy
import pickle
import typing
from typing import Any

import pytest

from parallel_stage import light_typing


class Light(light_typing.NamedTuple):
    """A place."""

    line: int
    column: int = 1
    text: str = ""

    @property
    def shown(self) -> str:
        return f"{self.line}:{self.column}"


class Heavy(typing.NamedTuple):
    """A place."""

    line: int
    column: int = 1
    text: str = ""

    @property
    def shown(self) -> str:
        return f"{self.line}:{self.column}"


BOTH = pytest.mark.parametrize("place", [Light, Heavy])


@BOTH
def test_values_are_given_by_place_and_by_name(place: Any) -> None:
    made = place(3, text="a")
    assert made == (3, 1, "a") == place(3, 1, "a") == place(text="a", line=3)
    assert (made.line, made.column, made.text, made.shown) == (3, 1, "a", "3:1")
    assert hash(made) == hash((3, 1, "a"))
    assert [*made] == [3, 1, "a"]
    assert repr(made) == f"{place.__name__}(line=3, column=1, text='a')"
    match made:
        case place(line, column):
            assert (line, column) == (3, 1)


@BOTH
@pytest.mark.parametrize(
    ("values", "named"), [((), {}), ((1, 2, "a", 4), {}), ((1,), {"line": 2}), ((1,), {"row": 2}), ((), {"column": 1})]
)
def test_values_that_do_not_fit_are_refused(place: Any, values: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        place(*values, **named)


@BOTH
def test_a_value_is_replaced_in_a_copy_only(place: Any) -> None:
    made = place(3)
    assert made._replace(column=2) == (3, 2, "")
    assert made == (3, 1, "")
    with pytest.raises(AttributeError):
        made.line = 4
    with pytest.raises(AttributeError):
        made.other = 4
    with pytest.raises((TypeError, ValueError)):
        made._replace(row=1)


@BOTH
def test_it_is_pickled_and_copied_with_its_class(place: Any) -> None:
    made = place(3)
    for again in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made)):  # noqa: S301 -- its own
        assert again == made
        assert type(again) is place
    assert made._asdict() == {"line": 3, "column": 1, "text": ""}
    assert place.__doc__ == "A place."

"""Read the grid file of a parameter sweep: JSON, YAML, TOML, CSV or JSON Lines."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

from parallel_stage.errors import PlanRefusedError
from parallel_stage.plan import listing
from parallel_stage.plan.splits.counting import UncountableError
from parallel_stage.plan.splits.sweep import Grid, grid_of_axes, grid_of_items

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parallel_stage.plan.partition import Input

_EXPLICIT = ("grid", "items", "include", "exclude")
_SUFFIXES = (".json", ".yaml", ".yml", ".toml", ".csv", ".jsonl", ".ndjson")
_MOST_SETS = (1 << 63) - 1
_PLAIN = frozenset((str, int, bool, type(None)))


class EmptyGridError(PlanRefusedError):
    """A grid without a parameter set (exit 4)."""


def grid_in(inputs: Sequence[Input], name: str, root: str) -> Grid:
    """Return the grid of a sweep from its input: one file, which `name` matches. Raise as `grid_of` does."""
    if len(inputs) > 1:
        message = f"input {name!r} matches {len(inputs)} files, but a parameter sweep has one grid file"
        raise PlanRefusedError(message, f"name one of them, such as {inputs[0].path!r}")
    return grid_of(os.path.join(root, inputs[0].path))


def grid_of(path: str) -> Grid:
    """Return the grid in a file, by its suffix.

    A list is taken item by item. An object is a grid: each key with a list is an axis, each other value is
    the same in every set. An object whose keys are all of `grid`, `items`, `include`, `exclude` is the
    explicit form: the sets of `grid` (one object, or a list of them), then `items`, then `include`, without
    those that match an entry of `exclude` in every key it has. JSONL has an item per line, CSV one per row; a
    cell is JSON where it parses as such, else text.

    Raises:
        EmptyGridError: For an axis without values, and a grid without items.
        PlanRefusedError: For another suffix, a file that cannot be parsed, and a value that is not JSON's (a
            date, NaN); with the line or the key.
        OSError: Where it cannot be read.
    """
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in _SUFFIXES:
        message = f"the grid {path} has the suffix {suffix!r}, which is none of {', '.join(_SUFFIXES)}"
        raise PlanRefusedError(message, "write the grid in one of these formats")
    # What is streamed is read once now, too: a mistake in the last line is found before anything runs.
    if suffix == ".csv":
        found = grid_of_items(lambda: (item for _, item in listing.items_of(path)))
    elif suffix in (".jsonl", ".ndjson"):
        found = grid_of_items(lambda: (value for _, value in listing.values_of(path)))
    else:
        data = listing.data_of(path)
        _refuse_odd(path, "", data)
        found = _declared(path, data)
    if not found.count:
        raise EmptyGridError(f"the grid {path} has no parameter set", "add an item, or exclude fewer")
    return found


def _declared(path: str, data: Any) -> Grid:
    if isinstance(data, list):
        return grid_of_items(lambda: iter(data), is_list=True)
    if not isinstance(data, dict) or not data:
        message = f"the grid {path} is neither a list of items nor an object of axes"
        raise PlanRefusedError(message, 'write such as {"alpha": [1, 2], "beta": [3]}')
    explicit = [key for key in data if key in _EXPLICIT]
    if not explicit:
        return grid_of_axes([_axes(path, "", data)])
    if len(explicit) < len(data):
        other = next(key for key in data if key not in _EXPLICIT)
        message = f"the grid {path} has {explicit[0]!r}, of the explicit form, beside {other!r}"
        raise PlanRefusedError(message, "move the axes under the key 'grid'")
    items = [*_list(path, data, "items"), *_list(path, data, "include")]
    try:
        return grid_of_axes(_grids(path, data), items, _exclusions(path, data))
    except UncountableError:
        message = f"the grid {path}: the entries of 'exclude' overlap in too many ways to count what they leave"
        raise PlanRefusedError(message, "name fewer axes in them, or write the parameter sets under 'items'") from None


def _grids(path: str, data: Mapping[str, Any]) -> list[dict[str, list[Any]]]:
    grids = data.get("grid", [])
    if not isinstance(grids, list):
        return [_axes(path, "grid", grids)]
    return [_axes(path, f"grid[{place}]", axes) for place, axes in enumerate(grids)]


def _axes(path: str, route: str, data: Any) -> dict[str, list[Any]]:
    if not isinstance(data, dict) or not data:
        raise PlanRefusedError(
            f"the grid {path}: {route!r} is not an object of axes", "write a key with a list an axis"
        )
    axes = {key: value if isinstance(value, list) else [value] for key, value in data.items()}
    where = f" of {route!r}" if "[" in route else ""
    for key, values in axes.items():
        if not values:
            message = (
                f"the grid {path}: the axis {key!r}{where} has no values, so that there is no parameter set at all"
            )
            raise EmptyGridError(message, "give it a value, or remove it")
    if math.prod(map(len, axes.values())) > _MOST_SETS:
        message = f"the grid {path}: the axes{where} multiply to more than {_MOST_SETS:,} parameter sets"
        raise PlanRefusedError(message, "give them fewer values")
    return axes


def _list(path: str, data: Mapping[str, Any], key: str) -> list[Any]:
    found = data.get(key, [])
    if not isinstance(found, list):
        raise PlanRefusedError(f"the grid {path}: {key!r} is not a list", "write a list of parameter sets")
    return found


def _exclusions(path: str, data: Mapping[str, Any]) -> list[Any]:
    found = _list(path, data, "exclude")
    if {} in found:
        message = f"the grid {path}: item {found.index({}) + 1} of 'exclude' is empty, which would drop everything"
        raise PlanRefusedError(message, "name the keys and values to drop, or remove it")
    return found


def _refuse_odd(path: str, route: str, value: Any) -> None:
    """Refuse values that JSON does not have: a grid means the same in every format."""
    if isinstance(value, (dict, list)):
        if value and route.count("[") + route.count(".") >= listing.DEEPEST:
            raise PlanRefusedError(f"the grid {path} is nested deeper than {listing.DEEPEST} levels", "flatten it")
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if type(inner) not in _PLAIN:  # of millions of values, few need a route
                _refuse_odd(path, _below(route, step, value), inner)
    elif not (value is None or isinstance(value, (str, int)) or (isinstance(value, float) and math.isfinite(value))):
        message = f"the grid {path}: {route} is {value!r}, which JSON cannot hold"
        raise PlanRefusedError(message, "write it in quotes and convert it in the function")


def _below(route: str, step: object, parent: object) -> str:
    if isinstance(parent, list):
        return f"{route}[{step}]"
    return f"{route}.{step}" if route else str(step)

"""Parameter sweeps: the sets of a grid, enumerated on demand, so millions need no memory."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from parallel_stage.plan.partition import Parameters
from parallel_stage.plan.splits.exclusion import Exclusion
from parallel_stage.plan.splits.product import Product

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Grid:
    """The parameter sets of a grid file. Iterating yields each set with the weight 1, and can be repeated.

    Attributes:
        products: The sets of each grid of axes, without those that `exclusion` drops.
        items: Returns the items after them, from which `exclusion` drops some, too.
        exclusion: What is dropped.
        count: The number of sets.
        is_list: Whether the file is a list, taken item by item.
    """

    products: tuple[Product, ...]
    items: Callable[[], Iterator[Any]]
    exclusion: Exclusion
    count: int
    is_list: bool

    def __iter__(self) -> Iterator[tuple[Parameters, int]]:
        for values in chain(*self.products, _kept(self.items(), self.exclusion)):
            yield Parameters(values), 1


def grid_of_axes(
    grids: Sequence[Mapping[str, Sequence[Any]]], items: Sequence[Any] = (), exclude: Sequence[Any] = ()
) -> Grid:
    """Return the grid of the products of some axes and of items, with its sets counted.

    Raises:
        UncountableError: Where what `exclude` leaves cannot be counted.
    """
    exclusion = Exclusion(exclude)
    products = tuple(Product(axes, exclusion.entries) for axes in grids)
    count = sum(found.count for found in products) + sum(1 for _ in _kept(items, exclusion))
    return Grid(products, lambda: iter(items), exclusion, count, is_list=False)


def grid_of_items(items: Callable[[], Iterator[Any]], *, is_list: bool = False) -> Grid:
    """Return the grid of items that are read whenever they are wanted, or, as a list, kept."""
    return Grid((), items, Exclusion(), sum(1 for _ in items()), is_list=is_list)


def _kept(items: Iterator[Any] | Sequence[Any], exclusion: Exclusion) -> Iterator[Any]:
    return (item for item in items if not exclusion.drops(item)) if exclusion.entries else iter(items)

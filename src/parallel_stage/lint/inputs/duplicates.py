"""Equal parameter sets in a grid, found without enumerating it."""

from __future__ import annotations

import hashlib
import json
from itertools import combinations, islice
from typing import TYPE_CHECKING, Any

from parallel_stage.plan.splits.counting import UncountableError
from parallel_stage.plan.splits.product import Product
from parallel_stage.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from parallel_stage.plan.splits.sweep import Grid

    Digests = dict[str, set[bytes]]

ITEMS = 100_000
"""The most items that are compared, which bounds the memory; axes are compared whole."""

GRIDS = 100
"""The most grids of a list that are compared with each other and with items."""

_WIDEST = 60


def repeats(grid: Grid) -> Iterator[str]:
    """Yield every value of an axis and every item that is repeated, as clauses; positions count from 1.

    Where no axis repeats a value, the sets of its product are all different, and only products and items are
    compared, without what the grid excludes.

    Raises:
        PlanRefusedError: Where the file is no longer a grid.
        OSError: Where it cannot be read.
    """
    digests = [_digests(product.axes) for product in grid.products[:GRIDS]]
    for number, product in enumerate(grid.products, start=1):
        yield from _repeated_values(product, f" of grid {number}" if len(grid.products) > 1 else "")
    yield from _common_sets(grid.products, digests, grid)
    for place, item in _items(grid):
        if any(_in_product(item, axes) for axes in digests):
            yield f"item {place} ({_shown(item)}) equals a set of the axes"
    for place, first, item in _again(_items(grid)):
        yield f"item {place} ({_shown(item)}) equals item {first}"


def _digests(axes: Mapping[str, Sequence[Any]]) -> Digests:
    return {name: set(map(digest, values)) for name, values in axes.items()}


def _repeated_values(product: Product, where: str) -> Iterator[str]:
    for name, values in product.axes.items():
        for place, first, value in _again(enumerate(values, start=1)):
            yield f"value {place} of the axis {name!r}{where} ({_shown(value)}) equals value {first}"


def _common_sets(products: Sequence[Product], digests: Sequence[Digests], grid: Grid) -> Iterator[str]:
    """Yield a clause for each pair of products that have sets in common."""
    for earlier, later in combinations(range(len(digests)), 2):
        other, axes = digests[earlier], products[later].axes
        if other.keys() == axes.keys() and all(digests[later][name] & other[name] for name in axes):
            common = {name: [value for value in axes[name] if digest(value) in other[name]] for name in axes}
            if _is_kept(common, grid):
                yield f"grid {later + 1} has parameter sets of grid {earlier + 1}, too"


def _is_kept(axes: Mapping[str, Sequence[Any]], grid: Grid) -> bool:
    """Whether the grid does not exclude every set of some axes."""
    try:
        return Product(axes, grid.exclusion.entries).count > 0
    except UncountableError:
        return True


def _items(grid: Grid) -> Iterator[tuple[int, Any]]:
    """Yield the items with their positions in the file, without those that are excluded."""
    for place, item in enumerate(islice(grid.items(), ITEMS), start=1):
        if not grid.exclusion.drops(item):
            yield place, item


def _again(values: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, int, Any]]:
    """Yield each repeated value, with its position and that of the first one."""
    seen: dict[bytes, int] = {}
    for place, value in values:
        first = seen.setdefault(digest(value), place)
        if first != place:
            yield place, first, value


def _in_product(item: Any, axes: Digests) -> bool:
    same_keys = isinstance(item, dict) and item.keys() == axes.keys()
    return same_keys and all(digest(value) in axes[name] for name, value in item.items())


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return shortened(text, _WIDEST)


def digest(value: Any) -> bytes:
    """Return 16 bytes that are the same for values that JSON has equal (1 is 1.0, true is not 1)."""
    text = json.dumps(value)
    plain = json.loads(text, parse_float=_number)
    return hashlib.blake2b(json.dumps(plain, sort_keys=True).encode(), digest_size=16).digest()


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value

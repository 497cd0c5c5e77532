"""Rules about grids: a parameter sweep has parameter sets, and each of them once."""

from __future__ import annotations

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Finding, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.lint.rule import Subject


@rule(Severity.ERROR, "split", "input", since="0.1.0", reads_data=True)
def grid_invalid(subject: Subject) -> Iterator[Finding]:
    """The grid of a parameter sweep cannot be read.

    It is one file: JSON, YAML, TOML, CSV or JSONL, holding a list of items, or an object of axes. Its values
    must be such as JSON has, so that a grid means the same in every format. There is no good reason to ignore
    it: a run stops before its first parameter set.

    Bad:
        split = "parameter-sweep"
        partition_strategy = "parameter-items"
        target_partitions = 0
        input = "grid.json"
        # grid.json:
        #     {"alpha": [1, 2], "beta": [0.5, NaN]}

    Good:
        split = "parameter-sweep"
        partition_strategy = "parameter-items"
        target_partitions = 0
        input = "grid.json"
        # grid.json:
        #     {"alpha": [1, 2], "beta": [0.5, 1.5]}
    """
    from parallel_stage.errors import ParallelStageError
    from parallel_stage.lint.inputs.inspect import inspect_inputs
    from parallel_stage.plan.splits.grid import EmptyGridError

    inspection = inspect_inputs(subject)
    if isinstance(inspection.grid, ParallelStageError) and not isinstance(inspection.grid, EmptyGridError):
        yield Finding(inspection.message(inspection.grid), ("input",))


@rule(Severity.ERROR, "split", "input", since="0.1.0", reads_data=True)
def grid_empty(subject: Subject) -> Iterator[Finding]:
    """The grid of a parameter sweep has no parameter set.

    An axis without values leaves nothing of the product, and `exclude` may drop all that there is. Ignore it
    where the grid is filled later than the check, as by an earlier stage.

    Bad:
        split = "parameter-sweep"
        partition_strategy = "parameter-items"
        target_partitions = 0
        input = "grid.json"
        # grid.json:
        #     {"alpha": [1, 2], "beta": []}

    Good:
        split = "parameter-sweep"
        partition_strategy = "parameter-items"
        target_partitions = 0
        input = "grid.json"
        # grid.json:
        #     {"alpha": [1, 2]}
    """
    from parallel_stage.lint.inputs.inspect import inspect_inputs
    from parallel_stage.plan.splits.grid import EmptyGridError

    inspection = inspect_inputs(subject)
    if isinstance(inspection.grid, EmptyGridError):
        yield Finding(inspection.message(inspection.grid), ("input",))


@rule(Severity.WARNING, "split", "input", since="0.1.0", reads_data=True)
def grid_duplicates(subject: Subject) -> Iterator[Finding]:
    """Parameter sets of the grid are equal.

    The function does the same work twice, and its results stand twice in the output. Values are equal as JSON
    has it: 1 is 1.0, and true is not 1. Axes are compared whole, of the items the first 100,000, counted from
    1 (those of `include` behind those of `items`). Ignore it where the function is to be run again, as for a
    random start.

    Bad:
        split = "parameter-sweep"
        partition_strategy = "parameter-items"
        target_partitions = 0
        input = "grid.json"
        # grid.json:
        #     {"alpha": [1, 2, 1.0]}

    Good:
        split = "parameter-sweep"
        partition_strategy = "parameter-items"
        target_partitions = 0
        input = "grid.json"
        # grid.json:
        #     {"alpha": [1, 2, 1.5]}
    """
    from parallel_stage.errors import ParallelStageError
    from parallel_stage.lint.inputs.duplicates import repeats
    from parallel_stage.lint.inputs.inspect import inspect_inputs

    inspection = inspect_inputs(subject)
    grid = inspection.grid
    if grid is None or isinstance(grid, ParallelStageError):
        return
    found = inspection.attempt(lambda: [*repeats(grid)])
    if isinstance(found, ParallelStageError):
        yield Finding(inspection.message(found), ("input",))
    elif found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        what = "parameter sets are equal" if inspection.is_outside else f"{found[0]}{more}"
        message = f'input is "{subject.fields["input"]}", where {what}; write every parameter set once'
        yield Finding(message, ("input",))


@rule(Severity.WARNING, "split", "input", since="0.1.0", reads_data=True)
def grid_not_expanded(subject: Subject) -> Iterator[Finding]:
    """The items of a list look like grids, but each is one parameter set.

    A list is taken item by item, as it is. Where all items are objects of which every value is a list, a list
    of grids is likely meant, as scikit-learn's `ParameterGrid` takes it: that stands under the key `grid`, and
    gives the sets of each in turn. Ignore it where the function is to get the lists.

    Bad:
        split = "parameter-sweep"
        partition_strategy = "parameter-items"
        target_partitions = 0
        input = "grid.json"
        # grid.json:
        #     [{"kernel": ["linear"], "C": [1, 10]},
        #      {"kernel": ["rbf"], "C": [1, 10], "gamma": [0.1, 0.2]}]

    Good:
        split = "parameter-sweep"
        partition_strategy = "parameter-items"
        target_partitions = 0
        input = "grid.json"
        # grid.json:
        #     {"grid": [{"kernel": ["linear"], "C": [1, 10]},
        #               {"kernel": ["rbf"], "C": [1, 10], "gamma": [0.1, 0.2]}]}
    """
    from parallel_stage.errors import ParallelStageError
    from parallel_stage.lint.inputs.inspect import inspect_inputs

    inspection = inspect_inputs(subject)
    grid = inspection.grid
    if grid is None or isinstance(grid, ParallelStageError) or not grid.is_list:
        return
    if all(
        isinstance(item, dict) and item and all(isinstance(v, list) for v in item.values()) for item in grid.items()
    ):
        what = "a list, each item of which is one parameter set, though all its values are lists"
        hint = "if the items are grids, put the list under the key 'grid'"
        yield Finding(f'input is "{subject.fields["input"]}", {what}; {hint}', ("input",))


@rule(Severity.WARNING, "split", "input", since="0.1.0", reads_data=True)
def exclude_matches_nothing(subject: Subject) -> Iterator[Finding]:
    """An entry of the grid's `exclude` matches no parameter set.

    A mistyped key or value excludes nothing, and what was to be left out is computed. An entry matches the
    sets that are equal to it in every key that it has, as JSON has it: 1 is 1.0, and "1" is not 1. Ignore it
    where entries are written for sets that the grid has only at times.

    Bad:
        split = "parameter-sweep"
        partition_strategy = "parameter-items"
        target_partitions = 0
        input = "grid.json"
        # grid.json:
        #     {"grid": {"alpha": [1, 2], "beta": [3, 4]}, "exclude": [{"aplha": 1}]}

    Good:
        split = "parameter-sweep"
        partition_strategy = "parameter-items"
        target_partitions = 0
        input = "grid.json"
        # grid.json:
        #     {"grid": {"alpha": [1, 2], "beta": [3, 4]}, "exclude": [{"alpha": 1}]}
    """
    from parallel_stage.errors import ParallelStageError
    from parallel_stage.lint.inputs.inspect import inspect_inputs
    from parallel_stage.plan.splits.unmatched import unmatched

    inspection = inspect_inputs(subject)
    grid = inspection.grid
    if grid is None or isinstance(grid, ParallelStageError):
        return
    if found := unmatched(grid):
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        what = "entries of exclude match no parameter set" if inspection.is_outside else f"{found[0]}{more}"
        yield Finding(f'input is "{subject.fields["input"]}", where {what}; correct or remove it', ("input",))


RULES = (grid_invalid, grid_empty, grid_duplicates, grid_not_expanded, exclude_matches_nothing)

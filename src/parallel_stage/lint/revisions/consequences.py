"""What follows from the difference of two versions of a valid contract: findings at the changed keys."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_stage.contract.schema import choices, default
from parallel_stage.contract.schema import field as field_schema
from parallel_stage.lint.rule import Finding
from parallel_stage.lint.rules.changes import (
    CONSUMERS_BREAK,
    CUTS_CHANGE,
    ONLY_EXECUTION_CHANGES,
    RESULT_CHANGES,
)
from parallel_stage.plan import policy
from parallel_stage.plan.dialect import kind_of_name
from parallel_stage.wording import plural, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parallel_stage.lint.rule import Rule

    Fields = Mapping[str, Any]
    Consequence = tuple[Rule, Finding]

_LONGEST = 120
_NAMED = 5
_CUTS = ("partition_strategy", "target_partitions", "min_partitions_per_worker", "workers")
_EXECUTION = ("backend", "threads_per_worker")
_SPLITTABLE = "input_format.splittable"
_TABLES = ("input_format", "partition_by")
_MACHINES = (1, 1_000_003)
"""Numbers of cores: what is cut alike with both is cut alike on every machine."""


class Ids(NamedTuple):
    """How many partitions, by their ids, are in both versions, and in one of them only, with the data of now."""

    kept: int
    added: int
    dropped: int


class Change(NamedTuple):
    """Two versions of a contract.

    Attributes:
        old: The data of the old one, valid.
        new: The data of the new one, valid.
        name: What the old one is called, as in `was 1 in NAME`.
        old_directory: Where relative paths of the old one start, in the work tree.
        new_directory: Where those of the new one start.
        modules: The modules of the function's code that differ.
        reducer_modules: Those of the code of `reducer_function`.
        ids: The ids of partitions, where data was read.
    """

    old: Fields
    new: Fields
    name: str
    old_directory: str
    new_directory: str
    modules: tuple[str, ...] = ()
    reducer_modules: tuple[str, ...] = ()
    ids: Ids | None = None


def consequences(change: Change) -> Iterator[Consequence]:
    """Yield what follows from a change, field by field; nothing where the versions mean the same."""
    yield from _result(change)
    yield from _cuts(change)
    yield from _consumers(change)
    for field in _EXECUTION:
        if _value(change.old, field) != _value(change.new, field):
            yield _execution(change, field)


def _result(change: Change) -> Iterator[Consequence]:
    code = {"function": change.modules, "reducer_function": change.reducer_modules}
    for field in ("function", "split", "input", "reducer", "reducer_function"):
        if _value(change.old, field) != _value(change.new, field):
            yield (
                RESULT_CHANGES,
                Finding(f"{_was(change, field)}: {_of_result(field)}; {_reuse(change, field)}", (field,)),
            )
        elif modules := code.get(field):
            listed = ", ".join(modules[:_NAMED]) + (", …" if len(modules) > _NAMED else "")
            message = f"the code of {change.new[field]} is another than in {change.name}, in {listed}"
            yield RESULT_CHANGES, Finding(f"{message}; {_reuse(change, field)}", (field,))
    for table in _TABLES:
        for field in _fields_of(change, table):
            if field != "input_format.splittable" and _table_value(change.old, field) != _table_value(
                change.new, field
            ):
                message = f"{_was(change, field)}: {_of_result(table)}; {_reuse(change, table)}"
                yield RESULT_CHANGES, Finding(message, tuple(field.split(".")))
    if _is_bucketed(change) and change.old["target_partitions"] != change.new["target_partitions"]:
        message = f"{_was(change, 'target_partitions')}: it is the number of buckets; {_reuse(change, 'partition_by')}"
        yield RESULT_CHANGES, Finding(message, ("target_partitions",))


def _of_result(field: str) -> str:
    if field == "input":
        return "other data is read"
    if field in _TABLES:
        return "the same data is read otherwise"
    return "the same data gives another result"


def _reuse(change: Change, field: str) -> str:
    """Return what a resumed run can keep, as a clause."""
    if change.old["reducer"] != change.new["reducer"]:
        return "no partition stays reusable on resume"
    if change.ids:
        total = change.ids.kept + change.ids.added
        return f"{change.ids.kept:,} of {plural(total, 'partition')} {_stay(change.ids.kept)} reusable on resume"
    if field == "reducer_function":
        return "partitions stay reusable on resume, and are merged again"
    if field == "input":
        return "partitions of files in both inputs stay reusable on resume"
    return "no partition stays reusable on resume"


def _stay(count: int) -> str:
    return "stays" if count == 1 else "stay"


def _cuts(change: Change) -> Iterator[Consequence]:
    """Yield what the fields that decide the cuts do: they change them, or not, and then only the execution."""
    names = [field for field in _CUTS if change.old[field] != change.new[field]]
    if _is_bucketed(change) and "target_partitions" in names:
        names.remove("target_partitions")
    before, after = _cut_by(change.old), _cut_by(change.new)
    counting = [field for field in names if _cut_by({**change.new, field: change.old[field]}) != after]
    for field in names:
        if before != after and field in (counting or names) and not _same_ids(change):
            yield CUTS_CHANGE, Finding(f"{_was(change, field)}: {_of_cuts(change)}", (field,))
        else:
            yield _execution(change, field)
    if before == after and _splittable_counts(change) and not _same_ids(change):
        yield CUTS_CHANGE, Finding(f"{_was(change, _SPLITTABLE)}: {_of_cuts(change)}", tuple(_SPLITTABLE.split(".")))


def _splittable_counts(change: Change) -> bool:
    before, after = (_table_value(each, _SPLITTABLE) for each in (change.old, change.new))
    return before != after and change.new["partition_strategy"] in policy.CHUNK_STRATEGIES


def _same_ids(change: Change) -> bool:
    return change.ids is not None and not (change.ids.added or change.ids.dropped)


def _of_cuts(change: Change) -> str:
    said = "the same data is cut into other partitions"
    if not change.ids:
        return f"{said}; those that are in both stay reusable on resume"
    return f"{said}: {change.ids.added:,} added, {change.ids.dropped:,} dropped, {change.ids.kept:,} kept"


def _cut_by(fields: Fields) -> tuple[Any, ...]:
    """Return what decides the cuts besides the data: equal for two contracts that cut all data alike."""
    strategy, by = fields["partition_strategy"], fields.get("partition_by")
    if fields["split"] == "parameter-sweep":
        return ("items",)
    if by or strategy not in policy.CHUNK_STRATEGIES:
        return ("groups" if by else strategy,)
    target, minimum = fields["target_partitions"], fields["min_partitions_per_worker"]
    goals = (
        policy.partition_count(
            strategy, 1, policy.counted_workers(fields["workers"], target, cores), True, target, minimum
        )
        for cores in _MACHINES
    )
    return (strategy, *goals)


def _is_bucketed(change: Change) -> bool:
    return all((each.get("partition_by") or {}).get("kind") == "key" for each in (change.old, change.new))


def _consumers(change: Change) -> Iterator[Consequence]:
    before = os.path.normpath(os.path.join(change.old_directory, change.old["output"]))
    after = os.path.normpath(os.path.join(change.new_directory, change.new["output"]))
    if before != after:
        shown = os.path.relpath(before, change.new_directory).replace(os.sep, "/")
        message = f"output is {_shown(change.new['output'])}, and was {_shown(shown)} in {change.name}"
        old_suffix, new_suffix = (os.path.splitext(path)[1] for path in (before, after))
        form = f", in another format ({old_suffix or 'none'} before)" if old_suffix != new_suffix else ""
        yield CONSUMERS_BREAK, Finding(f"{message}: who reads the result has to look there{form}", ("output",))
    if change.old["reducer"] != change.new["reducer"]:
        form = field_schema("reducer")["enumDescriptions"][choices("reducer").index(change.new["reducer"])]
        message = f"{_was(change, 'reducer')}: the result has another form, which is now: {form}"
        yield CONSUMERS_BREAK, Finding(message, ("reducer",))
    if change.old["name"] != change.new["name"]:
        message = f"{_was(change, 'name')}: runs are below the new name, and --resume finds none of the old ones"
        yield CONSUMERS_BREAK, Finding(message, ("name",))


def _execution(change: Change, field: str) -> Consequence:
    return ONLY_EXECUTION_CHANGES, Finding(f"{_was(change, field)}: the result does not depend on it", (field,))


def _was(change: Change, field: str) -> str:
    before, after = (_written(each, field) for each in (change.old, change.new))
    return f"{field} is {_shown(after)}, and was {_shown(before)} in {change.name}"


def _written(fields: Fields, field: str) -> Any:
    first, _, inner = field.partition(".")
    value = fields.get(first)
    return value.get(inner) if inner and value is not None else value


def _shown(value: Any) -> str:
    return "not set" if value is None else shortened(json.dumps(value, ensure_ascii=False), _LONGEST)


def _value(fields: Fields, field: str) -> Any:
    return fields.get(field, default(field) if field == "threads_per_worker" else None)


def _fields_of(change: Change, table: str) -> list[str]:
    return [f"{table}.{name}" for name in dict.fromkeys([*change.new.get(table, {}), *change.old.get(table, {})])]


def _table_value(fields: Fields, field: str) -> Any:
    """Return what a field of a table means, with its default."""
    written = _written(fields, field)
    if written is not None:
        return written
    if field in ("input_format.quotechar", "input_format.encoding", _SPLITTABLE):
        return default(field)
    if field == "input_format.header":
        kind = (fields.get("input_format") or {}).get("kind") or kind_of_name(fields["input"])
        return default(field) if kind == "csv" else None
    if field == "partition_by.unit" and (fields.get("partition_by") or {}).get("kind") == "date":
        return default(field)
    return None

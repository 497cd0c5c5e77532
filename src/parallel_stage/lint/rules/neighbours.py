"""The rules about functions that look beyond one row, whose results change where files are cut into chunks."""

from __future__ import annotations

import os

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Finding, rule
from parallel_stage.lint.rules.function_lookup import definition_of, where
from parallel_stage.plan.policy import CHUNK_STRATEGIES
from parallel_stage.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.lint.rule import Subject
    from parallel_stage.pysource.neighbours import Dependence
    from parallel_stage.pysource.neighbours.names import Reason

_MERGING = ("custom", "collect-json")
"""Reducers after which somebody makes one result of the chunks' results."""
_MOST_FILES = 20
"""The most files whose columns are looked at."""
_REPEATED = {"csv": 1, "jsonl": 0, "lines": 0}
"""The lines at a file's start that every chunk repeats, where the contract does not say."""


@rule(
    Severity.WARNING,
    *("function", "split", "input", "input_format", "partition_strategy", "partition_by", "reducer"),
    since="0.1.0",
    reads_source=True,
)
def neighbour_dependence(subject: Subject) -> Iterator[Finding]:
    """The function looks beyond one row, and gets chunks of files.

    It runs on each chunk as if that were a file: differences, running totals and ranks start again, duplicates
    are seen within a chunk only, and row 1 is the first of every chunk. Reported are methods of data frames
    and columns (pandas, polars, Dask, numpy), SQL windows, values that a loop over rows keeps from one row to
    the next, and readers that leave out lines at a file's start or end. Where the code is not seen to work on
    the argument's rows, and where rows are only summed up for a concatenated result, the finding is an info.
    What a reducer can put together, such as sums by group, is no finding with `custom` and `collect-json`.
    `parallel-stage verify` runs the function on a sample under several cuts, and shows the first record that differs.
    Ignore it where every chunk may stand for itself.

    Bad:
        function = "my_pipeline.process:changes"
        # my_pipeline/process.py:
        #     import pandas as pd
        #     def changes(path):
        #         flights = pd.read_csv(path)
        #         flights["change"] = flights["delay"].diff()
        #         return flights.to_dict("records")

    Good:
        function = "my_pipeline.process:changes"
        input_format = { splittable = false }
        # my_pipeline/process.py:
        #     import pandas as pd
        #     def changes(path):
        #         flights = pd.read_csv(path)
        #         flights["change"] = flights["delay"].diff()
        #         return flights.to_dict("records")
    """
    if not _is_cut(subject):
        return
    definition = definition_of(subject)
    if definition is None:
        return
    from parallel_stage.pysource.effects import calls_something

    if not calls_something(definition):
        return
    from parallel_stage.pysource.neighbours import dependences

    kinds: dict[tuple[Reason, bool], list[Dependence]] = {}
    for each in dependences(definition):
        if _matters(subject, each):
            kinds.setdefault((each.reason, each.traced), []).append(each)
    for found in kinds.values():
        at = where(subject, definition, found[0].line)
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        message = f"function: {at} uses {found[0].name}{more}, {_fault(subject, found[0])}; {_hint(subject, found[0])}"
        yield Finding(message, ("function",), severity=_severity(found[0]))


def _fault(subject: Subject, found: Dependence) -> str:
    from parallel_stage.pysource.neighbours.names import HEAD

    if found.reason is HEAD:
        repeated = "none" if not _repeated(subject) else "only the first"
        lines = "lines" if found.lines is None else plural(found.lines, "line") if found.lines else "no line"
        return f"which reads {lines} before the records, but every chunk repeats {repeated}"
    unsure = "" if found.traced else " if it works on the partition's rows"
    return f"which {found.reason.text}{unsure}, but is called with one chunk of a file at a time"


def _is_cut(subject: Subject) -> bool:
    """Whether functions get chunks of files that are cut between any two rows."""
    fields = subject.fields
    chunked = fields["partition_strategy"] in CHUNK_STRATEGIES and fields["split"] != "parameter-sweep"
    return chunked and "partition_by" not in fields and fields.get("input_format", {}).get("splittable") is not False


def _matters(subject: Subject, found: Dependence) -> bool:
    from parallel_stage.pysource.neighbours.names import HEAD, TYPES

    if found.reason is HEAD:
        return _reads_another_head(subject, found.lines)
    if found.reason is TYPES:
        return False
    return not (found.reason.can_merge and (subject.fields["reducer"] in _MERGING or not found.traced))


def _reads_another_head(subject: Subject, lines: int | None) -> bool:
    """Whether a function that reads so many lines before the records finds other ones in a chunk."""
    if {"header", "head_lines"} & subject.fields.get("input_format", {}).keys():
        return False
    repeated = _repeated(subject)
    return repeated is not None and (lines is None or lines != repeated)


def _repeated(subject: Subject) -> int | None:
    """Return the lines that every chunk repeats; None where the kind of the files cannot be seen."""
    from parallel_stage.plan.dialect import kind_of_name
    from parallel_stage.plan.manifest import is_manifest

    name, kind = subject.fields["input"], subject.fields.get("input_format", {}).get("kind")
    named = "" if subject.fields["split"] == "files" and is_manifest(name) else name
    return _REPEATED.get(kind or kind_of_name(os.path.basename(named)))


def _severity(found: Dependence) -> Severity | None:
    from parallel_stage.pysource.neighbours.names import PARTIAL

    return None if found.traced and found.reason is not PARTIAL else Severity.INFO


def _hint(subject: Subject, found: Dependence) -> str:
    from parallel_stage.pysource.neighbours.names import HEAD, PARTIAL

    if found.reason is HEAD and found.lines == 0:
        return "write input_format.header = false if the file has no header, or skip the header"
    if found.reason is HEAD:
        return f"write input_format.head_lines = {'their number' if found.lines is None else found.lines}"
    whole = "input_format.splittable = false"
    if subject.fields["split"] == "files":
        whole += ', or partition_strategy = "one-file-per-partition"'
    if found.reason is PARTIAL:
        return f'merge them in a reducer_function (reducer = "custom"), or keep files whole: {whole}'
    return f"keep files whole: {whole}"


@rule(
    Severity.INFO,
    *("function", "split", "input", "input_format", "partition_strategy", "partition_by"),
    since="0.1.0",
    reads_source=True,
    reads_data=True,
)
def types_guessed(subject: Subject) -> Iterator[Finding]:
    """The function lets pandas or polars guess the types of columns, and chunks lead to other guesses.

    A column of whole numbers is one of floats in pandas where a cell is empty, and text where one holds text:
    `01234` and `A1` stay as they are, while a chunk without `A1` reads 1234. So the type depends on where the
    file is cut. Reported are tables with such a column near the start of a file, read without any types. Ignore
    it where `2` and `2.0` are the same to whoever reads the result.

    Bad:
        input = "data/*.csv"
        function = "my_pipeline.process:late"
        # my_pipeline/process.py:
        #     import pandas as pd
        #     def late(path):
        #         return pd.read_csv(path).to_dict("records")
        # data/january.csv:
        #     carrier,delay
        #     AA,12
        #     UA,

    Good:
        input = "data/*.csv"
        function = "my_pipeline.process:late"
        # my_pipeline/process.py:
        #     import pandas as pd
        #     def late(path):
        #         return pd.read_csv(path, dtype={"delay": "Int64"}).to_dict("records")
        # data/january.csv:
        #     carrier,delay
        #     AA,12
        #     UA,
    """
    definition = definition_of(subject) if _is_cut(subject) else None
    if definition is None:
        return
    from parallel_stage.pysource.neighbours import dependences
    from parallel_stage.pysource.neighbours.names import TYPES

    found = next((each for each in dependences(definition) if each.reason is TYPES), None)
    if found is None:
        return
    mixed = _mixed_column(subject, gaps=not found.name.startswith("polars"))
    if mixed:
        at = where(subject, definition, found.line)
        message = f"function: {at} uses {found.name}, which {found.reason.text}, but {mixed}; give it a dtype"
        yield Finding(message, ("function",))


def _mixed_column(subject: Subject, *, gaps: bool) -> str:
    """Return which column leads to other guesses in chunks, as a clause; empty where there is none."""
    from parallel_stage.errors import ParallelStageError
    from parallel_stage.lint.inputs.inspect import inspect_inputs
    from parallel_stage.lint.inputs.mixed_types import mixed_column

    inspection = inspect_inputs(subject)
    if isinstance(inspection.data, ParallelStageError) or inspection.is_outside:
        return ""
    for file, whole in inspection.whole[:_MOST_FILES]:
        mixed = "" if whole else mixed_column(file, gaps=gaps)
        if mixed:
            return f"{file.item.path} has {mixed}"
    return ""


RULES = (neighbour_dependence, types_guessed)

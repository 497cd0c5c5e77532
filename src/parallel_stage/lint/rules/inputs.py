"""Rules about inputs: the data exists and can be cut. They run only with `--inputs`."""

from __future__ import annotations

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Finding, rule
from parallel_stage.lint.rules import grids, heads
from parallel_stage.plan.policy import CHUNK_STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.lint.inputs.inspect import InputInspection
    from parallel_stage.lint.rule import Subject

_MOST_NAMES = 8


@rule(Severity.ERROR, "split", "input", since="0.1.0", reads_data=True)
def input_matches_nothing(subject: Subject) -> Iterator[Finding]:
    """The input means no file, none that can be read, or one file twice.

    Without one there is nothing to run. A glob's `*` and `?` do not match a leading dot, `**` is any number
    of directories, `[...]` is one of these characters, and a directory is none of its files. A manifest that
    cannot be read, or that names nothing, is reported here too, and so are brackets that a name on the disk
    has, and files that linked directories give a second path, so that their records would count twice. Ignore
    it where the data comes later than the check, as from an earlier stage.

    Bad:
        input = "data/*.csv"
        # data/january.txt:
        #     carrier,delay

    Good:
        input = "data/*.csv"
        # data/january.csv:
        #     carrier,delay
    """
    from parallel_stage.errors import NoInputError, ParallelStageError
    from parallel_stage.lint.inputs.inspect import inspect_inputs

    inspection = inspect_inputs(subject)
    if isinstance(inspection.listing, NoInputError):
        yield Finding(inspection.message(inspection.listing, inspection.elsewhere()), ("input",))
    elif isinstance(inspection.listing, ParallelStageError):
        yield Finding(inspection.message(inspection.listing), ("input",))


@rule(Severity.ERROR, "split", "input", since="0.1.0", reads_data=True)
def manifest_entry_missing(subject: Subject) -> Iterator[Finding]:
    """A manifest names a file that is not there.

    Every such entry is reported, by its line or item in the manifest. Relative paths start at the contract's
    directory, and a manifest names files: a glob and a comment behind a path are not read. An entry that is
    no path at all, and one that names a file again, are reported here too. Ignore it where the files come
    later than the check, as from an earlier stage.

    Bad:
        input = "manifest.txt"
        # manifest.txt:
        #     data/january.csv
        #     data/february.csv
        # data/january.csv:
        #     carrier,delay

    Good:
        input = "manifest.txt"
        # manifest.txt:
        #     data/january.csv
        # data/january.csv:
        #     carrier,delay
    """
    from parallel_stage.errors import NoInputError
    from parallel_stage.lint.inputs.inspect import inspect_inputs

    inspection = inspect_inputs(subject)
    for fault in inspection.faults:
        # The hint of one missing file explains manifests; the documentation does that once.
        hint = "correct the entry, or remove it" if isinstance(fault, NoInputError) else ""
        yield Finding(inspection.message(fault, hint), ("input",))


@rule(
    Severity.ERROR,
    *("split", "input", "input_format", "partition_strategy"),
    *("target_partitions", "workers", "min_partitions_per_worker"),
    since="0.1.0",
    reads_data=True,
)
def unsplittable_input(subject: Subject) -> Iterator[Finding]:
    """Files cannot be cut as the contract says.

    Compressed and binary files, UTF-16, and encodings in which the byte of a newline, the delimiter or a
    quote may be part of another character have no places where records could be cut; a run leaves such files
    whole, so that they are one partition each whatever the target. Shift_JIS, Big5, GBK and the like can be
    cut where the delimiter is a comma or a tab, but not where it is `|`. Ignore it where that is meant for
    some of the files. Reported too are files that `input_format` cannot describe, those of a table that are
    no table or have other columns, and targets of more than a million chunks.

    Bad:
        input = "data/*.csv.gz"
        partition_strategy = "file-chunks"
        # data/january.csv.gz:
        #     carrier,delay

    Good:
        input = "data/*.csv.gz"
        partition_strategy = "one-file-per-partition"
        target_partitions = 0
        # data/january.csv.gz:
        #     carrier,delay
    """
    from parallel_stage.errors import MissingExtraError, ParallelStageError
    from parallel_stage.lint.inputs.inspect import inspect_inputs
    from parallel_stage.plan.warnings import group_by_reason

    inspection = inspect_inputs(subject)
    if isinstance(inspection.data, ParallelStageError):
        if not isinstance(inspection.data, MissingExtraError):  # no problem of the contract
            yield Finding(inspection.message(inspection.data), ("input",))
        return
    strategy = subject.fields["partition_strategy"]
    if strategy not in CHUNK_STRATEGIES:
        return
    for group in group_by_reason(inspection.whole):
        message = (
            f'partition_strategy is "{strategy}", but {group.first} cannot be cut{group.others}: {group.reason}; '
            'write "one-file-per-partition", or name files that can be cut'
        )
        yield Finding(message, ("input",))
    if any(not reason for _, reason in inspection.whole):
        yield from _too_many(subject, inspection, len(inspection.data))


def _too_many(subject: Subject, inspection: InputInspection, files: int) -> Iterator[Finding]:
    from parallel_stage.plan import policy
    from parallel_stage.plan.splits.sources import refuse_too_many

    fields = subject.fields
    workers = policy.counted_workers(fields["workers"], fields["target_partitions"], policy.available_cores())
    wanted = max(fields["target_partitions"], workers * fields["min_partitions_per_worker"])
    error = inspection.attempt(lambda: refuse_too_many(wanted, files))
    if error:
        yield Finding(inspection.message(error), ("target_partitions",))


@rule(Severity.ERROR, "split", "input", "input_format", "partition_by", since="0.1.0", reads_data=True)
def column_missing(subject: Subject) -> Iterator[Finding]:
    """The table has no column of the name in `partition_by`.

    Names are those of the header of CSV, of the first record of JSONL, and of the schema of Parquet (where
    pyarrow is installed); case and blanks count. Without a header no column has a name. There is no good
    reason to ignore it: a table cannot be cut by a column that it does not have.

    Bad:
        split = "data-partitions"
        input = "flights.csv"
        partition_by = { column = "carier", kind = "group" }
        # flights.csv:
        #     carrier,delay

    Good:
        split = "data-partitions"
        input = "flights.csv"
        partition_by = { column = "carrier", kind = "group" }
        # flights.csv:
        #     carrier,delay
    """
    partition_by = subject.fields.get("partition_by")
    if partition_by is None or subject.fields["split"] != "data-partitions":
        return
    from parallel_stage.errors import MissingExtraError, ParallelStageError
    from parallel_stage.lint.inputs.inspect import OUTSIDE, inspect_inputs

    inspection, column = inspect_inputs(subject), partition_by["column"]
    names = inspection.columns
    if isinstance(names, ParallelStageError):
        if not isinstance(names, MissingExtraError):
            yield Finding(inspection.message(names), ("input",))
    elif names is not None and column not in names:
        message = f'partition_by.column is "{column}", which input = "{subject.fields["input"]}" does not have'
        instead = OUTSIDE if inspection.is_outside else _instead(column, names)
        yield Finding(f"{message}; {instead}", ("partition_by", "column"))


def _instead(column: str, names: list[str]) -> str:
    if not names:
        return "its columns have no names: give it a header, or leave partition_by out"
    from difflib import get_close_matches

    near = get_close_matches(column, names, n=3)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"it has {', '.join(names[:_MOST_NAMES])}{', …' if len(names) > _MOST_NAMES else ''}"


@rule(Severity.ERROR, "split", "input", "input_format", "partition_strategy", since="0.1.0", reads_data=True)
def ambiguous_records(subject: Subject) -> Iterator[Finding]:
    r"""Where records end depends on what quotes are taken to mean.

    Quotes that stand where RFC 4180 lets them prove where records end. Else files are to be cut on a guess:
    by a quote inside a field that does not start with one, a quote or a line's end behind a backslash, or an
    odd quote that is open when the file ends. Python's `csv`, as which the runner reads, takes the first for
    data and the last for a record up to the file's end, and files with a backslash there are left whole;
    other readers have other opinions. Either value settles it: `input_format.quotechar = '"'` where `csv` is
    right and backslashes are data, as in paths of Windows, `input_format.quotechar = ""` where no field is
    quoted, so that every line is a record. There is no good reason to ignore it: either value says what the
    file means, for every reader.

    Bad:
        input = "data/*.csv"
        # data/pipes.csv:
        #     name,metres
        #     5" pipe,2

    Good:
        input = "data/*.csv"
        input_format = { quotechar = "" }
        # data/pipes.csv:
        #     name,metres
        #     5" pipe,2
    """
    strategy, said = subject.fields["partition_strategy"], subject.fields.get("input_format", {})
    if strategy not in CHUNK_STRATEGIES or "quotechar" in said:
        return
    from parallel_stage.lint.inputs.inspect import inspect_inputs
    from parallel_stage.lint.inputs.splittable import doubtful_quotes
    from parallel_stage.plan.warnings import ReasonGroup

    found = doubtful_quotes([file for file, whole in inspect_inputs(subject).whole if not whole])
    if found:
        file, reason = found[0]
        group = ReasonGroup(reason, file.item.path, len(found))
        message = (
            f"{group.first} can be cut only on a guess{group.others}: {reason}; "
            """write input_format.quotechar = '"' if Python's csv reads it right, or "" if no field is quoted"""
        )
        yield Finding(message, ("input",))


@rule(Severity.WARNING, "split", "input", "input_format", "partition_strategy", since="0.1.0", reads_data=True)
def skewed_input(subject: Subject) -> Iterator[Finding]:
    """One file holds most of the data, and is one partition though it could be cut.

    The worker that gets it is busy long after the others have nothing left. Reported where a file has more than
    a tenth of the data, is more than four times as large as the mean one, and can be cut. Ignore it where the
    function needs the whole file, or write `input_format.splittable = false`, which says so to everybody.

    Bad:
        input = "data/*.csv"
        partition_strategy = "one-file-per-partition"
        target_partitions = 0
        # data/a.csv:
        #     delay
        # data/b.csv:
        #     delay
        # data/c.csv:
        #     delay
        # data/d.csv:
        #     delay
        # data/e.csv:
        #     delay
        # data/large.csv:
        #     delay
        #     12500
        #     31700
        #     10400
        #     22900
        #     71300
        #     15600
        #     90200
        #     41800
        #     36500
        #     27700

    Good:
        input = "data/*.csv"
        # data/a.csv:
        #     delay
        # data/large.csv:
        #     delay
        #     12500
        #     31700
    """
    from parallel_stage.contract.model import InputFormat
    from parallel_stage.errors import ParallelStageError
    from parallel_stage.lint.inputs.inspect import inspect_inputs
    from parallel_stage.plan.warnings import skewed_input as messages

    if subject.fields["split"] != "files" or subject.fields["partition_strategy"] in CHUNK_STRATEGIES:
        return
    inspection, said = inspect_inputs(subject), subject.fields.get("input_format")
    if isinstance(inspection.data, ParallelStageError) or inspection.is_outside:
        return
    for message in messages(inspection.data, None if said is None else InputFormat(**said)):
        yield Finding(message, ("input",))


RULES = (
    input_matches_nothing,
    manifest_entry_missing,
    unsplittable_input,
    *grids.RULES,
    column_missing,
    ambiguous_records,
    *heads.RULES,
    skewed_input,
)

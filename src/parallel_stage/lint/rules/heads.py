"""Rules about the start of files, which every chunk repeats. They run only with `--inputs`."""

from __future__ import annotations

from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Finding, rule
from parallel_stage.plan.policy import CHUNK_STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.lint.rule import Subject
    from parallel_stage.plan.inputs import DataFile


@rule(
    Severity.WARNING,
    "split",
    "input",
    "input_format",
    "partition_strategy",
    "partition_by",
    since="0.1.0",
    reads_data=True,
)
def unusual_head(subject: Subject) -> Iterator[Finding]:
    """A file does not start with one header.

    Every chunk starts with the file's first record. Where that is a comment, a title or the first row of data,
    or where the header is followed by a row of units, a function that reads chunks gets other rows than one that
    reads the file. Reported are blank and comment lines, `sep=`, a title over a wider table, a header that comes
    again, a row of units, and a first row of numbers only. Writing `header` or `head_lines` settles it, whatever
    the value. Ignore it where the function does not mind.

    Bad:
        input = "data/*.csv"
        # data/january.csv:
        #     Delays in January
        #     carrier,delay,distance
        #     AA,12,100
        #     UA,0,200

    Good:
        input = "data/*.csv"
        input_format = { head_lines = 2 }
        # data/january.csv:
        #     Delays in January
        #     carrier,delay,distance
        #     AA,12,100
        #     UA,0,200
    """
    if {"header", "head_lines"} & subject.fields.get("input_format", {}).keys():
        return
    from parallel_stage.plan.warnings import unusual_heads

    for message in unusual_heads(_repeated(subject)):
        yield Finding(message, ("input",))


@rule(
    Severity.ERROR,
    "split",
    "input",
    "input_format",
    "partition_strategy",
    "partition_by",
    since="0.1.0",
    reads_data=True,
)
def not_records(subject: Subject) -> Iterator[Finding]:
    """A file of JSON Lines does not have a value on each line.

    Files are cut after lines, so that a value over several lines is cut in pieces. There is no good reason to
    ignore it: write one value a line, or let files stay whole.

    Bad:
        input = "data/*.jsonl"
        # data/january.jsonl:
        #     {
        #       "carrier": "AA"
        #     }

    Good:
        input = "data/*.jsonl"
        # data/january.jsonl:
        #     {"carrier": "AA"}
    """
    from parallel_stage.plan.warnings import not_records as messages

    for message in messages(_repeated(subject)):
        yield Finding(message, ("input",))


def _repeated(subject: Subject) -> list[DataFile]:
    """Return the files that are cut or joined, so that their starts are repeated or left out."""
    from parallel_stage.errors import ParallelStageError
    from parallel_stage.lint.inputs.inspect import inspect_inputs

    inspection = inspect_inputs(subject)
    if isinstance(inspection.data, ParallelStageError) or inspection.is_outside:
        return []
    is_joined = subject.fields["split"] == "data-partitions" and len(inspection.data) > 1
    if subject.fields["partition_strategy"] in CHUNK_STRATEGIES or is_joined or "partition_by" in subject.fields:
        return [file for file, whole in inspection.whole if not whole]
    return []


RULES = (unusual_head, not_records)

"""Rules about the reducer and the result that it writes."""

from __future__ import annotations

import os

from parallel_stage.contract.output_names import SUFFIXES
from parallel_stage.light_typing import TYPE_CHECKING
from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Finding, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_stage.lint.rule import Subject

_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".br", ".zip", ".7z", ".tgz")
_TELLING_SUFFIXES = frozenset(
    (
        *(".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".toml", ".yaml", ".yml", ".xml", ".html", ".md"),
        *(".parquet", ".feather", ".arrow", ".orc", ".avro", ".h5", ".hdf5", ".nc", ".npy", ".npz"),
        *(".xlsx", ".xls", ".ods", ".docx", ".pkl", ".pickle", ".joblib", ".db", ".sqlite", ".duckdb", ".sql"),
        *(".mat", ".dta", ".sav", ".rds", ".tar", ".pdf", ".svg", ".png", ".jpg", ".jpeg", ".tif", ".tiff"),
        *_COMPRESSED,
    )
)
"""Suffixes from which a reader takes the format."""


@rule(Severity.WARNING, "reducer", "notes", since="0.1.0")
def custom_without_notes(subject: Subject) -> Iterator[Finding]:
    """A custom reducer without a word on how it merges.

    The app owns the merge, so `notes` is the only place where a reviewer can read what becomes of the parts.
    Ignore it where reviewers read the reducer function as well.

    Bad:
        reducer = "custom"
        reducer_function = "my_pipeline.merge:merge_parts"

    Good:
        reducer = "custom"
        reducer_function = "my_pipeline.merge:merge_parts"
        notes = "Sums the counts of all parts by carrier."
    """
    if subject.fields["reducer"] == "custom" and not subject.fields.get("notes", "").strip():
        message = 'reducer is "custom" without notes; describe in notes how the parts become the result'
        yield Finding(message, ("reducer",))


@rule(Severity.INFO, "reducer", "reducer_function", since="0.1.0")
def custom_without_function(subject: Subject) -> Iterator[Finding]:
    """A custom reducer without a function.

    The runner then leaves the ordered parts and a manifest, and the app merges them. Ignore it where the app
    does.

    Bad:
        reducer = "custom"
        notes = "The app draws the parts on one map."

    Good:
        reducer = "custom"
        notes = "Sums the counts of all parts by carrier."
        reducer_function = "my_pipeline.merge:merge_parts"
    """
    if subject.fields["reducer"] == "custom" and "reducer_function" not in subject.fields:
        message = (
            'reducer is "custom" without reducer_function: a run leaves ordered parts and a manifest for the app; '
            "name a reducer_function to have them merged"
        )
        yield Finding(message, ("reducer",))


@rule(Severity.WARNING, "reducer", "reducer_function", since="0.1.0")
def reducer_function_unused(subject: Subject) -> Iterator[Finding]:
    """A reducer function beside a reducer that has no use for it.

    There is no good reason to ignore it: nothing calls the function, and a reviewer would think that
        something does.

    Bad:
        reducer = "concat-jsonl"
        reducer_function = "my_pipeline.merge:merge_parts"

    Good:
        reducer = "custom"
        reducer_function = "my_pipeline.merge:merge_parts"
        notes = "Sums the counts of all parts by carrier."
    """
    reducer = subject.fields["reducer"]
    if reducer != "custom" and "reducer_function" in subject.fields:
        message = f'reducer_function is never called with reducer = "{reducer}"; remove it, or write "custom"'
        yield Finding(message, ("reducer_function",), on_key=True)


@rule(Severity.WARNING, "reducer", "output", since="0.1.0")
def output_suffix(subject: Subject) -> Iterator[Finding]:
    """The output's suffix promises another format than the reducer writes.

    A reader that goes by the suffix fails on the result, or misreads it; no reducer compresses. Ignore it
    where what reads the result wants that name, such as `.json` for lines of JSON.

    Fix: `--fix --unsafe-fixes` writes the reducer's usual suffix in place of the other.

    Bad:
        reducer = "concat-jsonl"
        output = "results/delays.csv"

    Good:
        reducer = "concat-jsonl"
        output = "results/delays.jsonl"
    """
    reducer, output = subject.fields["reducer"], subject.fields["output"]
    suffix = os.path.splitext(output)[1].lower()
    expected = SUFFIXES[reducer]
    if not expected or suffix in expected or suffix not in _TELLING_SUFFIXES or subject.is_contract(output):
        return
    from parallel_stage.contract.problem import Assign

    stem, inner = os.path.splitext(output[: -len(suffix)])
    is_within = suffix in _COMPRESSED and inner.lower() in _TELLING_SUFFIXES
    better = (stem if is_within else output[: -len(suffix)]) + expected[0]
    plain = ", and compresses nothing" if suffix in _COMPRESSED else ""
    message = f'output is "{output}", but {reducer} writes {expected[0]}{plain}; write "{better}"'
    yield Finding(message, ("output",), change=Assign(("output",), better, safe=False))


RULES = (custom_without_notes, custom_without_function, reducer_function_unused, output_suffix)

"""Schema rules: problems of reading and of the schema. `contract` finds them; their documentation is here."""

from __future__ import annotations

from parallel_stage.lint.diagnostic import Severity
from parallel_stage.lint.rule import Rule


def _page(identifier: str, text: str) -> Rule:
    return Rule(identifier, Severity.ERROR, text, since="0.1.0", can_disable=False)


RULES = (
    _page(
        "unreadable",
        """
The file cannot be read.

It is missing, a directory, not permitted, not UTF-8, or larger than 1 MiB. A contract is a few hundred bytes
of UTF-8 text.
""",
    ),
    _page(
        "syntax-error",
        """
The text is not TOML, YAML or JSON.

The suffix of the file's name says which of the three it has to be. Repeated keys, YAML tags that construct
objects, YAML aliases that expand without end and nesting beyond reason count as syntax errors too, because
other readers refuse them or read something else.
""",
    ),
    _page(
        "toml-version",
        """
The file needs a reader of TOML 1.1.

Newlines and a last comma inside `{ }`, the escapes `\\e` and `\\x`, and times without seconds came with TOML
1.1. Readers of TOML 1.0, AGILAB's and Python's `tomllib` among them, cannot read the file.

Bad:
    input_format = { kind = "csv", }

Good:
    input_format = { kind = "csv" }
""",
    ),
    _page(
        "unknown-schema",
        """
`schema` names a version of the contract that is not known.

The version decides what every other key means, so that an unknown one cannot be checked.

Bad:
    schema = "agilab.parallel_stage.v9"

Good:
    schema = "agilab.parallel_stage.v1"
""",
    ),
    _page(
        "missing-key",
        """
A required key is not there.

All twelve fields of the contract are written out, so that a reviewer sees every decision. Several missing keys
of a table are one finding. A key that an unknown one seems to mean is not reported as missing, too.

Fix: `--fix` writes the keys that have a default, with it.

Bad:
    partition_by = { column = "carrier" }
    split = "data-partitions"
    input = "data/flights.csv"

Good:
    partition_by = { column = "carrier", kind = "group" }
    split = "data-partitions"
    input = "data/flights.csv"
""",
    ),
    _page(
        "unknown-key",
        """
A key that the contract does not have.

A mistyped optional key would be silently dead, so unknown keys are errors. Keys of other tools start with
`x-`.

Fix: `--fix` renames the key to a known one that differs only by a slip, where that one is not there and no
other unknown key seems to mean it.

Bad:
    note = "parts are ordered by day"

Good:
    notes = "parts are ordered by day"
    x-owner = "flight team"
""",
    ),
    _page(
        "wrong-type",
        """
A value has another type than its key wants.

A boolean is not an integer, a number is not text, and `64.0` is a float: readers differ in what they make of
them.

Bad:
    target_partitions = 64.0

Good:
    target_partitions = 64
""",
    ),
    _page(
        "unknown-value",
        """
A value is not one of those that its key allows.

The message lists them, and names the closest.

Fix: `--fix` writes an allowed value that differs only in case, dashes, underscores, blanks or the plural's s.

Bad:
    split = "data_partitions"

Good:
    split = "files"
""",
    ),
    _page(
        "out-of-range",
        """
A number is too small, or a text too long.

Bad:
    workers = 0

Good:
    workers = "auto"
""",
    ),
    _page(
        "empty-value",
        """
A text that has to say something is blank.

Bad:
    name = " "

Good:
    name = "delays"
""",
    ),
    _page(
        "function-form",
        """
A function is not named as `module_or_path:function_name`.

The part before the last colon is a dotted module or the path of a Python file, the part behind it a name in
it.

Bad:
    function = "my_pipeline.process.process_file"

Good:
    function = "my_pipeline.process:process_file"
""",
    ),
)

"""Inspect a contract's inputs for rules: each fact is computed once per check, whichever rules need it."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar

from parallel_stage.contract import project
from parallel_stage.contract.model import InputFormat
from parallel_stage.errors import ParallelStageError
from parallel_stage.lint.inputs.splittable import why_whole
from parallel_stage.plan.inputs import data_files, listed, matches, unreadable
from parallel_stage.plan.splits.grid import grid_in
from parallel_stage.plan.splits.table import column_names, table_of
from parallel_stage.wording import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from parallel_stage.lint.rule import Subject
    from parallel_stage.plan.inputs import DataFile
    from parallel_stage.plan.partition import Input
    from parallel_stage.plan.splits.sweep import Grid

_T = TypeVar("_T")
_CACHED = "inputs"

OUTSIDE = "run parallel-stage plan to see why (data outside of the project is not quoted)"
"""What a message says in place of a quotation and a remedy."""


class InputInspection:
    """The facts about one contract's inputs; a fact that cannot be computed is the error that says why.

    Attributes:
        fields: The contract's data. `split` and `input` must be valid, for `data` also `input_format`.
        directory: Where relative paths start.
    """

    def __init__(self, subject: Subject) -> None:
        self.fields = subject.fields
        self.directory = subject.directory

    @property
    def listing(self) -> tuple[Input, ...] | ParallelStageError:
        """The files that the input names, without the faulty entries of a manifest."""
        return self._listed[0]

    @property
    def faults(self) -> list[ParallelStageError]:
        """The errors of single entries of a manifest."""
        return self._listed[1]

    @cached_property
    def _listed(self) -> tuple[tuple[Input, ...] | ParallelStageError, list[ParallelStageError]]:
        faults: list[ParallelStageError] = []
        name, split = self.fields["input"], self.fields["split"]
        return self.attempt(lambda: listed(name, split, self.directory, faults.append)), faults

    @cached_property
    def grid(self) -> Grid | ParallelStageError | None:
        """The grid of a sweep; None for other splits, and where no file was found."""
        inputs = self.listing
        if self.fields["split"] != "parameter-sweep" or isinstance(inputs, ParallelStageError):
            return None
        return self.attempt(lambda: grid_in(inputs, self.fields["input"], self.directory))

    @cached_property
    def data(self) -> tuple[DataFile, ...] | ParallelStageError:
        """The files whose records are processed; none for a sweep, and where no file was found."""
        inputs = self.listing
        if self.fields["split"] == "parameter-sweep" or isinstance(inputs, ParallelStageError):
            return ()
        return self.attempt(lambda: self._data(inputs))

    @cached_property
    def whole(self) -> list[tuple[DataFile, str]]:
        """The data files with records, each with the reason why it cannot be cut; empty where it can."""
        data = () if isinstance(self.data, ParallelStageError) else self.data
        # An empty file is not Parquet; reading it gives the error.
        return [(file, why_whole(file)) for file in data if file.item.size or file.dialect.kind == "parquet"]

    @property
    def columns(self) -> list[str] | ParallelStageError | None:
        """The names of the table's columns; None where there is no file that can be read."""
        if isinstance(self.data, ParallelStageError) or not self.data:
            return None
        first = self.data[0]
        may_be_cut = replace(first.dialect, splittable=True)  # `splittable = false` does not hide the header
        if why_whole(first._replace(dialect=may_be_cut)):
            return None
        return self.attempt(lambda: column_names(self.directory, first.item, first.dialect))

    def attempt(self, call: Callable[[], _T]) -> _T | ParallelStageError:
        """Return what a call returns, or the error that it raises; an error of the system is converted."""
        try:
            return call()
        except ParallelStageError as error:
            return error
        except OSError as error:
            return unreadable(error, self.fields["input"])

    def message(self, error: ParallelStageError, hint: str = "") -> str:
        """Return an error as a finding's message: with paths relative to the contract, and a hint."""
        if self.is_outside:
            return f'input is "{self.fields["input"]}", and is not as it should be; {OUTSIDE}'
        return f"{self._relative(error.message)}; {hint or self._relative(error.hint)}"

    @cached_property
    def is_outside(self) -> bool:
        """Whether something of the data is outside of the project, so that no message may quote it."""
        within = project.boundary(self.directory)
        names = {self.fields["input"], *self._found()}
        paths = [path for path in (os.path.join(self.directory, name) for name in names) if os.path.lexists(path)]
        places = {os.path.dirname(path) for path in paths} | {path for path in paths if os.path.islink(path)}
        return any(project.is_outside(place, within) for place in places)

    def elsewhere(self) -> str:
        """Return a hint to files that the input names one directory up or in the current one; empty for none."""
        name = self.fields["input"]
        if os.path.isabs(name) or "**" in name:  # that could be a walk over a whole disk
            return ""
        for directory in project.nearby(self.directory):
            found = self.attempt(partial(listed, name, "data-partitions", directory))
            if not isinstance(found, ParallelStageError):
                written = os.path.relpath(os.path.join(directory, name), self.directory).replace(os.sep, "/")
                return f"paths start at the contract: write {written!r}, which matches {plural(len(found), 'file')}"
        return ""

    def _found(self) -> Iterable[str]:
        """Return the paths that the input finds, also where they cannot be inputs."""
        if not isinstance(self.listing, ParallelStageError):
            return [item.path for item in self.listing]
        found = self.attempt(lambda: matches(self.directory, self.fields["input"]))
        return () if isinstance(found, ParallelStageError) else found

    def _data(self, inputs: tuple[Input, ...]) -> tuple[DataFile, ...]:
        written = self.fields.get("input_format")
        declared = None if written is None else InputFormat(**written)
        if self.fields["split"] == "data-partitions":
            inputs = table_of(declared, self.directory, inputs)
        return data_files(inputs, self.directory, declared)

    def _relative(self, text: str) -> str:
        root = self.directory
        if os.path.dirname(root) == root:  # every absolute path starts with the system's root
            return text
        return text.replace(os.path.join(root, ""), "").replace(f" (in {root})", "").replace(f" in {root}", "")


def inspect_inputs(subject: Subject) -> InputInspection:
    """Return the inspection of the contract's inputs, which all rules of a check share."""
    if _CACHED not in subject.cache:
        subject.cache[_CACHED] = InputInspection(subject)
    inspection: InputInspection = subject.cache[_CACHED]
    return inspection

"""What is to be run: the contract as it was read, and what the caller wants otherwise."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from parallel_stage.contract.function import search_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_stage.contract.document import Document
    from parallel_stage.contract.model import Contract


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """One request to run a stage.

    Attributes:
        contract: As it was read.
        document: What it was read from.
        root: The directory where relative paths start; empty for the contract's own.
        search_roots: Absolute directories where functions are searched too, after the contract's own.
        overrides: Contract fields to run with instead: `backend`, `workers`, `output`.
        scheduler: The address of a running Dask scheduler; empty for none.
        partition: The index of the only partition to run, in this process; None for the whole plan.
        argv: The command line, for the manifest.
    """

    contract: Contract
    document: Document
    root: str = ""
    search_roots: tuple[str, ...] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)
    scheduler: str = ""
    partition: int | None = None
    argv: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The absolute path of the contract."""
        return os.path.abspath(self.document.path)

    @property
    def directory(self) -> str:
        """The absolute directory where relative paths start."""
        return os.path.abspath(self.root or os.path.dirname(self.path))

    @property
    def search(self) -> tuple[str, ...]:
        """Where functions are searched."""
        return search_from(self.directory, self.path, self.search_roots)

    @property
    def effective(self) -> Contract:
        """The contract with the overrides; one partition alone runs locally."""
        alone = {} if self.partition is None else {"backend": "local", "workers": 1}
        return replace(self.contract, **{**self.overrides, **alone})

"""A run directory that cannot be written, as on a full disk: the run stops there, it is no partition's fault."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from parallel_stage.errors import BackendLostError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
"""The errors that only a write can have."""


class RunDirectoryError(BackendLostError):
    """The run directory cannot be written (exit 9)."""


def unwritable(directory: Path, error: OSError) -> RunDirectoryError:
    """Return the error of a run directory for that of the operating system."""
    message = f"the run directory {directory} cannot be written: {error.strerror or error}"
    return RunDirectoryError(message, "make room or repair the disk, and run the stage again")


@contextmanager
def writing_to(directory: Path) -> Iterator[None]:
    """Turn an OSError in a `with` block, which only writes to the run directory, into a RunDirectoryError."""
    try:
        yield
    except OSError as error:
        raise unwritable(directory, error) from error

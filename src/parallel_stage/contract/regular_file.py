"""Read regular files only, so that no link to a device and no pipe is read without end or waited for."""

from __future__ import annotations

import errno
import os
import stat

# Windows does not have all of them.
_ALWAYS = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def read(path: str, limit: int | None = None, *, follow_links: bool = True) -> bytes:
    """Return the content of a regular file.

    Args:
        path: The file.
        limit: The most bytes it may have.
        follow_links: Whether `path` itself may be a link.

    Raises:
        OSError: Where it cannot be read, is no regular file, or has more bytes.
    """
    flags = os.O_RDONLY | _ALWAYS | (0 if follow_links else _NO_LINK)
    with open(os.open(path, flags), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", path)
        if limit is not None and found.st_size > limit:
            raise OSError(errno.EFBIG, f"it is larger than {limit} bytes", path)
        # As many bytes as it says it has: files of /proc say 0, and some of them have no end.
        return file.read(found.st_size)

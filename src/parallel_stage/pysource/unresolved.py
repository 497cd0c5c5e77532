"""What cannot be looked at. Free of `ast`, which a contract whose module is not found does not load."""

from __future__ import annotations


class NotFound(tuple[str, ...]):
    """No module of that name is in these directories, which were searched."""

    __slots__ = ()


class Unresolved(str):
    """Something that the source does not tell, and as text why; rules are silent about it."""

    __slots__ = ()

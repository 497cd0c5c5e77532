"""Do once, some time after the last of many requests, what each of them asks for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Calm:
    """A time that has to pass without another request."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._number = 0

    async def wait_and(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do something, unless it is requested again meanwhile."""
        self._number += 1
        number = self._number
        await asyncio.sleep(self._seconds)
        if number == self._number:
            await act()

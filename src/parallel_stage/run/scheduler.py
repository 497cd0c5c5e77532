"""The Dask scheduler that a run is given: its address, the file that names it, and the certificates for it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from parallel_stage.contract import regular_file
from parallel_stage.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = "DASK_SCHEDULER_ADDRESS"
"""The environment variable that names a scheduler for all of Dask's clients."""

_SCHEMES = ("tcp", "tls", "ucx", "ws", "wss")
_LARGEST_FILE = 1 << 24


class Tls(NamedTuple):
    """The PEM files of a client: the authority that it trusts, its certificate and its key; empty where not given."""

    ca: str = ""
    cert: str = ""
    key: str = ""

    def options(self) -> Iterator[tuple[str, str]]:
        """Yield the option and the path of each file that is given."""
        yield from ((f"--tls-{name}", path) for name, path in self._asdict().items() if path)


NO_TLS = Tls()


class Scheduler(NamedTuple):
    """A running scheduler.

    Attributes:
        address: Its address, with its scheme.
        origin: The file or the variable that names it; empty where the caller has given the address itself.
        tls: The files for it; what is not given is in Dask's own settings.
    """

    address: str
    origin: str = ""
    tls: Tls = NO_TLS

    def __str__(self) -> str:
        """Return it as a message names it."""
        return f"the Dask scheduler at {self.address}" + (f" (from {self.origin})" if self.origin else "")

    @property
    def is_encrypted(self) -> bool:
        """Whether connections to it need certificates."""
        return self.address.startswith("tls://")


def find(given: str, tls: Tls) -> Scheduler | None:
    """Return the scheduler of a run; None where it starts workers of its own.

    Args:
        given: An address, or the path of the file that a scheduler writes with `--scheduler-file`; empty for what
            the environment says.
        tls: The files for it.

    Raises:
        UsageError: For what is no address, a file that cannot be read or names no scheduler, and certificates
            without an encrypted scheduler.
    """
    for option, path in tls.options():
        _read(path, f"the file of {option}, {path},")
    origin = "" if given else VARIABLE
    given = given or os.environ.get(VARIABLE, "")
    if not given:
        if any(tls):
            message = f"{_listed(tls)} need a running Dask scheduler, and none is given"
            raise UsageError(message, "add --scheduler tls://HOST:PORT, or leave the certificates out")
        return None
    if _is_file(given):
        given, origin = _address_in(given), given
    scheduler = Scheduler(given if "://" in given else f"{'tls' if any(tls) else 'tcp'}://{given}", origin, tls)
    _check(scheduler)
    return scheduler


def _is_file(given: str) -> bool:
    return "://" not in given and (os.sep in given or given.endswith(".json") or os.path.isfile(given))


def _address_in(path: str) -> str:
    """Return the address that a scheduler's file has."""
    content = _read(path, f"the scheduler's file {path}")
    try:
        document = json.loads(content)
    except ValueError as error:
        message = f"{path} is no scheduler's file: it is not JSON ({error})"
        raise UsageError(message, "give the file that `dask scheduler --scheduler-file FILE` writes") from None
    address = document.get("address") if isinstance(document, dict) else None
    if not isinstance(address, str) or "://" not in address:
        message = f'{path} is no scheduler\'s file: it has no "address"'
        raise UsageError(message, "give the file that `dask scheduler --scheduler-file FILE` writes")
    return address


def _read(path: str, what: str) -> bytes:
    try:
        return regular_file.read(path, _LARGEST_FILE)
    except OSError as error:
        message = f"{what} cannot be read: {error.strerror}"
        raise UsageError(message, "correct the path, which starts at the current directory") from None


def _check(scheduler: Scheduler) -> None:
    scheme, where = urlsplit(scheduler.address).scheme, "" if not scheduler.origin else f" in {scheduler.origin}"
    if scheme in ("http", "https"):
        message = f"{scheduler.address}{where} is the address of a page, as the dashboard's, and not of a scheduler"
        raise UsageError(message, "give the address that the scheduler prints, such as tcp://host:8786")
    if scheme not in _SCHEMES:
        message = f"{scheduler.address!r}{where} is no address of a scheduler: it starts with {scheme}://"
        raise UsageError(message, f"give one that starts with {', '.join(f'{each}://' for each in _SCHEMES)}")
    if not _has_host_and_port(scheduler.address):
        message = f"{scheduler.address!r}{where} is no address of a scheduler: it has no host, or no port"
        raise UsageError(message, f"write {scheme}://HOST:PORT, such as {scheme}://127.0.0.1:8786")
    if any(scheduler.tls) and scheme not in ("tls", "wss"):
        message = f"{_listed(scheduler.tls)} is given, and {scheduler.address}{where} is not encrypted"
        raise UsageError(message, "write tls:// where the scheduler takes encrypted connections, else leave them out")


def _has_host_and_port(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return bool(parts.hostname and parts.port)
    except ValueError:
        return False


def _listed(tls: Tls) -> str:
    return ", ".join(option for option, _ in tls.options())

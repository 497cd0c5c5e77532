"""Whether a Dask scheduler can be reached, and as what: tried on a plain connection before Dask's client is.

The client tells a wrong scheme, a refused certificate and a scheduler that is not there by one and the same
timeout. Here only what is certain is an error; whatever else goes wrong is the client's to tell.
"""

from __future__ import annotations

import socket
import ssl
import struct
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from parallel_stage.errors import BackendLostError

if TYPE_CHECKING:
    from parallel_stage.run.scheduler import Scheduler

_ANSWER = 2.0
"""The seconds in which a scheduler says something: Dask's begins to speak as soon as someone connects."""

_PAUSE = 0.2
_WORD = struct.Struct("<Q")
_LONGEST_GREETING = 1 << 20
_ADDRESS = "give the address that the scheduler prints, such as tcp://host:8786"


def check_reachable(scheduler: Scheduler, context: ssl.SSLContext | None, patience: float, hint: str) -> None:
    """Connect to a scheduler and see that it speaks as its address says.

    Args:
        scheduler: The scheduler; only `tcp://` and `tls://` are tried.
        context: What a `tls://` connection needs.
        patience: The seconds to wait for someone to listen there.
        hint: What to do where nobody does.

    Raises:
        BackendLostError: Where nobody listens, the scheme is another, or one side does not trust the other.
    """
    scheme = urlsplit(scheduler.address).scheme
    if scheme == "tcp":
        with _connected(scheduler, patience, hint) as connection:
            _check_plain(scheduler, connection, patience)
    elif scheme == "tls" and context:
        with _connected(scheduler, patience, hint) as connection:
            _check_trust(scheduler, connection, context)


def _connected(scheduler: Scheduler, patience: float, hint: str) -> socket.socket:
    deadline = time.monotonic() + patience
    while True:
        try:
            return _connect(scheduler, patience)
        except socket.gaierror as error:
            message = f"{scheduler} does not answer: its host is not known ({error.strerror})"
            raise BackendLostError(message, "correct the host's name") from None
        except OSError as error:
            if not isinstance(error, ConnectionRefusedError) or time.monotonic() >= deadline:
                message = f"{scheduler} does not answer: {error.strerror or error}"
                raise BackendLostError(message, hint) from None
        time.sleep(_PAUSE)


def _connect(scheduler: Scheduler, timeout: float) -> socket.socket:
    parts = urlsplit(scheduler.address)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=timeout)


def _check_plain(scheduler: Scheduler, connection: socket.socket, patience: float) -> None:
    if not (first := _first_word(connection, _ANSWER)):
        if _speaks_tls(scheduler):
            message = f"{scheduler} takes encrypted connections only, and its address is given as tcp://"
            raise BackendLostError(message, "write tls://, and give --tls-ca, --tls-cert and --tls-key")
        first = _first_word(connection, patience)  # it may be busy
    if not first:
        message = f"what listens at {scheduler.address} says nothing: it is no Dask scheduler, or one that hangs"
        raise BackendLostError(message, _ADDRESS)
    if not _is_dask(first):
        raise BackendLostError(f"what listens at {scheduler.address} is no Dask scheduler", _ADDRESS)


def _first_word(connection: socket.socket, patience: float) -> bytes:
    connection.settimeout(patience)
    try:
        return connection.recv(_WORD.size)
    except OSError:
        return b""


def _is_dask(word: bytes) -> bool:
    """Whether these are the first bytes of Dask's greeting: its length."""
    return len(word) == _WORD.size and _WORD.unpack(word)[0] < _LONGEST_GREETING


def _speaks_tls(scheduler: Scheduler) -> bool:
    """Whether the other side answers the first message of TLS with one."""
    anyone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    hello = anyone.wrap_bio(incoming, outgoing)
    try:
        with _connect(scheduler, _ANSWER) as connection:
            try:
                hello.do_handshake()
            except ssl.SSLWantReadError:
                connection.sendall(outgoing.read())
            connection.settimeout(_ANSWER)
            return connection.recv(1) in (b"\x16", b"\x15")  # a handshake, or an alert
    except OSError:
        return False


def _check_trust(scheduler: Scheduler, connection: socket.socket, context: ssl.SSLContext) -> None:
    try:
        with context.wrap_socket(connection) as encrypted:
            encrypted.settimeout(_ANSWER)
            if encrypted.recv(1):
                return
    except ssl.SSLCertVerificationError as error:
        message = f"{scheduler} has a certificate of another authority than that of --tls-ca: {error.verify_message}"
        raise BackendLostError(message, "give the authority that has signed the scheduler's certificate") from None
    except TimeoutError:  # it is busy
        return
    except OSError:
        if _is_plain(scheduler):
            message = f"{scheduler} takes no encrypted connections, and its address is given as tls://"
            raise BackendLostError(message, "write tcp://, or start the scheduler with --protocol tls") from None
    message = f"{scheduler} refuses the certificate of --tls-cert"
    raise BackendLostError(message, "give one that is signed by the authority that the scheduler trusts")


def _is_plain(scheduler: Scheduler) -> bool:
    try:
        with _connect(scheduler, _ANSWER) as connection:
            return _is_dask(_first_word(connection, _ANSWER))
    except OSError:
        return False

"""The addresses on which a service may listen."""

from __future__ import annotations

import ipaddress
import os

from parallel_stage.errors import UsageError
from parallel_stage.run.backends.certificates import security_of
from parallel_stage.run.scheduler import Scheduler, Tls

LOOPBACK = "127.0.0.1"


def is_loopback(host: str) -> bool:
    """Whether an address, or the name of one, is only reached from this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_host(host: str, *, tls: bool) -> None:
    """Raise UsageError for an address that others reach, where they need no certificate.

    Whoever reaches a scheduler executes code as the user who has started it.
    """
    if not host or host.startswith("-") or not host.isprintable() or any(each in host for each in " /,"):
        raise UsageError(f"{host!r} is no address to listen on", f"leave it out, which means {LOOPBACK}")
    if not tls and not is_loopback(host):
        message = f"--host {host} is reached from other machines, and whoever reaches it can execute code as you"
        raise UsageError(message, "give --tls-ca, --tls-cert and --tls-key, too, or leave --host out")


def check_tls(tls: Tls) -> Tls:
    """Return certificates as absolute paths, or none.

    Raises:
        UsageError: Where one of the three files is missing, cannot be read, or is not what it is given for.
    """
    if not any(tls):
        return tls
    absent = [f"--tls-{name}" for name, path in tls._asdict().items() if not path]
    if absent:
        message = f"a service with certificates needs all three files, and there is no {' and no '.join(absent)}"
        raise UsageError(message, "give --tls-ca, --tls-cert and --tls-key, or none of them")
    found = Tls(*map(os.path.abspath, tls))
    security_of(Scheduler(f"tls://{LOOPBACK}:0", tls=found))
    return found

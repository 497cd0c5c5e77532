"""The addresses on which a service may listen."""

from __future__ import annotations

import ipaddress

from parallel_stage.errors import UsageError

LOOPBACK = "127.0.0.1"


def is_loopback(host: str) -> bool:
    """Whether an address, or the name of one, is only reached from this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_host(host: str, tls: bool) -> None:  # noqa: FBT001 - the one thing that decides
    """Raise UsageError for an address that others reach, where they need no certificate.

    Whoever reaches a scheduler executes code as the user who has started it.
    """
    if not host or host.startswith("-") or not host.isprintable() or any(each in host for each in " /,"):
        raise UsageError(f"{host!r} is no address to listen on", f"leave it out, which means {LOOPBACK}")
    if not tls and not is_loopback(host):
        message = f"--host {host} is reached from other machines, and whoever reaches it can execute code as you"
        raise UsageError(message, "give --tls-ca, --tls-cert and --tls-key, too, or leave --host out")

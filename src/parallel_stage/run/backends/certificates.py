"""What a client needs for an encrypted Dask scheduler: checked before Dask uses it, so that each mistake is named."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from parallel_stage.contract import regular_file
from parallel_stage.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from distributed.security import Security

    from parallel_stage.run.scheduler import Scheduler

_HINT = "give --tls-ca, --tls-cert and --tls-key, or set distributed.comm.tls in Dask's own configuration"


def security_of(scheduler: Scheduler) -> Security | None:
    """Return what Dask needs to connect: the given files, and Dask's own settings for those that are not.

    Returns:
        None where nothing is needed, or where a `security-loader` of Dask's settings has it.

    Raises:
        MissingExtraError: Without Dask.
        UsageError: Where a file is missing, unreadable, or not what it is given for.
    """
    if not scheduler.is_encrypted:
        return None
    try:
        import dask
        from distributed.security import Security
    except ImportError:
        raise missing_dask() from None
    if not any(scheduler.tls) and dask.config.get("distributed.client.security-loader", None):
        return None
    names = {"ca": "tls_ca_file", "cert": "tls_client_cert", "key": "tls_client_key"}
    given = {names[name]: path for name, path in scheduler.tls._asdict().items() if path}
    found = Security(require_encryption=True, **given)  # type: ignore[no-untyped-call]
    used = found.get_tls_config_for_role("client")  # type: ignore[no-untyped-call]
    _check(scheduler, used["ca_file"], used["cert"], used["key"])
    return found


def missing_dask() -> MissingExtraError:
    """Return the error of an environment without Dask."""
    message = "the dask backend needs dask and distributed, which are not installed"
    return MissingExtraError(message, "pip install 'parallel-stage[dask]'")


def _check(scheduler: Scheduler, ca: str | None, cert: str | None, key: str | None) -> None:
    absent = [name for name, value in (("--tls-ca", ca), ("--tls-cert", cert)) if not value]
    if absent or not ca or not cert:
        message = f"{scheduler} takes encrypted connections only, and there is no {' and no '.join(absent)}"
        raise UsageError(message, _HINT)
    if any("\n" in each for each in (ca, cert, key or "")):  # PEM itself, in Dask's settings
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=ca)
    except ssl.SSLError:
        raise UsageError(f"{ca} holds no certificate of an authority, in PEM", _HINT) from None
    except OSError as error:
        raise _unreadable(ca, error) from None
    _check_pair(context, cert, key)


def _check_pair(context: ssl.SSLContext, cert: str, key: str | None) -> None:
    try:
        for path in (cert, key or cert):  # OpenSSL does not say which of the two it cannot read
            regular_file.read(path)
        context.load_cert_chain(cert, key, password=lambda: _refuse_encrypted(key or cert))
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise UsageError(f"the key in {key or cert} is not that of the certificate in {cert}", _HINT) from None
        what = f"{cert} and {key} are not" if key else f"there is no --tls-key, and {cert} is not"
        raise UsageError(f"{what} a certificate and its key, in PEM", _HINT) from None
    except OSError as error:
        raise _unreadable(error.filename or cert, error) from None


def _refuse_encrypted(path: str) -> str:
    # Without this, OpenSSL would ask for the password on the terminal.
    raise UsageError(f"the key in {path} is encrypted, and nobody is asked for its password", "give a plain key")


def _unreadable(path: str, error: OSError) -> UsageError:
    return UsageError(f"the file {path}, for TLS, cannot be read: {error.strerror}", _HINT)

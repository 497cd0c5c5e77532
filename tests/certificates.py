"""Certificates for encrypted clusters, made where a test runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trustme

from parallel_stage.run.scheduler import Tls

if TYPE_CHECKING:
    from pathlib import Path


def certificates(directory: Path, name: str) -> Tls:
    """Make an authority and a certificate of it, with its key; return the files."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    files = Tls(*(str(directory / f"{name}-{each}.pem") for each in Tls._fields))
    authority.cert_pem.write_to_path(files.ca)
    issued.cert_chain_pems[0].write_to_path(files.cert)
    issued.private_key_pem.write_to_path(files.key)
    return files

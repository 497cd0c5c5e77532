"""An encrypted Dask cluster, and what is said of each usual mistake with one."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization

from certificates import certificates
from dask_cluster import DaskCluster, dask_cluster
from parallel_stage.errors import BackendLostError, ParallelStageError, UsageError
from parallel_stage.run.backends import BACKENDS, dask, reachable
from parallel_stage.run.backends.certificates import security_of
from parallel_stage.run.backends.protocol import WorkerSpec
from parallel_stage.run.scheduler import NO_TLS, VARIABLE, Scheduler, Tls

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.xdist_group("dask")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def ours(directory: Path) -> Tls:
    """The cluster's certificate and authority."""
    return certificates(directory, "ours")


@pytest.fixture(scope="module")
def theirs(directory: Path) -> Tls:
    """Those of someone else."""
    return certificates(directory, "theirs")


@pytest.fixture(scope="module")
def cluster(directory: Path, ours: Tls) -> Iterator[DaskCluster]:
    """A scheduler and a worker that take encrypted connections only."""
    options = ("--tls-ca-file", ours.ca, "--tls-cert", ours.cert, "--tls-key", ours.key)
    with dask_cluster(directory / "cluster", 1, (), options) as found:
        yield found


@pytest.fixture(scope="module")
def plain(directory: Path) -> Iterator[DaskCluster]:
    """A scheduler without TLS, and without workers."""
    with dask_cluster(directory / "plain", 0) as found:
        yield found


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No scheduler in the environment."""
    monkeypatch.delenv(VARIABLE, raising=False)


def answer(scheduler: str, tls: Tls = NO_TLS) -> Any:
    with BACKENDS["dask"](WorkerSpec(workers=1, threads=1, scheduler=scheduler, tls=tls)) as workers:
        return workers.submit(pow, 2, 3).result(timeout=30)


def test_an_encrypted_cluster(cluster: DaskCluster, ours: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cluster.address.startswith("tls://")
    assert answer(cluster.address, ours) == 8
    assert answer(str(cluster.file), ours) == 8
    assert answer(cluster.address.removeprefix("tls://"), ours) == 8
    monkeypatch.setenv(VARIABLE, cluster.address)
    assert answer("", ours) == 8


def test_dasks_own_settings(cluster: DaskCluster, ours: Tls) -> None:
    from dask import config

    names = {"ca-file": ours.ca, "client.cert": ours.cert}
    with config.set({f"distributed.comm.tls.{name}": path for name, path in names.items()}):
        assert answer(cluster.address, Tls(key=ours.key)) == 8, "the rest is given"


def refused(scheduler: str, tls: Tls = NO_TLS) -> ParallelStageError:
    with pytest.raises((BackendLostError, UsageError)) as caught:
        answer(scheduler, tls)
    assert caught.value.hint
    return caught.value


def test_a_scheme_that_is_not_the_schedulers(cluster: DaskCluster, plain: DaskCluster, ours: Tls) -> None:
    error = refused(cluster.address.replace("tls", "tcp"))
    assert "takes encrypted connections only, and its address is given as tcp://" in error.message
    error = refused(plain.address.replace("tcp", "tls"), ours)
    assert "takes no encrypted connections, and its address is given as tls://" in error.message
    assert "--protocol tls" in error.hint


def test_an_authority_that_is_not_the_clusters(cluster: DaskCluster, ours: Tls, theirs: Tls) -> None:
    error = refused(cluster.address, theirs)
    assert "has a certificate of another authority than that of --tls-ca: self" in error.message
    error = refused(cluster.address, theirs._replace(ca=ours.ca))
    assert "refuses the certificate of --tls-cert" in error.message


def test_what_is_missing_is_named(cluster: DaskCluster, ours: Tls) -> None:
    assert "there is no --tls-ca and no --tls-cert" in refused(cluster.address).message
    assert "there is no --tls-cert" in refused(cluster.address, Tls(ca=ours.ca)).message
    assert "there is no --tls-key, and" in refused(cluster.address, ours._replace(key="")).message


def test_files_that_are_not_what_they_are_given_for(ours: Tls, theirs: Tls, directory: Path) -> None:
    def said(tls: Tls) -> str:
        with pytest.raises(UsageError) as caught:
            security_of(Scheduler("tls://127.0.0.1:9", "", tls))
        return caught.value.message

    mixed = ours._replace(key=theirs.key)
    assert said(mixed) == f"the key in {theirs.key} is not that of the certificate in {ours.cert}"
    assert "holds no certificate of an authority" in said(ours._replace(ca=__file__))
    assert "are not a certificate and its key" in said(ours._replace(key=__file__))
    assert "cannot be read: No such file" in said(ours._replace(cert=str(directory / "gone.pem")))
    key = serialization.load_pem_private_key(Path(ours.key).read_bytes(), None)
    locked = directory / "locked.pem"
    encryption = serialization.BestAvailableEncryption(b"secret")
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    locked.write_bytes(key.private_bytes(*form, encryption))
    assert f"the key in {locked} is encrypted" in said(ours._replace(key=str(locked)))


def test_a_certificate_and_its_key_in_one_file(cluster: DaskCluster, ours: Tls, directory: Path) -> None:
    both = directory / "both.pem"
    both.write_bytes(Path(ours.key).read_bytes() + Path(ours.cert).read_bytes())
    assert answer(cluster.address, Tls(ours.ca, str(both))) == 8


def test_where_no_scheduler_is(ours: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "_PATIENCE", 0.5)
    error = refused("tls://127.0.0.1:9", ours)
    assert error.message == "the Dask scheduler at tls://127.0.0.1:9 does not answer: Connection refused"
    monkeypatch.setenv(VARIABLE, "tcp://127.0.0.1:9")
    error = refused("")
    assert f"tcp://127.0.0.1:9 (from {VARIABLE}) does not answer: Connection refused" in error.message
    assert f"${VARIABLE}" in error.hint
    assert "its host is not known" in refused("tcp://nowhere.invalid:8786").message


@pytest.mark.parametrize(
    ("says", "message"),
    [(b"", "says nothing: it is no Dask scheduler, or one that hangs"), (b"SSH-2.0-x\r\n", "is no Dask scheduler")],
)
def test_something_else_that_listens(says: bytes, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "_PATIENCE", 1)
    monkeypatch.setattr(reachable, "_ANSWER", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        accepted: list[socket.socket] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    accepted.append(server.accept()[0])
                    accepted[-1].sendall(says)

        thread = threading.Thread(target=accept)
        thread.start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        assert message in refused(address).message
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for each in accepted:
            each.close()

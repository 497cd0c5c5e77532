"""The names of services, and the addresses on which they may listen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from certificates import certificates
from parallel_stage.errors import UsageError
from parallel_stage.run.scheduler import NO_TLS, Tls
from parallel_stage.service.addresses import check_host, check_tls
from parallel_stage.service.lifecycle import restart, start, stop
from parallel_stage.service.place import place_of
from parallel_stage.service.state import Settings

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = (
    *("", " ", ".", "..", "../up", "/etc/passwd", "a/b", "a\\b", "-x", "--workers", "x-", ".hidden", "UPPER", "ü"),
    *("two words", "line\nbreak", "nul\0byte", "$(touch x)", "a" * 49, "con", "lpt1.x", "{}", '"', "\x1b[2J", "\udcff"),
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused_before_anything_is_written(name: str, tmp_path: Path) -> None:
    root = str(tmp_path)
    for command in (lambda: start(name, root, Settings(1, "127.0.0.1")), lambda: stop(name, root)):
        with pytest.raises(UsageError, match="cannot name a service") as caught:
            command()
        assert caught.value.hint
    with pytest.raises(UsageError, match="cannot name a service"):
        restart(name, root)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("name", ["warm", "a", "2", "a-b_c.d", "a" * 48])
def test_a_name_is_its_directory(name: str, tmp_path: Path) -> None:
    assert place_of(name, str(tmp_path)) == tmp_path / ".parallel-stage" / "service" / name


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_loopback_needs_no_certificate(host: str) -> None:
    check_host(host, tls=False)


@pytest.mark.parametrize("host", ["192.0.2.1", "::", "10.0.0.1", "example.org", "127.0.0.1.example.org"])
def test_any_other_address_needs_one(host: str) -> None:
    check_host(host, tls=True)
    with pytest.raises(UsageError, match="whoever reaches it can execute code as you") as caught:
        check_host(host, tls=False)
    assert "--tls-ca" in caught.value.hint


def test_certificates_are_whole_or_none(tmp_path: Path) -> None:
    ours, other = certificates(tmp_path, "ours"), certificates(tmp_path, "other")
    assert check_tls(ours) == ours
    assert check_tls(NO_TLS) == NO_TLS
    wrong = {
        "there is no --tls-ca and no --tls-key": Tls(cert=ours.cert),
        "there is no --tls-key": ours._replace(key=""),
        "cannot be read: No such file": ours._replace(ca="/nowhere/ca.pem"),
        "holds no certificate of an authority": ours._replace(ca=ours.key),
        "is not that of the certificate": ours._replace(key=other.key),
    }
    for message, tls in wrong.items():
        with pytest.raises(UsageError, match=message) as caught:
            start("warm", str(tmp_path / "root"), Settings(1, "127.0.0.1", tls))
        assert "--tls-ca" in caught.value.hint
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize("host", ["", "-h", "tcp://127.0.0.1", "127.0.0.1,::1", "a b", "a\nb"])
def test_what_is_no_address_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="is no address to listen on"):
        check_host(host, tls=True)

"""Certificates: made once, announced in good time, followed without a gap, whatever was interrupted."""

import hashlib
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization

from caravels_operator.app.live import renew_certificates
from caravels_operator.app.panel import Panel
from caravels_operator.app.tls import (
    ANNOUNCE_DAYS,
    LIFETIME_DAYS,
    SWITCH_DAYS,
    Certificates,
    Pair,
    panel_pair,
    server_context,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates.in_folder(tmp_path / "data")


def announced_by(certificates: Certificates) -> str | None:
    return certificates.next_fingerprint


def in_days(days_left: int) -> datetime:
    return NOW + timedelta(days=LIFETIME_DAYS - days_left)


def test_a_certificate_is_made_once_and_only_its_owner_reads_the_key(certificates: Certificates) -> None:
    first = certificates.refresh(NOW).fingerprint
    assert certificates.refresh(NOW + timedelta(days=1)).fingerprint == first
    assert announced_by(certificates) is None
    assert certificates.present.key.stat().st_mode & 0o777 == 0o600
    assert server_context(certificates.present).minimum_version is ssl.TLSVersion.TLSv1_2


def test_the_next_is_announced_and_later_takes_over(certificates: Certificates) -> None:
    first = certificates.refresh(NOW).fingerprint
    assert certificates.refresh(in_days(ANNOUNCE_DAYS)).fingerprint == first
    assert announced_by(certificates) is None
    assert certificates.refresh(in_days(ANNOUNCE_DAYS - 1)).fingerprint == first
    announced = announced_by(certificates)
    assert announced is not None
    assert announced != first
    assert certificates.refresh(in_days(SWITCH_DAYS)).fingerprint == first
    assert certificates.refresh(in_days(SWITCH_DAYS - 1)).fingerprint == announced
    assert announced_by(certificates) is None
    server_context(certificates.present)


def test_an_operator_that_slept_through_the_announcement_still_announces_first(certificates: Certificates) -> None:
    first = certificates.refresh(NOW).fingerprint
    assert certificates.refresh(in_days(5)).fingerprint == first
    announced = announced_by(certificates)
    assert certificates.refresh(in_days(5)).fingerprint == announced


def test_a_switch_that_was_interrupted_after_its_key_is_finished(certificates: Certificates) -> None:
    certificates.refresh(NOW)
    certificates.refresh(in_days(ANNOUNCE_DAYS - 1))
    announced = announced_by(certificates)
    certificates.next.key.replace(certificates.present.key)
    assert certificates.refresh(in_days(SWITCH_DAYS - 1)).fingerprint == announced
    server_context(certificates.present)


def test_a_certificate_that_is_none_is_named_with_what_to_do(certificates: Certificates) -> None:
    certificates.refresh(NOW)
    certificates.present.certificate.write_text("garbage")
    with pytest.raises(ValueError, match=r"member_port\.crt is no certificate\. Put back a copy .*member_port\.key"):
        certificates.refresh(NOW)


def seen(context: ssl.SSLContext) -> str:
    """Return the fingerprint of the certificate that a new connection sees."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    anyone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
    client = anyone.wrap_bio(to_client, to_server)
    server = context.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client, server):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    certificate = client.getpeercert(binary_form=True)
    assert certificate is not None
    return hashlib.sha256(certificate).hexdigest()


def lock(pair: Pair) -> None:
    """Lock a key by a password."""
    key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
    locked = serialization.BestAvailableEncryption(b"a secret")
    pair.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked))


def test_a_key_that_does_not_belong_to_its_certificate_is_named(certificates: Certificates, tmp_path: Path) -> None:
    pair, other = certificates.refresh(NOW), Certificates.in_folder(tmp_path / "other").refresh(NOW)
    good = pair.key.read_bytes()
    for wrong in (b"garbage", other.key.read_bytes()):
        pair.key.write_bytes(wrong)
        with pytest.raises(ValueError, match=r"member_port\.key is not the key of member_port\.crt"):
            server_context(pair)
    pair.key.write_bytes(good)
    lock(pair)
    with pytest.raises(ValueError, match="locked by a password"):
        server_context(pair)


def test_half_a_pair_for_the_panel_is_never_written_over(tmp_path: Path) -> None:
    pair = panel_pair(tmp_path, (), NOW)
    for kept, lost in ((pair.certificate, pair.key), (pair.key, pair.certificate)):
        before, content = kept.read_bytes(), lost.read_bytes()
        lost.unlink()
        with pytest.raises(ValueError, match=rf"{lost.name} is missing\. Put it there, or remove {kept.name}"):
            panel_pair(tmp_path, (), NOW)
        assert kept.read_bytes() == before
        lost.write_bytes(content)


def test_a_certificate_that_cannot_be_used_keeps_what_is_seen_and_no_other_back(
    certificates: Certificates, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    members = server_context(certificates.refresh(NOW))
    own = panel_pair(tmp_path, (), NOW)
    panel = Panel(web.Application(), server_context(own), tmp_path, (), None)
    assert panel.tls is not None
    before = own.fingerprint
    other = Certificates.in_folder(tmp_path / "other").refresh(NOW)
    own.certificate.write_bytes(other.certificate.read_bytes())  # its key is still on the way
    renew_certificates(certificates, members, panel, NOW)
    assert "panel.key is not the key of panel.crt" in caplog.text
    assert seen(panel.tls) == before
    own.key.write_bytes(other.key.read_bytes())
    certificates.present.certificate.write_text("garbage")
    renew_certificates(certificates, members, panel, NOW)
    assert "member_port.crt is no certificate" in caplog.text
    assert seen(panel.tls) == other.fingerprint

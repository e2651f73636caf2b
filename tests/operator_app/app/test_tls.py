"""Certificates: made once, announced in good time, followed without a gap, whatever was interrupted."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from caravels_operator.app.tls import ANNOUNCE_DAYS, LIFETIME_DAYS, SWITCH_DAYS, Certificates, server_context

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

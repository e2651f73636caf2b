"""By what an operator is known again, and every refusal has a sentence in every language."""

import json
from pathlib import Path

import pytest
from homeassistant.config_entries import OperationNotAllowed

from custom_components.caravels.common.member.ports import JournalUnusable, OperatorAway, WrongFingerprint
from custom_components.caravels.common.member.records import Membership
from custom_components.caravels.common.protocol import ErrorCode, Hello, PairingLink, ProtocolError
from custom_components.caravels.flows.operators import (
    ERROR_KEYS,
    REFUSALS,
    KnownOperator,
    NotALink,
    OtherMember,
    OtherOperator,
    error_key,
    read_addresses,
)
from custom_components.caravels.metering import FindingCode, MeterFinding

TRANSLATIONS = Path(__file__).resolve().parents[2] / "custom_components/caravels/translations"
OLD, NEXT, NEW = "aa" * 32, "bb" * 32, "cc" * 32
HERE, THERE = "here.test:1", "there.test:1"


@pytest.mark.parametrize("language", ["en", "pt"])
def test_every_refusal_and_every_blocking_finding_has_a_sentence(language: str) -> None:
    errors = json.loads((TRANSLATIONS / f"{language}.json").read_text())["config"]["error"]
    assert set(ErrorCode) <= ERROR_KEYS
    blocking = {code for code in FindingCode if MeterFinding("sensor.one", "grid_import", code).blocks}
    meters = {f"meter_{code}" for code in blocking - {FindingCode.IMPLAUSIBLE}}  # is found while metering, not here
    assert errors.keys() == ERROR_KEYS | meters | {"meter_required"}


def test_every_refusal_has_its_own_key() -> None:
    raised: list[Exception] = [NotALink(), OtherOperator(), OtherMember(), JournalUnusable("full")]
    raised += [OperatorAway(), WrongFingerprint(), OperationNotAllowed()]
    raised += [kind() for kind in ProtocolError.all()]
    raised.append(ProtocolError.of(ErrorCode.UNKNOWN, "of a later version"))
    keys = [error_key(one) for one in raised]
    assert all(isinstance(one, REFUSALS) for one in raised)
    assert len(set(keys)) == len(keys)
    assert set(keys) == ERROR_KEYS
    assert error_key(WrongFingerprint()) == "wrong_fingerprint"  # though it is a kind of being away


@pytest.mark.parametrize(
    ("pinned", "address", "fingerprint", "epoch", "community", "known"),
    [
        (OLD, THERE, OLD, "second", "Rua Verde", True),  # by its certificate
        (OLD, THERE, NEXT, "second", "Rua Verde", True),  # by the one that was announced
        (OLD, THERE, NEW, "first", "Rua Verde", True),  # by its ledger's history
        (OLD, THERE, None, "first", "Rua Verde", True),
        (OLD, HERE, NEW, "second", "Rua Azul", True),  # by place and name: restored, with a new certificate
        (OLD, THERE, NEW, "second", "Rua Azul", False),  # the name alone
        (OLD, HERE, NEW, "second", "Rua Verde", False),  # the place alone
        (OLD, HERE, None, "second", "Rua Verde", False),
        (None, HERE, None, "second", "Rua Verde", True),  # a place that the system's CAs vouch for
        (None, THERE, None, "second", "Rua Azul", False),
        (None, HERE, NEW, "second", "Rua Verde", False),
    ],
)
def test_by_what_an_operator_is_known(
    pinned: str | None, address: str, fingerprint: str | None, epoch: str, community: str, *, known: bool
) -> None:
    operator = KnownOperator(Membership("ana", "t" * 43, (HERE,), pinned, None, NEXT), "first", "Rua Azul")
    hello = Hello(
        protocol_version=1,
        oldest_supported=1,
        epoch=epoch,
        community=community,
        currency="EUR",
        time_zone="Europe/Lisbon",
        market_zone="Europe/Lisbon",
        market_period_s=3_600,
        settlement_period_s=3_600,
        reading_interval_s=600,
        now=1_783_335_600,
    )
    assert operator.is_at(PairingLink((address,), "A" * 26, fingerprint), hello) is known


def test_addresses_keep_the_certificate_and_a_link_brings_its_own() -> None:
    assert read_addresses("a.test:1, b.test:2;\n[::1]:3", OLD) == PairingLink(
        ("a.test:1", "b.test:2", "[::1]:3"), "A" * 26, OLD
    )
    link = PairingLink((THERE,), "B" * 26, None)
    assert read_addresses(f" {link}\n", OLD) == link

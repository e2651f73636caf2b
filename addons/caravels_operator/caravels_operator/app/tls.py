"""The operator's certificate: self-signed, known to members by its fingerprint, and followed by the next in good time.

A next certificate is made and announced `ANNOUNCE_DAYS` before the present one ends, and takes over
`SWITCH_DAYS` before: a member that connects once in between follows by itself.
"""

import datetime
import hashlib
import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

COMMON_NAME = "CARAVELS operator"
LIFETIME_DAYS = 3_650
ANNOUNCE_DAYS = 180
SWITCH_DAYS = 30


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, in PEM files beside each other."""

    certificate: Path
    key: Path

    @property
    def exists(self) -> bool:
        """Whether both are there."""
        return self.certificate.exists() and self.key.exists()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate [hex]."""
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.certificate.read_text())).hexdigest()

    @property
    def is_own(self) -> bool:
        """Whether the certificate was made here, by itself and nobody else."""
        certificate = self._loaded()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, COMMON_NAME)])
        return certificate.issuer == certificate.subject == name

    def days_left(self, now: datetime.datetime) -> int:
        """Return how many whole days the certificate is still valid."""
        return (self._loaded().not_valid_after_utc - now).days

    def _loaded(self) -> x509.Certificate:
        try:
            return x509.load_pem_x509_certificate(self.certificate.read_bytes())
        except ValueError as error:
            raise ValueError(
                f"{self.certificate} is no certificate. Put back a copy of it and of {self.key.name}; without them "
                "every home must pair again: remove both, and new ones are made."
            ) from error

    def make(self, now: datetime.datetime, names: Sequence[str] = ()) -> None:
        """Make a new key and a certificate for it; the certificate comes last, so that half a pair is no pair.

        Args:
            names: host names and addresses that it stands for; who pins it by its fingerprint needs none.
        """
        private = ec.generate_private_key(ec.SECP256R1())
        _write_private(
            self.key,
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )
        self.certificate.write_bytes(_self_signed(private, now, names).public_bytes(serialization.Encoding.PEM))


@dataclass(frozen=True, slots=True)
class Certificates:
    """The certificates in a data folder."""

    folder: Path

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """Return the certificates of a data folder, which is made if it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder)

    @property
    def present(self) -> Pair:
        """The pair in force."""
        return Pair(self.folder / "member_port.crt", self.folder / "member_port.key")

    @property
    def next(self) -> Pair:
        """The pair that will follow."""
        return Pair(self.folder / "member_port_next.crt", self.folder / "member_port_next.key")

    @property
    def next_fingerprint(self) -> str | None:
        """What members are told beforehand [hex], or None."""
        return self.next.fingerprint if self.next.exists else None

    def refresh(self, now: datetime.datetime) -> Pair:
        """Make what is missing, switch when it is time, and return the pair in force."""
        if self.next.certificate.exists() and not self.next.key.exists():
            self.next.certificate.replace(self.present.certificate)  # a switch that was interrupted after its key
        if not self.present.exists:
            self.present.make(now)
        days_left = self.present.days_left(now)
        if days_left < ANNOUNCE_DAYS and not self.next.exists:
            self.next.make(now)
        elif days_left < SWITCH_DAYS:
            self.next.key.replace(self.present.key)
            self.next.certificate.replace(self.present.certificate)
        return self.present


def server_context(pair: Pair) -> ssl.SSLContext:
    """Return the TLS settings of a port; `show` changes what new connections see.

    Raises:
        ValueError: see `show`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    show(context, pair)
    return context


def show(context: ssl.SSLContext, pair: Pair) -> None:
    """Let new connections see a pair; if that fails they go on seeing what they saw.

    Raises:
        ValueError: the key is none, or not that of the certificate.
    """
    files = (
        pair.certificate,
        pair.key,
        "",
    )  # without a password, OpenSSL asks at the terminal for that of a locked key
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*files)  # a failure leaves a context without its key
        context.load_cert_chain(*files)
    except ssl.SSLError as error:
        raise ValueError(
            f"{pair.key} is not the key of {pair.certificate.name}, or is locked by a password. Put the right one."
        ) from error


def panel_pair(folder: Path, names: Sequence[str], now: datetime.datetime) -> Pair:
    """Return the certificate by which browsers see the panel: one that its operator put there, else a self-signed one.

    Only what was made here is made anew, `SWITCH_DAYS` before its end.

    Raises:
        ValueError: what is there is no certificate, or half of a pair, which may be somebody's only copy.
    """
    pair = Pair(folder / "panel.crt", folder / "panel.key")
    if pair.certificate.exists() != pair.key.exists():
        there, missing = (pair.certificate, pair.key) if pair.certificate.exists() else (pair.key, pair.certificate)
        raise ValueError(f"{missing} is missing. Put it there, or remove {there.name}: both are made anew.")
    try:
        stays = pair.exists and not (pair.is_own and pair.days_left(now) < SWITCH_DAYS)
    except ValueError as error:
        raise ValueError(
            f"{pair.certificate} is no certificate. Put the right one there, or remove it: a new one is made."
        ) from error
    if not stays:
        pair.make(now, names)
    return pair


def _self_signed(private: ec.EllipticCurvePrivateKey, now: datetime.datetime, names: Sequence[str]) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, COMMON_NAME)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=LIFETIME_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
    return builder.sign(private, hashes.SHA256())


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, from the first byte on."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)

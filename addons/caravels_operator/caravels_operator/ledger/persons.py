"""Who stands behind a pseudonym: sealed, apart from everything else, and erasable without touching a booked row.

A backup made before the erasure still holds the sealed data and its key until that backup is thrown away.
"""

import json
import secrets
from dataclasses import asdict, dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, delete, func, select

from . import keys
from .schema import person_keys, persons

NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Person:
    """What the community must know of a member's person, and of its meter."""

    name: str
    contact: str
    metering_point: str


_GET = select(persons.c.nonce, persons.c.sealed).where(persons.c.member == bindparam("of"))
_ALL = select(persons.c.member, persons.c.nonce, persons.c.sealed, person_keys.c.key).join(
    person_keys, person_keys.c.member == persons.c.member
)
_COUNT = select(func.count()).select_from(persons)
_DELETE = delete(persons).where(persons.c.member == bindparam("of"))


def put(conn: Connection, member: str, person: Person) -> None:
    """Store a member's personal data in place of what was there."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    plain = json.dumps(asdict(person)).encode()
    sealed = AESGCM(keys.made(conn, member)).encrypt(nonce, plain, member.encode())
    conn.execute(_DELETE, {"of": member})
    conn.execute(persons.insert(), {"member": member, "nonce": nonce, "sealed": sealed})


def get(conn: Connection, member: str) -> Person | None:
    """Return a member's personal data, or None when there is none or it was erased.

    Raises:
        InvalidTag: the stored bytes were altered.
    """
    row = conn.execute(_GET, {"of": member}).one_or_none()
    key = keys.of_member(conn, member)
    if row is None or key is None:
        return None
    return Person(**json.loads(AESGCM(key).decrypt(row.nonce, row.sealed, member.encode())))


def all(conn: Connection) -> dict[str, Person]:  # noqa: A001  # read as persons.all
    """Return the personal data of every member of whom there is any.

    Raises:
        InvalidTag: the stored bytes were altered.
    """
    return {
        row.member: Person(**json.loads(AESGCM(row.key).decrypt(row.nonce, row.sealed, row.member.encode())))
        for row in conn.execute(_ALL)
    }


def count(conn: Connection) -> int:
    """Return of how many members there is personal data."""
    found: int = conn.execute(_COUNT).scalar_one()
    return found


def erase(conn: Connection, member: str) -> bool:
    """Destroy a member's key and sealed data; return whether there was any. The pseudonym and its bookings stay."""
    had_data = conn.execute(_DELETE, {"of": member}).rowcount == 1
    return keys.destroy(conn, member) or had_data

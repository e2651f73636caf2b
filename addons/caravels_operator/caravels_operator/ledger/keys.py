"""A key a member, under which its personal data is sealed. Destroying the key is what erasing means."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, delete, select

from .schema import person_keys

KEY_BITS = 256

_GET = select(person_keys.c.key).where(person_keys.c.member == bindparam("of"))
_DESTROY = delete(person_keys).where(person_keys.c.member == bindparam("of"))


def of_member(conn: Connection, member: str) -> bytes | None:
    """Return a member's key, or None when it was destroyed or never made."""
    return conn.execute(_GET, {"of": member}).scalar_one_or_none()


def made(conn: Connection, member: str) -> bytes:
    """Return a member's key, made now if there is none."""
    key = of_member(conn, member)
    if key is None:
        key = AESGCM.generate_key(KEY_BITS)
        conn.execute(person_keys.insert(), {"member": member, "key": key})
    return key


def destroy(conn: Connection, member: str) -> bool:
    """Destroy a member's key; return whether there was one."""
    return conn.execute(_DESTROY, {"of": member}).rowcount == 1

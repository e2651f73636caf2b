"""Flipped bytes in a SQLite ledger: refused at the start, found by verify, or without any effect on a value."""

import asyncio
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from sqlalchemy.exc import DBAPIError

from caravels_operator.ledger import engine, migrations
from caravels_operator.ledger.errors import LedgerCorrupt
from caravels_operator.ledger.store import Ledger
from caravels_operator.ledger.verify import verify

from . import samples

COPIES = 60
FLIPS = 64


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("original") / "ledger.sqlite"
    migrations.migrate(f"sqlite:///{path}")
    with engine.writing(engine.parse(f"sqlite:///{path}")).connect() as conn, conn.begin():
        samples.fill(conn, days=4, homes=8, postings_an_hour=30)
    return path


def flipped(content: bytes, chance: Random, flips: int) -> bytes:
    changed = bytearray(content)
    for place in chance.sample(range(len(changed)), flips):
        changed[place] ^= chance.randint(1, 255)
    return bytes(changed)


def outcome(address: str, expected: dict[str, list[tuple[object, ...]]]) -> str:
    """Return how damage showed: refused, found, or harmless; fail if a value changed and nothing said so."""
    try:
        asyncio.run(Ledger.open(address, inline=True).close())
    except LedgerCorrupt:
        return "refused"
    if verify(address).faults:
        return "found"
    try:
        assert samples.contents(address) == expected, "a value changed, and nothing said so"
    except DBAPIError:
        pytest.fail("a row cannot be read, and nothing said so")
    return "harmless"


def test_no_damage_passes_unseen(original: Path, tmp_path: Path) -> None:
    content = original.read_bytes()
    expected = samples.contents(f"sqlite:///{original}")
    chance = Random(2026)
    seen: Counter[str] = Counter()
    for n in range(COPIES):
        path = tmp_path / f"{n}.sqlite"
        path.write_bytes(flipped(content, chance, FLIPS))
        seen[outcome(f"sqlite:///{path}", expected)] += 1
    assert seen.total() == COPIES
    assert seen["refused"] > 0


def test_a_single_flipped_byte_among_the_postings_is_always_found(original: Path, tmp_path: Path) -> None:
    content = original.read_bytes()
    expected = samples.contents(f"sqlite:///{original}")
    chance = Random(2027)
    names = [place for place in range(len(content)) if content.startswith(b"member:m0", place)]
    for n in range(COPIES):
        path = tmp_path / f"{n}.sqlite"
        changed = bytearray(content)
        changed[chance.choice(names) + 8] ^= 1
        path.write_bytes(changed)
        assert outcome(f"sqlite:///{path}", expected) in ("refused", "found")

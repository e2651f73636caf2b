"""Backup while the ledger works, verification, restore."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from caravels_operator.ledger import backup, engine, members, meta, migrations, outbox, persons
from caravels_operator.ledger.errors import BackupFailed, LedgerCorrupt, LedgerInUse, LedgerMissing
from caravels_operator.ledger.store import Ledger
from caravels_operator.ledger.verify import verify

from . import samples


@pytest.fixture
def filled(address: str) -> str:
    with engine.writing(engine.parse(address)).connect() as conn, conn.begin():
        samples.fill(conn)
    return address


def without_epoch(contents: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    return contents | {"meta": [row for row in contents["meta"] if row[0] not in ("epoch", "restored_at")]}


def test_a_sound_ledger_is_reported_with_what_it_holds(filled: str) -> None:
    report = verify(filled)
    assert report.faults == ()
    assert (report.sound, report.members, report.entries, report.postings) == (True, 6, 3, 3 * 24 * 8)
    assert len(report.epoch) == 32


def test_what_is_not_there_is_not_verified_nor_made(empty_address: str, tmp_path: Path) -> None:
    with pytest.raises(LedgerMissing):
        verify(empty_address)
    with pytest.raises(LedgerMissing):
        backup.backup(empty_address, tmp_path / "b")
    assert not [file for file in tmp_path.iterdir() if not file.name.startswith("caravels-pg")]


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (
            "UPDATE outbox SET body = :b WHERE member = 'm01' AND seq = 2",
            "the row m01, 2 of outbox is not what was written",
        ),
        ("DELETE FROM outbox WHERE member = 'm01' AND seq = 2", "the outbox of m01 has a gap"),
        (
            "UPDATE books SET body = :b WHERE member = 'm02'",
            "the row 2026-11-22, m02, 1 of books is not what was written",
        ),
        (
            "UPDATE readings SET import_wh = 9 WHERE start = 0",
            "the row m01, 0 of readings is not what was written",
        ),
        ("UPDATE readings SET quality = 2 WHERE start = 0", "the row m01, 0 of readings is not what was written"),
        (
            "UPDATE transactions SET micro = 51 WHERE n = 3",
            "the result of the auction of 2026-11-22 is not what was cleared",
        ),
        ("DELETE FROM cleared WHERE start = 0", "the result of the auction of 2026-11-22 is not what was cleared"),
        ("UPDATE auctions SET result_digest = NULL", "the result of the auction of 2026-11-22 is not what was cleared"),
        (
            "UPDATE settlement_lines SET total_micro = 0 WHERE member = 'm01'",
            "version 1 of the settlement of 2026-11-22 is not what was settled",
        ),
        ("UPDATE prices SET origin = 'guessed' WHERE start = 0", "the row 0 of prices is not what was written"),
        ("UPDATE persons SET sealed = :b WHERE member = 'm04'", "the personal data of m04 is not what was sealed"),
        (
            "UPDATE books SET accepted_at = 0 WHERE member = 'm01'",
            "the row 2026-11-22, m01, 1 of books is not what was written",
        ),
        ("DELETE FROM month_lines", "version 1 of the settlement of 2026-11 is not what was settled"),
    ],
)
def test_what_was_altered_is_named(filled: str, damage: str, fault: str) -> None:
    with engine.writing(engine.parse(filled)).connect() as conn, conn.begin():
        conn.execute(text(damage), {"b": b"something else"} if ":b" in damage else {})
    assert verify(filled).faults[0] == fault


def test_a_guard_that_was_taken_down_is_named(filled: str) -> None:
    drop = "DROP TRIGGER audit_no_update" if filled.startswith("sqlite") else "DROP TRIGGER audit_append_only ON audit"
    with engine.writing(engine.parse(filled)).connect() as conn, conn.begin():
        conn.execute(text(drop))
        if filled.startswith("sqlite"):
            conn.execute(text("DROP TRIGGER audit_no_delete"))
    assert verify(filled).faults == ("audit is no longer guarded against changes",)


def test_a_restored_ledger_is_the_same_in_a_new_epoch(filled: str, second_address: str, tmp_path: Path) -> None:
    target = tmp_path / "backups" / "monday"
    backup.backup(filled, target)
    assert [file.name for file in target.parent.iterdir()] == ["monday"]
    assert target.stat().st_mode & 0o777 == 0o600
    assert backup.verify_backup(target).sound
    epoch = backup.restore(target, second_address)
    before, after = samples.contents(filled), samples.contents(second_address)
    assert without_epoch(after) == without_epoch(before)
    assert ("epoch", epoch) in after["meta"]
    assert ("epoch", epoch) not in before["meta"]
    assert ("restored_at", "") in after["meta"], "not started since"
    assert verify(second_address).sound


async def test_a_backup_of_a_ledger_at_work_is_of_one_moment(address: str, second_address: str, tmp_path: Path) -> None:
    ledger = Ledger.open(address, inline=False)
    await ledger.run(lambda conn: samples.fill(conn, days=1))

    def both(n: int) -> Callable[[Connection], object]:
        """One transaction: a push to each of two members."""
        return lambda conn: outbox.append_many(conn, [("m01", str(n).encode()), ("m02", str(n).encode())], 1)

    async def load() -> None:
        for n in range(200):
            await ledger.run(both(n))

    working = asyncio.create_task(load())
    await ledger.run(both(-1))
    await asyncio.to_thread(backup.backup, address, tmp_path / "b")
    await working
    assert await ledger.read(lambda conn: outbox.last_seq(conn, "m01")) == 202
    await ledger.close()
    backup.restore(tmp_path / "b", second_address)
    restored = Ledger.open(second_address, inline=True)
    assert await restored.run(lambda conn: outbox.last_seq(conn, "m01") == outbox.last_seq(conn, "m02") > 1)
    await restored.close()


async def test_a_ledger_is_replaced_only_when_told_and_never_while_it_works(filled: str, tmp_path: Path) -> None:
    target = tmp_path / "b"
    backup.backup(filled, target)
    ledger = Ledger.open(filled, inline=False)
    await ledger.run(lambda conn: members.set_state(conn, "m01", "paused", 2))
    with pytest.raises(BackupFailed, match="--overwrite"):
        backup.restore(target, filled)
    with pytest.raises(LedgerInUse):
        backup.restore(target, filled, overwrite=True)
    before = await ledger.read(meta.epoch)
    await ledger.close()

    epoch = backup.restore(target, filled, overwrite=True)
    ledger = Ledger.open(filled, inline=True)
    member = await ledger.read(lambda conn: members.get(conn, "m01"))
    assert member is not None
    assert member.state == "active"
    assert await ledger.read(meta.epoch) == epoch != before
    await ledger.close()
    kept = tmp_path / ("ledger.sqlite.replaced" if filled.startswith("sqlite") else "b.replaced")
    assert backup.verify_backup(kept).sound


def test_a_damaged_backup_is_not_restored_and_a_damaged_ledger_not_backed_up(filled: str, tmp_path: Path) -> None:
    target = tmp_path / "b"
    backup.backup(filled, target)
    whole = target.read_bytes()
    target.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BackupFailed):
        backup.restore(target, filled, overwrite=True)
    target.write_bytes(b"hello")
    with pytest.raises(BackupFailed, match="not a backup"):
        backup.restore(target, filled, overwrite=True)
    with pytest.raises(BackupFailed, match="cannot be read"):
        backup.restore(tmp_path / "none", filled, overwrite=True)
    assert verify(filled).sound

    if filled.startswith("sqlite"):  # PostgreSQL's dump is read through, its server checks the pages
        target.write_bytes(whole)
        with engine.writing(engine.parse(filled)).connect() as conn, conn.begin():
            conn.execute(text("UPDATE outbox SET checksum = checksum + 1 WHERE seq = 1"))
        with pytest.raises(BackupFailed, match=r"the row m01, 1 of outbox"):
            backup.backup(filled, target)
        assert target.read_bytes() == whole
        assert not list(tmp_path.glob("*.new"))


def test_a_backup_of_the_other_kind_is_refused(filled: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"PGDMP" if filled.startswith("sqlite") else b"SQLite format 3\x00")
    with pytest.raises(BackupFailed):
        backup.restore(other, filled, overwrite=True)
    assert verify(filled).sound


def test_missing_client_programs_are_said(filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if filled.startswith("sqlite"):
        return
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupFailed, match="pg_dump is not installed"):
        backup.backup(filled, tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_a_damaged_ledger_names_the_newest_backup(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    address = f"sqlite:///{path}"
    migrations.migrate(address)
    for n, name in enumerate(("monday.sqlite", "sunday.sqlite")):
        backup.backup(address, tmp_path / "backups" / name)
        os.utime(tmp_path / "backups" / name, (1000 - n, 1000 - n))
    with path.open("r+b") as stream:
        stream.seek(100)
        stream.write(bytes(4000))
    with pytest.raises(LedgerCorrupt, match=r"damaged .* It was not opened\. Restore: .*monday\.sqlite"):
        Ledger.open(address, inline=True)


async def test_erased_data_is_gone_from_the_files(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path}/ledger.sqlite", inline=False, create=True)
    await ledger.run(lambda conn: samples.fill(conn, days=1))
    secrets = await ledger.read(
        lambda conn: conn.execute(
            text(
                "SELECT k.key, p.sealed FROM person_keys k JOIN persons p ON p.member = k.member WHERE k.member = 'm03'"
            )
        ).one()
    )
    await ledger.run(lambda conn: persons.erase(conn, "m03"))
    await ledger.close()
    left = all_bytes_in(tmp_path)
    assert [bytes(secret) in left for secret in secrets] == [False, False]
    assert verify(f"sqlite:///{tmp_path}/ledger.sqlite").sound


def all_bytes_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())

"""A settled day read back from the ledger is what was booked: negative prices, missed contracts, strict or netted."""

import asyncio
import json
from datetime import date
from pathlib import Path

import msgspec
import numpy as np
import pytest
from sqlalchemy import Connection

from caravels_operator.common.periods import day_periods
from caravels_operator.ledger import auctions, entries, members, readings, settlements
from caravels_operator.ledger.settlements import DayLine
from caravels_operator.ledger.store import Ledger
from caravels_operator.ledger.transactions import Transaction
from caravels_operator.market.auction import AuctionRules, Clearing
from caravels_operator.market.contracts import deliveries
from caravels_operator.market.settlement import Settlement, SettlementDay, settle
from caravels_operator.market.statement import statement_of
from caravels_operator.reports.report import export
from caravels_operator.reports.settled import ReportSettings, SettledDay, settled_day
from tests.operator_app.market.samples import random_day

DAY = date(2026, 1, 1)
SETTLED = 1_767_346_200


def _transactions(day: SettlementDay, clearing: Clearing, starts: tuple[int, ...]) -> list[Transaction]:
    rows = clearing.transactions
    columns = (rows.period, rows.seller, rows.buyer, rows.wh, rows.price_micro_kwh, rows.micro)
    return [
        Transaction(f"{DAY}-{n}", starts[period], day.members[seller], day.members[buyer], *numbers)
        for n, (period, seller, buyer, *numbers) in enumerate(zip(*(c.tolist() for c in columns), strict=True))
    ]


def _book(conn: Connection, day: SettlementDay, clearing: Clearing, settlement: Settlement, version: int) -> None:
    starts = day.starts.tolist()
    rows = [
        (kind.value, starts[period], payer, payee, micro, wh)
        for kind, period, payer, payee, wh, micro in settlement.postings.rows()
    ]
    entries.post(conn, entries.Header("settlement", f"settlement:{DAY}:v{version}", SETTLED), rows)
    lines = []
    for m, member in enumerate(day.members):
        sums = statement_of(day, settlement, m)
        numbers = [getattr(sums, name) for name in DayLine.__slots__ if name not in ("member", "alone_micro")]
        lines.append(DayLine(*(member, *numbers, 0)))
    settlements.put(conn, DAY, version, SETTLED, lines)


def _stored(conn: Connection, day: SettlementDay, clearing: Clearing, settlement: Settlement) -> None:
    market_starts = day_periods(DAY, "UTC", 86_400 // day.market_periods)
    for member in day.members:
        members.add(conn, members.Member(member, "north", "flat", 6_900, "active", 0))
    auctions.open_day(conn, DAY, gate_at=0, period_s=86_400 // day.market_periods, rules="{}", at=0)
    trades = _transactions(day, clearing, market_starts)
    auctions.clear(conn, DAY, run="run", book_digest="", transactions=trades, periods=[], at=0)
    _book(conn, day, clearing, settlement, 1)


def _read(day: SettlementDay, work: object) -> SettledDay:
    settings = ReportSettings("Test", "EUR", "UTC", 86_400 // day.starts.size)

    def run(conn: Connection) -> SettledDay | None:
        work(conn)  # type: ignore[operator]  # an object from a parameter
        return settled_day(conn, settings, DAY)

    async def main() -> SettledDay | None:
        ledger = Ledger.open("sqlite://", inline=True)
        try:
            return await ledger.run(run)
        finally:
            await ledger.close()

    found = asyncio.run(main())
    assert found is not None
    return found


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("misfits", [False, True])
@pytest.mark.parametrize("periods", [(24, 24), (24, 96), (96, 96), (96, 24)])
def test_what_is_read_is_what_was_booked(periods: tuple[int, int], *, strict: bool, misfits: bool) -> None:
    day, clearing = random_day(9, periods, 7, strict=strict, misfits=misfits)
    settlement = settle(day, clearing.transactions)
    found = _read(day, lambda conn: _stored(conn, day, clearing, settlement))
    assert found.members == day.members
    assert (found.day, found.version) == (DAY, 1)
    for name in ("starts", "import_wh", "export_wh", "bought_wh", "sold_wh"):
        np.testing.assert_array_equal(getattr(found, name), getattr(day, name), name)
    for name in (
        *("residual_import_wh", "residual_export_wh"),
        *("trade_micro", "netting_micro", "retail_micro", "feed_in_micro", "fees_micro"),
    ):
        np.testing.assert_array_equal(getattr(found, name), getattr(settlement, name), name)
    np.testing.assert_array_equal(found.netted_in_wh, settlement.netting.taken_wh)
    np.testing.assert_array_equal(found.netted_out_wh, settlement.netting.given_wh)
    for name in ("period", "giver", "taker", "wh"):
        np.testing.assert_array_equal(getattr(found.netting, name), getattr(settlement.netting, name), name)
    due = deliveries(clearing.transactions, *periods)
    for name in ("period", "seller", "buyer", "wh"):
        np.testing.assert_array_equal(getattr(found.due, name), getattr(due, name), name)
    assert (settlement.feed_in_micro > 0).any(), "one member's feed-in price is negative: it pays"


def test_a_value_without_its_reading_was_estimated() -> None:
    day, clearing = random_day(4, (24, 24), 3)
    settlement = settle(day, clearing.transactions)

    def store(conn: Connection) -> None:
        _stored(conn, day, clearing, settlement)
        for m, quality in ((0, "official"), (1, "measured")):
            rows = [
                readings.Reading(start, imported, exported + (m == 1 and start == int(day.starts[5])), quality)
                for start, imported, exported in zip(
                    *(column.tolist() for column in (day.starts, day.import_wh[m], day.export_wh[m])), strict=True
                )
            ]
            readings.put_many(conn, day.members[m], 3_600, rows, SETTLED)

    found = _read(day, store)
    assert set(found.quality[0].tolist()) == {2}
    assert found.quality[1].tolist() == [1] * 5 + [0] + [1] * 18, "a reading that came after the settlement"
    assert set(found.quality[2].tolist()) == {0}


def test_only_the_newest_version_is_read() -> None:
    day, clearing = random_day(5, (24, 24), 11)
    first = settle(day, clearing.transactions)
    better, _ = random_day(5, (24, 24), 11, missed_wh=50)
    second = settle(better, clearing.transactions)

    def store(conn: Connection) -> None:
        _stored(conn, day, clearing, first)
        entries.reverse(conn, f"settlement:{DAY}:v1", f"reversal:settlement:{DAY}:v1", SETTLED)
        _book(conn, better, clearing, second, 2)

    found = _read(day, store)
    assert found.version == 2
    np.testing.assert_array_equal(found.import_wh, better.import_wh)
    np.testing.assert_array_equal(found.export_wh, better.export_wh)


def test_the_replay_file_holds_what_partners_were_preferred(tmp_path: Path) -> None:
    preferred = {"friends": [["m01", "m02"]], "green": [], "wants_green": [], "zone": {}}
    rules = msgspec.json.encode({"auction": AuctionRules(assignment="preferred")}).decode()

    def work(conn: Connection) -> list[Path]:
        auctions.open_day(conn, DAY, gate_at=0, period_s=3_600, rules=rules, at=0)
        text = json.dumps(preferred)
        auctions.clear(conn, DAY, run="run", book_digest="", transactions=[], periods=[], at=0, preferences=text)
        return export(conn, tmp_path, DAY, DAY, ReportSettings("Test", "EUR", "UTC", 3_600))

    async def main() -> list[Path]:
        ledger = Ledger.open("sqlite://", inline=True)
        try:
            return await ledger.run(work)
        finally:
            await ledger.close()

    assert tmp_path / "replay.json" in asyncio.run(main())
    (replay,) = json.loads((tmp_path / "replay.json").read_text(encoding="utf-8"))
    assert replay["preferences"] == preferred
    assert replay["rules"]["auction"]["assignment"] == "preferred"

"""Settling a delivery day from contracts and meters, and again when better readings come (engines B.1 to B.6)."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from sqlalchemy import Connection

from ..common.forecasting.predictor import ProfileMean
from ..common.periods import day_end, day_periods, day_start
from ..ledger import auctions, entries, members, settlements, transactions
from ..ledger.crash import at_crash_point
from ..ledger.entries import PostingRow
from ..ledger.members import Member
from ..ledger.settlements import DayLine
from ..ledger.transactions import Transaction
from ..market.arithmetic import Ints
from ..market.checks import check_settlement
from ..market.contracts import contracted, deliveries, price_of_settlement
from ..market.savings import alone_micro
from ..market.settlement import Settlement, SettlementDay, SettlementRules, settle
from ..market.statement import statement_of
from ..market.transactions import Transactions, transactions_from
from . import month, schedule
from .context import Context
from .day_rules import settings_of_day
from .meters import day_meters
from .settings import CommunitySettings
from .statements import push_statements
from .tariffs import load_tariffs

type Settled = tuple[SettlementDay, Settlement]


class SettlementInconsistent(Exception):
    """A settled day does not add up: nothing is booked, the step is tried again and says why."""


def settle_day(conn: Connection, context: Context, key: str, _prepared: object, now: int) -> None:
    """Settle a delivery day for the first time; a day that is settled stays as it is.

    Where it had to be tried again until after its month was closed, the month is closed anew with it.

    Raises:
        LookupError: its auction is not cleared yet; without what was contracted everybody would be billed wrongly.
    """
    day = date.fromisoformat(key)
    if settlements.latest_version(conn, day) == 0:
        auction = auctions.get(conn, day)
        if auction is None or auction.state != "cleared":
            raise LookupError(f"the auction of {day} has not been cleared")
        _store(conn, context, day, 1, now)
        month.restate_month(conn, context, schedule.month_key(day), now)


def restate_day(conn: Connection, context: Context, key: str, _prepared: object, now: int) -> None:
    """Settle a day again if its readings now say otherwise: the old entry is reversed, a new version is booked."""
    day = date.fromisoformat(key.partition("@")[0])
    version = settlements.latest_version(conn, day)
    booked = entries.find(conn, settlements.reference(day, version))
    fresh = compute(conn, context.settings, day)
    if booked is None:
        return
    same_money = [tuple(row) for row in entries.postings_of(conn, booked.id)] == posting_rows(*fresh)
    # An estimate may turn out exact: the money stays, and yet it is an estimate no more.
    if same_money and settlements.lines(conn, day, version) == day_lines(*fresh):
        return
    entries.reverse(conn, settlements.reference(day, version), f"reversal:{settlements.reference(day, version)}", now)
    _store(conn, context, day, version + 1, now)
    month.restate_month(conn, context, schedule.month_key(day), now)


def compute(conn: Connection, present: CommunitySettings, day: date) -> Settled:
    """Settle a day from what the ledger holds now: the same rows give the same postings.

    Args:
        present: the settings of now; what the day keeps of its own goes before them.

    Raises:
        SettlementInconsistent: code of its own finds that it does not add up (engines B.3).
    """
    settings = settings_of_day(conn, present, day)
    starts = day_periods(day, settings.market_zone, settings.settlement_period_s)
    market_starts = day_periods(day, settings.market_zone, settings.market_period_s)
    trades = transactions.of_day(conn, day)
    who = taking_part(conn, settings, day, trades)
    index = {member.id: m for m, member in enumerate(who)}
    columns = _columns(trades, index, market_starts)
    bought, sold = contracted(deliveries(columns, len(market_starts), len(starts)), len(who), len(starts))
    names = [member.id for member in who]
    imported, exported, quality = day_meters(conn, names, starts, settings.market_zone, ProfileMean())
    price, traded = price_of_settlement(*_auction_prices(conn, day, market_starts), len(starts))
    tariffs = load_tariffs(conn)
    days = [tariffs.day(member.tariff, starts, settings) for member in who]
    settlement_day = SettlementDay(
        members=tuple(member.id for member in who),
        retailers=tuple(member.retailer for member in who),
        starts=np.array(starts, dtype=np.int64),
        market_periods=len(market_starts),
        import_wh=imported,
        export_wh=exported,
        bought_wh=bought,
        sold_wh=sold,
        retail_micro_kwh=_stack([tariff.retail_micro_kwh for tariff in days], len(starts)),
        avoidable_micro_kwh=_stack([tariff.avoidable_micro_kwh for tariff in days], len(starts)),
        vat_ppm=_stack([tariff.vat_ppm for tariff in days], len(starts)),
        feed_in_micro_kwh=_stack([tariff.feed_in_micro_kwh for tariff in days], len(starts)),
        auction_micro_kwh=price,
        traded=traded,
        quality=quality,
        rules=SettlementRules(settings.strict, settings.buyer_fee_micro_kwh, settings.seller_fee_micro_kwh),
    )
    settlement = settle(settlement_day, columns)
    if faults := check_settlement(settlement_day, settlement, columns):
        first = faults[0]
        raise SettlementInconsistent(f"{day}: {first.what}: {first.expected} expected, {first.found} found")
    return settlement_day, settlement


def taking_part(
    conn: Connection, settings: CommunitySettings, day: date, trades: Sequence[Transaction]
) -> list[Member]:
    """Return who is settled on a day: who was a member for any of it, and who has a contract for it."""
    start, end = day_start(day, settings.market_zone), day_end(day, settings.market_zone)
    parties = {trade.seller for trade in trades} | {trade.buyer for trade in trades}
    return [
        member
        for member in members.all(conn)
        if member.id in parties or (member.joined_at < end and (member.left_at is None or member.left_at > start))
    ]


def posting_rows(day: SettlementDay, settlement: Settlement) -> list[PostingRow]:
    """Return a settlement's postings as the ledger books them."""
    starts = day.starts.tolist()
    return [
        (kind.value, starts[period], payer, payee, micro, wh)
        for kind, period, payer, payee, wh, micro in settlement.postings.rows()
    ]


def day_lines(day: SettlementDay, settlement: Settlement) -> list[DayLine]:
    """Return each member's day by part."""
    alone = alone_micro(day.import_wh, day.export_wh, day.retail_micro_kwh, day.feed_in_micro_kwh).sum(axis=1)
    lines = []
    for m, member in enumerate(day.members):
        sums = statement_of(day, settlement, m)
        lines.append(
            DayLine(
                member=member,
                import_wh=sums.import_wh,
                export_wh=sums.export_wh,
                bought_wh=sums.bought_wh,
                sold_wh=sums.sold_wh,
                netted_in_wh=sums.netted_in_wh,
                netted_out_wh=sums.netted_out_wh,
                residual_import_wh=sums.residual_import_wh,
                residual_export_wh=sums.residual_export_wh,
                estimated_periods=sums.estimated_periods,
                trade_micro=sums.trade_micro,
                netting_micro=sums.netting_micro,
                retail_micro=sums.retail_micro,
                feed_in_micro=sums.feed_in_micro,
                fees_micro=sums.fees_micro,
                total_micro=sums.total_micro,
                alone_micro=int(alone[m]),
            )
        )
    return lines


def _store(conn: Connection, context: Context, day: date, version: int, now: int) -> None:
    settled, settlement = compute(conn, context.settings, day)
    lines = day_lines(settled, settlement)
    at_crash_point("settle_computed")
    entries.post(
        conn, entries.Header("settlement", settlements.reference(day, version), now), posting_rows(settled, settlement)
    )
    settlements.put(conn, day, version, now, lines)
    push_statements(conn, day, version, now, lines)


def _columns(trades: Sequence[Transaction], index: dict[str, int], starts: Sequence[int]) -> Transactions:
    period = {start: t for t, start in enumerate(starts)}
    rows = [(period[row.start], index[row.seller], index[row.buyer], row.wh, row.price_micro_kwh) for row in trades]
    table = np.array(rows, dtype=np.int64).reshape(-1, 5)
    return transactions_from(*table.T)


def _auction_prices(conn: Connection, day: date, starts: Sequence[int]) -> tuple[Ints, Ints]:
    cleared = {row.start: row for row in auctions.cleared_periods(conn, day)}
    price = [cleared[start].price_micro_kwh if start in cleared else 0 for start in starts]
    volume = [cleared[start].wh if start in cleared else 0 for start in starts]
    return np.array(price, dtype=np.int64), np.array(volume, dtype=np.int64)


def _stack(rows: Sequence[Ints], length: int) -> Ints:
    return np.array(rows, dtype=np.int64).reshape(-1, length)

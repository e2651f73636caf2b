"""The four pictures of a report as PNG files."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection

from ..common.periods import HOUR_S
from ..ledger import auctions
from ..market.arithmetic import Ints
from ..market.curves import supply_demand_curve
from .market_tables import DayTrades
from .orders import orders_of_day
from .pictures.balance import DayBalance, draw_balance
from .pictures.curves import ClearedPoint, draw_curves
from .pictures.matrix import draw_matrix
from .pictures.savings import draw_savings
from .pictures.style import days_told, save, styled
from .settled import ReportSettings, SettledDay
from .summary import Meters, Summary


def write_pictures(
    conn: Connection,
    folder: Path,
    trades: DayTrades,
    days: Sequence[SettledDay],
    summary: Summary,
    meters: Meters,
    settings: ReportSettings,
) -> list[Path]:
    """Write the pictures for which there is something to see, and return their paths.

    Args:
        trades: the cleared auctions of the days that the summary is of.
        days: the settled ones of them.
        meters: what the members used and made on those days.
    """
    told = days_told(summary.first, summary.last)
    files = []
    with styled():
        if any(rows for _, rows in trades):
            members = [saving.member for saving in summary.savings]
            files.append(save(draw_matrix(members, matrix_wh(trades, members), told), folder / "matrix.png"))
            files.append(_write_curves(conn, folder / "curves.png", trades, settings))
        if days:
            files.append(save(draw_savings(summary.savings, settings.currency, told), folder / "savings.png"))
            day = max(days, key=lambda one: int(one.bought_wh.sum()))
            picture = draw_balance(balance_of(day, meters), settings.zone, days_told(day.day, day.day))
            files.append(save(picture, folder / "balance.png"))
    return files


def matrix_wh(trades: DayTrades, members: Sequence[str]) -> Ints:
    """Return what each member (row) sold to each (column) [Wh], shape (M, M)."""
    index = {member: m for m, member in enumerate(members)}
    matrix = np.zeros((len(members), len(members)), np.int64)
    for _, rows in trades:
        for row in rows:
            matrix[index[row.seller], index[row.buyer]] += row.wh
    return matrix


def balance_of(day: SettledDay, meters: Meters) -> DayBalance:
    """Return the community's hourly sums of a settled day, with what its members used and made then."""
    columns = np.searchsorted(meters.starts, day.starts)
    parts = HOUR_S // int(day.starts[1] - day.starts[0])

    def hourly(wh: Ints) -> Ints:
        sums: Ints = wh.sum(axis=0).reshape(-1, parts).sum(axis=1)
        return sums

    return DayBalance(
        starts=day.starts[::parts],
        consumption_wh=hourly(meters.consumption_wh[:, columns]),
        generation_wh=hourly(meters.generation_wh[:, columns]),
        import_wh=hourly(day.import_wh),
        traded_wh=hourly(day.bought_wh),
        residual_import_wh=hourly(day.residual_import_wh),
        residual_export_wh=hourly(day.residual_export_wh),
    )


def _write_curves(conn: Connection, path: Path, trades: DayTrades, settings: ReportSettings) -> Path:
    """Write the curves of the period in which most was traded; of several the first."""
    day, cleared = max(_cleared_periods(conn, trades), key=lambda row: row[1].wh)
    orders, starts = orders_of_day(conn, day, settings.zone)
    demand, supply = supply_demand_curve(orders, starts.index(cleared.start))
    at = datetime.fromtimestamp(cleared.start, ZoneInfo(settings.zone))
    period = f"{at.day} {at:%B %Y}, {at:%H:%M} ({settings.zone})"
    point = ClearedPoint(cleared.wh, cleared.price_micro_kwh)
    return save(draw_curves(demand, supply, point, period, settings.currency), path)


def _cleared_periods(conn: Connection, trades: DayTrades) -> list[tuple[date, auctions.ClearedPeriod]]:
    return [(auction.day, row) for auction, _ in trades for row in auctions.cleared_periods(conn, auction.day)]

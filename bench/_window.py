"""One window of the scenario, run in virtual time with netting and `strict`, and read back from the ledger.

Meters and trades come from the rows that were stored, prices from the scenario itself, and what members paid from the
accounts: none of it from the settlement's own results.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection

from bench._possible import Ints
from caravels_operator.app.simulation import Plan, Run, simulate
from caravels_operator.common.forecasting.predictor import ProfileMean
from caravels_operator.common.periods import day_periods
from caravels_operator.community.meters import day_meters
from caravels_operator.ledger import entries, months, settlements, transactions
from caravels_operator.market.quality import ESTIMATED
from caravels_operator.virtual.houses import House
from caravels_operator.virtual.scenario_types import Scenario

WINDOW_DAYS: Final = 28
PPM: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Meters:
    """What the meters saw and what the members' tariffs say of it; M members, T periods, every array (M, T)."""

    import_wh: Ints
    export_wh: Ints
    retail_micro_kwh: Ints
    avoidable_micro_kwh: Ints
    feed_in_micro_kwh: Ints
    estimated: int
    """How many of the M * T readings did not come and were estimated (engines B.6)."""

    def alone_micro(self) -> Ints:
        """Return what each member would have paid alone [micro-units], shape (M,)."""
        paid = (self.import_wh * self.retail_micro_kwh + 500) // 1_000
        received = (self.export_wh * self.feed_in_micro_kwh + 500) // 1_000
        return np.asarray((paid - received).sum(axis=1))


@dataclass(frozen=True, slots=True)
class Settled:
    """What each member paid by the ledger's accounts [micro-units], each shape (M,)."""

    paid: Ints
    """In all: the balance of its account."""
    fees: Ints
    """Local fees in it."""
    no_loss: Ints
    """The months' corrections in it."""

    @property
    def before_fees(self) -> Ints:
        """Return what was paid but the local fee: what `no_loss` is about (engines B.2)."""
        return self.paid - self.fees

    @property
    def before_no_loss(self) -> Ints:
        """Return what was paid but the local fee and the months' corrections."""
        return self.before_fees - self.no_loss


@dataclass(frozen=True, slots=True)
class Window:
    """What one window came to; `strict` is the paper's bare rule over the same meters and contracts."""

    first: date
    meters: Meters
    contracted_wh: Ints
    """By period, shape (T,)."""
    settled: Settled
    strict: Settled


def run_window(scenario: Scenario, houses: tuple[House, ...], first: date) -> Window:
    """Run one window; months are closed where the window ends."""
    plan = Plan(scenario, houses, first, WINDOW_DAYS)
    netted, strict = simulate(plan), simulate(replace(plan, strict=True))
    return asyncio.run(_read(netted, strict))


async def _read(netted: Run, strict: Run) -> Window:
    window = Window(
        netted.plan.first,
        await netted.ledger.read(lambda conn: _meters(conn, netted)),
        await netted.ledger.read(lambda conn: _contracted(conn, netted)),
        await netted.ledger.read(lambda conn: _settled(conn, netted)),
        await strict.ledger.read(lambda conn: _settled(conn, strict)),
    )
    for run in (netted, strict):
        await run.ledger.close()
    return window


def _days(run: Run) -> list[date]:
    return [run.plan.first + timedelta(days=number) for number in range(run.plan.days)]


def _starts_of(run: Run, day: date) -> tuple[int, ...]:
    return day_periods(day, run.settings.market_zone, run.settings.settlement_period_s)


def _starts(run: Run) -> list[int]:
    return [start for day in _days(run) for start in _starts_of(run, day)]


def _meters(conn: Connection, run: Run) -> Meters:
    names, starts = [member.id for member in run.plan.scenario.members], _starts(run)
    days = [
        day_meters(conn, names, _starts_of(run, day), run.settings.market_zone, ProfileMean()) for day in _days(run)
    ]
    imported, exported, quality = (np.concatenate(column, axis=1) for column in zip(*days, strict=True))
    zone = ZoneInfo(run.settings.time_zone)
    local = [datetime.fromtimestamp(start, zone) for start in starts]
    tariffs = [run.plan.scenario.tariffs[member.tariff] for member in run.plan.scenario.members]
    retail = np.array([[tariff.retail_micro_kwh(at.hour * 60 + at.minute) for at in local] for tariff in tariffs])
    avoidable = retail * np.array([[tariff.avoidable_ppm] for tariff in tariffs]) // PPM
    feed_in = np.repeat(np.array([[tariff.feed_in_micro_kwh] for tariff in tariffs]), len(starts), axis=1)
    return Meters(imported, exported, retail, avoidable, feed_in, int((quality == ESTIMATED).sum()))


def _contracted(conn: Connection, run: Run) -> Ints:
    """Return the energy traded by period [Wh]; market and settlement periods of the scenario are the same."""
    column = {start: t for t, start in enumerate(_starts(run))}
    energy = np.zeros(len(column), np.int64)
    for day in _days(run):
        for trade in transactions.of_day(conn, day):
            energy[column[trade.start]] += trade.wh
    return energy


def _settled(conn: Connection, run: Run) -> Settled:
    names = [member.id for member in run.plan.scenario.members]
    fees, no_loss = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    days = _days(run)
    for _, line in settlements.between(conn, days[0], days[-1]):
        fees[line.member] += line.fees_micro
    for month in sorted({f"{day:%Y-%m}" for day in days}):
        for closed in months.lines(conn, month, months.latest_version(conn, month)):
            no_loss[closed.member] += closed.no_loss_micro
    balances = entries.balances(conn)
    paid = [balances[f"member:{name}"] for name in names]
    return Settled(*(np.array(column, np.int64) for column in (paid, list(fees.values()), list(no_loss.values()))))

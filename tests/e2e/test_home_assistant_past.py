"""Who pairs as a member that has lived before: its contracts by snapshot, its hours by statistics import."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from caravels_operator.app.wall_clock import WallClock
from caravels_operator.common.periods import HOUR_S
from caravels_operator.ledger import auctions, readings, transactions
from demo.home_assistant_api import Commands
from demo.office import GRID_EXPORT, GRID_IMPORT, OFFICE, Register
from demo.times import REPLAYED_DAYS
from tests.e2e.home_assistant import DAYS, needs_home_assistant, trades_of
from tests.e2e.home_assistant_office import Office, office
from tests.e2e.test_home_assistant_bad_luck import joined

pytestmark = [pytest.mark.long, needs_home_assistant]


def contracts(living: Office) -> dict[date, list[tuple[str, int, int]]]:
    """Return the office's trades of every cleared day, as the operator booked them: id, energy [Wh], price."""

    def read(conn: Connection) -> dict[date, list[tuple[str, int, int]]]:
        return {
            day: sorted((t.id, t.wh, t.price_micro_kwh) for t in transactions.trades_of(conn, OFFICE, day))
            for day in auctions.cleared_days(conn, date.min, date.max)
        }

    return living.look(read)


async def hours_of(ask: Commands, register: Register, start: int, end: int) -> dict[int, int]:
    """Return what the recorder's statistics say that a counter rose by in each hour [Wh]."""
    answer = await ask(
        "recorder/statistics_during_period",
        start_time=datetime.fromtimestamp(start, UTC).isoformat(),
        end_time=datetime.fromtimestamp(end, UTC).isoformat(),
        statistic_ids=[register.entity_id],
        period="hour",
        types=["change"],
    )
    return {row["start"] // 1_000: round(row["change"] * 1_000) for row in answer[register.entity_id]}


async def test_its_three_days_are_there_as_soon_as_it_has_joined(tmp_path: Path) -> None:
    async with office(tmp_path) as living:
        entry_id = await joined(living)
        async with living.home.commands() as ask:
            booked = contracts(living)
            assert len(booked) >= REPLAYED_DAYS
            assert all(booked.values()), "it traded on each of them"
            for day, trades in booked.items():
                told = await trades_of(ask, entry_id, day)
                assert sorted((t["id"], t["wh"], t["price_micro_kwh"]) for t in told["trades"]) == trades

            now = WallClock().now()
            this_hour = now - now % HOUR_S
            first, last = this_hour - (DAYS * 24 - 1) * HOUR_S, this_hour - HOUR_S
            metered = living.look(lambda conn: readings.between(conn, [OFFICE], first, last))
            assert len(metered) >= (REPLAYED_DAYS - 1) * 24
            imported = await hours_of(ask, GRID_IMPORT, first, last)
            exported = await hours_of(ask, GRID_EXPORT, first, last)
            for hour in metered:
                assert (imported[hour.start], exported[hour.start]) == (hour.import_wh, hour.export_wh)

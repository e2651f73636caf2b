"""One member's tariff that has run out keeps nobody from trading, that member included."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection

from caravels_operator.community.tariffs import store_tariff
from caravels_operator.ledger import auctions, members, settlements
from caravels_operator.market.tariffs import Schedule, Tariff, TariffPart
from tests.operator_app.community.town import DAY, GATE, MARKET_OPEN, SETTLED, make_town


async def test_a_tariff_without_a_price_for_the_day_holds_on_and_is_named(caplog: pytest.LogCaptureFixture) -> None:
    town = await make_town()
    energy = TariffPart("energy", Schedule(((0, 200_000),), date(2025, 1, 1), DAY + timedelta(days=1)), 900_000)
    ending = Tariff("ending", (energy,), (Schedule(((0, 30_000),), date(2025, 1, 1)),))

    def work(conn: Connection) -> None:
        store_tariff(conn, ending, 0)
        members.add(conn, members.Member("eva", "edp", "ending", 6_900, "active", town.clock.now()))

    await town.ledger.run(work)
    await town.pair("eva")
    await town.trade_a_day()
    assert "ending" not in caplog.text
    await town.at(DAY, MARKET_OPEN)
    assert "tariff ending has 0 prices of its part energy on 2026-07-08" in caplog.text
    await town.at(DAY, GATE)
    await town.at(DAY + timedelta(days=2), SETTLED)
    days = [DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)]
    assert await town.look(lambda conn: auctions.cleared_days(conn, days[0], days[-1])) == days
    settled = await town.look(lambda conn: settlements.settled_days(conn, days[0], days[-1]))
    assert settled == {days[0]: 1, days[1]: 1}

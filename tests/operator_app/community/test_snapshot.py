"""What a home is told when it comes in: all that still counts, nothing that is over."""

from datetime import timedelta

from caravels_operator.common.protocol import Snapshot
from caravels_operator.community.snapshot import snapshot_for

from .town import DAY, Town, make_town

NOON = 12 * 60


async def told(town: Town, member: str = "ana") -> Snapshot:
    now = town.clock.now()
    return await town.look(lambda conn: snapshot_for(conn, town.operator.context, member, now))


async def test_a_home_that_comes_in_on_the_day_itself_knows_its_prices() -> None:
    town = await make_town()
    await town.trade_a_day()
    await town.at(DAY, NOON)
    today = (await told(town)).market_days[0]
    assert today.day == DAY
    assert [period.start for period in today.periods] == list(town.periods())
    assert today.gate_at < town.clock.now()


async def test_the_day_after_it_is_forgotten() -> None:
    town = await make_town()
    await town.trade_a_day()
    await town.at(DAY + timedelta(days=1), NOON)
    assert [market.day for market in (await told(town)).market_days] == [DAY + timedelta(days=1)]

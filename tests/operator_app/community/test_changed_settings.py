"""An operator that restarts with other settings: the days that are under way keep what they were opened with."""

from dataclasses import replace
from functools import partial

from caravels_operator.common.periods import local_instant
from caravels_operator.common.protocol import Side
from caravels_operator.community.bids import accept
from caravels_operator.community.market_day import market_day_for
from caravels_operator.community.results import result_for
from caravels_operator.community.settings import CommunitySettings, DayTimes
from caravels_operator.community.settlement_day import compute
from caravels_operator.ledger import members
from caravels_operator.market.settlement import SettlementRules
from tests.operator_app.community.town import DAY, EVE, GATE, HOUR, MARKET_OPEN, make_town


async def test_an_opened_day_keeps_its_period_and_gate_when_the_operator_restarts_with_others() -> None:
    """Else its bids fit no period, and its settlement could never be computed."""
    town = await make_town(settings=CommunitySettings(market_period_s=HOUR // 4))
    await town.at(EVE, MARKET_OPEN)
    await town.operator.runner.run_due()
    times = DayTimes(gate=GATE + 60)
    settings = CommunitySettings(market_period_s=HOUR, times=times)
    context = replace(town.operator.context, settings=settings)
    who = await town.look(lambda conn: members.get(conn, "ana"))
    assert who is not None
    told = await town.look(lambda conn: market_day_for(conn, context, DAY, who))
    assert (told.period_s, len(told.periods)) == (HOUR // 4, 96)
    assert told.gate_at == local_instant(EVE, GATE, settings.time_zone)
    for member, side, price in (("ana", Side.SELL, 80_000), ("bruno", Side.BUY, 150_000)):
        book = town.book(member, side, 300, price)
        work = partial(accept, context=context, member=member, book=book, now=town.clock.now())
        await town.ledger.run(work)
    await town.at(EVE, GATE)
    await town.operator.runner.run_due()
    result = await town.look(lambda conn: result_for(conn, "ana", DAY))
    assert (result.period_s, len(result.trades)) == (HOUR // 4, 96)
    day, _ = await town.look(lambda conn: compute(conn, settings, DAY))
    assert day.sold_wh.sum(axis=1).tolist() == [96 * 300, 0, 0, 0]
    assert day.sold_wh.shape == (4, 24)


async def test_a_late_reading_restates_a_day_by_the_rules_that_it_was_opened_with() -> None:
    """Else another fee, or the switch `strict`, would change what people were told long ago."""
    town = await make_town(settings=CommunitySettings(buyer_fee_micro_kwh=4_000))
    await town.at(EVE, MARKET_OPEN)
    await town.operator.runner.run_due()
    settings = CommunitySettings(buyer_fee_micro_kwh=90_000, strict=True, settlement_period_s=HOUR // 4)
    day, _ = await town.look(lambda conn: compute(conn, settings, DAY))
    assert day.rules == SettlementRules(strict=False, buyer_fee_micro_kwh=4_000)
    assert day.starts.size == 24
    context = replace(town.operator.context, settings=settings)
    who = await town.look(lambda conn: members.get(conn, "ana"))
    assert who is not None
    told = await town.look(lambda conn: market_day_for(conn, context, DAY, who))
    opened = await town.look(lambda conn: market_day_for(conn, town.operator.context, DAY, who))
    assert told == opened

"""Readings lie on the grid of the delivery day, also where midnight is no whole hour of UTC."""

import pytest

from caravels_operator.common.protocol import ErrorCode
from caravels_operator.community.settings import CommunitySettings
from caravels_operator.ledger import settlements
from tests.operator_app.community.town import DAY, HOUR, code_of, make_town


@pytest.mark.parametrize(("zone", "past_s"), [("Asia/Kolkata", 1_800), ("Asia/Kathmandu", 900)])
async def test_a_day_that_begins_between_the_hours_of_utc_is_read_and_settled(zone: str, past_s: int) -> None:
    town = await make_town(settings=CommunitySettings(time_zone=zone, market_zone=zone))
    assert town.periods()[0] % HOUR == past_s
    await town.trade_a_day()
    await town.settle_a_day()
    lines = await town.look(lambda conn: settlements.lines(conn, DAY, 1))
    assert {line.member: line.estimated_periods for line in lines} == dict.fromkeys(town.tokens, 0)
    whole_hour = town.periods()[0] - past_s
    answer = await town.command("ana", town.batch(1, starts=[whole_hour]))
    assert code_of(answer) is ErrorCode.WRONG_PERIOD

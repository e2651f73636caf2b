"""Zones whose hours begin in the middle of an hour of UTC."""

import pytest

from caravels_operator.common.protocol import ErrorCode
from caravels_operator.community.settings import CommunitySettings
from caravels_operator.ledger import settlements
from tests.operator_app.community.town import DAY, code_of, make_town


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns"])
async def test_a_day_of_odd_hours_is_traded_metered_and_settled(zone: str) -> None:
    town = await make_town(settings=CommunitySettings(time_zone=zone, market_zone=zone))
    await town.trade_a_day()
    await town.settle_a_day()
    assert await town.look(lambda conn: settlements.settled_days(conn, DAY, DAY)) == {DAY: 1}
    lines = await town.look(lambda conn: settlements.lines(conn, DAY, 1))
    assert [line.estimated_periods for line in lines] == [0] * len(town.tokens)
    off_grid = [start // 3_600 * 3_600 for start in town.periods()]
    assert code_of(await town.command("ana", town.batch(1, starts=off_grid))) is ErrorCode.WRONG_PERIOD

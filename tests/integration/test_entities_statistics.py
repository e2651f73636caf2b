"""What the recorder makes of the sums of a day: each day's contracts once, also over restarts."""

from datetime import timedelta

import pytest
from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.statistics import get_last_short_term_statistics
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from caravels_operator.common.periods import local_instant
from caravels_operator.common.protocol import Side

from .conftest import SetupHome
from .operator_in_memory import DAY, ZONE, InMemoryOperator
from .test_entities import registered, states

pytestmark = pytest.mark.usefixtures("steady_meter")
SECOND = DAY + timedelta(days=1)


async def test_the_statistics_of_a_day_are_its_contracts_once(
    recorder_mock: Recorder, hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome
) -> None:
    entry = await setup_home()
    row = registered(hass, entry)["sold_today"].entity_id

    async def sum_at(day_minute: int) -> float | None:
        start = dt_util.utc_from_timestamp(local_instant(SECOND, day_minute, ZONE))
        await async_wait_recording_done(hass)
        do_adhoc_statistics(hass, start=start)
        await async_wait_recording_done(hass)
        found = await get_instance(hass).async_add_executor_job(
            get_last_short_term_statistics, hass, 1, row, True, {"sum"}
        )
        return found[row][0]["sum"] if found else None

    for day, wh in ((DAY, 500), (SECOND, 250)):
        await operator.open_day(day)
        await operator.neighbours_bid(Side.BUY, wh=wh, price=150_000, day=day)
        await operator.close_gate(day)
    assert states(hass, entry)["sold_today"].state == "36.0"
    before = await sum_at(-30)
    await operator.at(SECOND, 6)
    assert states(hass, entry)["sold_today"].state == "18.0"
    after = await sum_at(0)
    assert before is not None
    assert after is not None
    assert after - before == 18.0
    await hass.config_entries.async_reload(entry.entry_id)
    await operator.advance(600)
    assert await sum_at(10) == after

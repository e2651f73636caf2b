"""The counters of a building: they say what its meter says, at any instant, and as JSON."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from caravels_operator.virtual.counter_page import build_counter_app
from caravels_operator.virtual.counters import COUNTERS, HouseCounters
from caravels_operator.virtual.houses import House, build_houses
from caravels_operator.virtual.loop import VirtualLoop
from caravels_operator.virtual.scenario import load_scenario

HOUR = 3_600
NOON = 1_795_348_800  # 2026-11-22 12:00 UTC


@pytest.fixture(scope="module")
def office() -> House:
    paper = load_scenario("paper")
    return build_houses(replace(paper, members=paper.members[:1]), None)[0]


def test_differences_of_counters_are_what_the_meter_says(office: House) -> None:
    hours = [NOON - HOUR * n for n in reversed(range(100))]
    shown = HouseCounters(office, NOON).at(hours)
    series = office.meter(hours[0], hours[-1], HOUR)
    flows = (series.import_wh, series.export_wh, series.generation_wh, series.charge_wh, series.discharge_wh)
    for name, flow in zip(COUNTERS, flows, strict=True):
        assert [after - before for before, after in zip(shown[name], shown[name][1:], strict=False)] == flow.tolist()
        assert sum(flow) > 0, "a counter that stands still shows nothing"


def test_inside_a_quarter_power_is_constant_and_whole_wh_are_shown(office: House) -> None:
    counters = HouseCounters(office, NOON)
    begin, end = (counters.at([at])["generation"][0] for at in (NOON, NOON + 900))
    assert end - begin > 300
    seconds = (0, 1, 300, 450, 899)
    shown = counters.at([NOON + second for second in seconds])["generation"]
    assert list(shown) == [begin + (end - begin) * second // 900 for second in seconds]


def test_counters_begin_a_month_before_they_were_asked_for_first_and_go_on_into_the_next(office: House) -> None:
    october = NOON - 22 * 86_400 + 12 * HOUR - 31 * 86_400
    counters = HouseCounters(office, NOON)
    assert set(map(tuple, counters.at([october]).values())) == {(0,)}
    with pytest.raises(ValueError, match="the counters began at"):
        counters.at([october - 1])
    later = counters.at([NOON, NOON + 40 * 86_400])["grid_import"]
    assert later[1] - later[0] == office.meter(NOON, NOON + 40 * 86_400, HOUR).import_wh.sum()


class Noon:
    """A clock that has stopped, at 12:07:30."""

    def now(self) -> int:
        return NOON + 450

    call_at = VirtualLoop.call_at


@pytest.fixture
async def page(office: House) -> AsyncIterator[TestServer]:
    counters: asyncio.Future[HouseCounters] = asyncio.get_running_loop().create_future()
    server = TestServer(build_counter_app(counters, Noon()))
    await server.start_server()
    asyncio.get_running_loop().call_soon(counters.set_result, HouseCounters(office, NOON))
    yield server
    await server.close()


async def test_the_page_shows_now(page: TestServer, office: House) -> None:
    counters = HouseCounters(office, NOON)
    async with aiohttp.ClientSession() as session, session.get(page.make_url("/")) as answer:
        now = await answer.json()
    assert now == {name: wh / 1_000 for name, (wh,) in counters.at([NOON + 450]).items()}

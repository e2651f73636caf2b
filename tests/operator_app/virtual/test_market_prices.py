"""The simulated market price, by local hour, with its special days and the days of 23 and 25 hours."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from caravels_operator.common.periods import day_periods
from caravels_operator.virtual.market_prices import day_prices, prices_micro_kwh
from caravels_operator.virtual.scenario import Scenario, load_scenario

ZONE = "Europe/Lisbon"


@pytest.fixture(scope="module")
def paper() -> Scenario:
    return load_scenario("paper")


def _factor(paper: Scenario, day: date) -> float:
    """The day's factor, from the hour with the highest price, which is never special."""
    return day_prices(paper, day)[19] / 145_000


def test_a_usual_day_is_the_list_times_one_factor(paper: Scenario) -> None:
    day = date(2026, 7, 8)
    factor = _factor(paper, day)
    assert day_prices(paper, day) == pytest.approx(
        [price * factor for price in paper.market_price.hourly_micro_kwh], abs=1.5
    )


def test_special_days_have_free_and_negative_hours(paper: Scenario) -> None:
    for day in (date(2026, 4, 11), date(2026, 5, 31)):
        assert day_prices(paper, day)[11:16] == (0, 0, -10_000, -5_000, 0)
        assert day_prices(paper, day)[10] > 0
    for day in (date(2026, 4, 10), date(2026, 6, 6), date(2026, 3, 29)):
        assert min(day_prices(paper, day)) > 0


def test_factors_are_lognormal_and_seeded(paper: Scenario) -> None:
    days = [date.fromordinal(date(2026, 1, 1).toordinal() + n) for n in range(730)]
    logs = np.log([_factor(paper, day) for day in days])
    assert logs.mean() == pytest.approx(0, abs=0.02)
    assert logs.std() == pytest.approx(0.15, abs=0.01)
    assert [day_prices(paper, day) for day in days] == [day_prices(paper, day) for day in days]
    assert day_prices(replace(paper, seed=2), days[0]) != day_prices(paper, days[0])


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 2, 3), list(range(24))),
        (date(2026, 3, 29), [0, *range(2, 24)]),
        (date(2026, 10, 25), [0, 1, 1, *range(2, 24)]),
    ],
)
def test_the_local_hour_decides(paper: Scenario, day: date, hours: list[int]) -> None:
    listed = day_prices(paper, day)
    hourly = prices_micro_kwh(paper, np.array(day_periods(day, ZONE, 3_600)))
    assert hourly.dtype == np.int64
    assert hourly.tolist() == [listed[hour] for hour in hours]
    quarters = prices_micro_kwh(paper, np.array(day_periods(day, ZONE, 900)))
    assert quarters.tolist() == np.repeat(hourly, 4).tolist()

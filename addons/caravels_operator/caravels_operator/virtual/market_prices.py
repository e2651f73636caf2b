"""The simulated day-ahead market price: hourly by the market zone's clock, one seeded factor a day, special days."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from .chance import stream
from .scenario_types import Scenario
from .wall_clock import Integers


def prices_micro_kwh(scenario: Scenario, starts: Integers) -> Integers:
    """Return the market price [micro-units per kWh] at period starts [Unix s], int64 (T,)."""
    zone = ZoneInfo(scenario.market_zone)
    days: dict[date, tuple[int, ...]] = {}
    prices = np.empty(len(starts), dtype=np.int64)
    for period, start in enumerate(starts.tolist()):
        local = datetime.fromtimestamp(start, zone)
        day = local.date()
        if day not in days:
            days[day] = day_prices(scenario, day)
        prices[period] = days[day][local.hour]
    return prices


def day_prices(scenario: Scenario, day: date) -> tuple[int, ...]:
    """Return the market price [micro-units per kWh] at each of the 24 hours that a clock shows on a day.

    A skipped hour's price is not used, a doubled one's twice. The prices of special days are as written, without
    the day's factor.
    """
    rule = scenario.market_price
    factor = float(np.exp(stream(scenario.seed, "market price", day).normal(0, rule.day_factor_sigma)))
    prices = [round(price * factor) for price in rule.hourly_micro_kwh]
    if day.weekday() in rule.special_weekdays and day.month in rule.special_months:
        for hour, price in rule.special_micro_kwh.items():
            prices[hour] = price
    return tuple(prices)

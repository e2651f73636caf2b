"""Forecasts of flexibility against what the devices of the scenario's virtual homes could really have done.

All members, all of the scenario's windows: a day ahead their 28 days, an hour ahead the first 14 of them. Two homes
are told apart: `declared` knows what its people say of the devices alone, `metered` has a meter on each. Day-ahead is
issued at 12:00 for the next day, hour-ahead at the start of each hour, with the state that devices had a second before.

Baselines, both given what no home knows, the true flexibility of the 28 days before: `share` takes it as a share of
the home's consumption and multiplies by the consumption forecast (day-ahead the mean of the last 7 known days at that
hour, hour-ahead that of the last hour); `flat` takes its mean.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from caravels_operator.common.forecasting.flexibility.devices import FlexibleDevice
from caravels_operator.common.forecasting.flexibility.forecaster import FlexibilityForecaster
from caravels_operator.common.forecasting.forecast import Forecast, Horizon
from caravels_operator.common.forecasting.series import Calendar
from caravels_operator.common.periods import HOUR_S, day_end, day_start
from caravels_operator.virtual.flexibility import devices_of, states_of, true_flexibility, use_of_devices
from caravels_operator.virtual.houses import House
from caravels_operator.virtual.scenario_types import Scenario

type Floats = npt.NDArray[np.float64]

KINDS: Final = ("reduction", "shifting")
_WINDOW_DAYS: Final = {Horizon.DAY_AHEAD: 28, Horizon.HOUR_AHEAD: 14}
_KNOWN_DAYS: Final = 63
_SHARE_DAYS: Final = 28
_ISSUE_S: Final = 12 * HOUR_S
_SPEED_DEVICES: Final = 10
_SPEED_HOURS: Final = 48


@dataclass(frozen=True, slots=True)
class Scores:
    """How one way of forecasting did over all members and hours, of reduction or of shifting.

    Attributes:
        nmae, nrmse: of a member's hours, by its mean; pooled.
        energy_ratio: forecast / true energy.
        community_nmae: of the sum over members.
        cover80: share of hours inside P10 to P90, both included; nan without a band.
        above_p90: share of hours above the band; at most a tenth where the band is right.
        worst_energy_ratio: that of the member whose ratio is furthest from 1.
    """

    nmae: float
    nrmse: float
    energy_ratio: float
    community_nmae: float
    cover80: float
    above_p90: float
    worst_energy_ratio: float


@dataclass(frozen=True, slots=True)
class _Days:
    """The days of a window: starts [Unix s], and one more."""

    edges: tuple[int, ...]

    @property
    def first(self) -> int:
        return self.edges[0]

    @property
    def hours(self) -> int:
        return (self.edges[-1] - self.edges[0]) // HOUR_S


def flexibility_scores(scenario: Scenario, houses: Sequence[House]) -> dict[tuple[str, str, str], Scores]:
    """Return the scores by kind, horizon and way: `declared`, `metered`, `share` and `flat`."""
    found: dict[tuple[str, str, str], list[tuple[Floats, Floats]]] = {}
    for house in houses:
        parts: dict[tuple[str, str, str], list[tuple[Floats, Floats]]] = {}
        for first in scenario.bench_starts:
            for horizon, count in _WINDOW_DAYS.items():
                for key, band, truth in _window(scenario, house, _days(scenario.time_zone, first, count), horizon):
                    parts.setdefault(key, []).append((band, truth))
        for key, windows in parts.items():
            band, truth = (np.concatenate(part, axis=-1) for part in zip(*windows, strict=True))
            if truth.any():
                found.setdefault(key, []).append((band, truth))
    return {key: _scores(members) for key, members in found.items()}


def flexibility_ms(scenario: Scenario) -> float:
    """Return the time of a forecast of 48 hours for 10 devices once they are known [ms], the shortest of 200."""
    names = (name for member in scenario.members for name in devices_of(member, scenario))
    home = [replace(device, name=str(number)) for number, device in zip(range(_SPEED_DEVICES), names, strict=False)]
    first, calendar = int(datetime(2026, 4, 6, tzinfo=UTC).timestamp()), Calendar(scenario.time_zone)
    forecaster, took = FlexibilityForecaster(), []
    for _ in range(201):
        before = time.perf_counter()
        forecaster.forecast(home, calendar, Horizon.DAY_AHEAD, first - _ISSUE_S, first, _SPEED_HOURS)
        took.append(time.perf_counter() - before)
    return min(took[1:]) * 1_000


def _days(zone: str, first: date, count: int) -> _Days:
    days = [first + timedelta(days=number) for number in range(count)]
    return _Days((*(day_start(day, zone) for day in days), day_end(days[-1], zone)))


def _window(
    scenario: Scenario, house: House, days: _Days, horizon: Horizon
) -> Iterator[tuple[tuple[str, str, str], Floats, Floats]]:
    """Yield (kind, horizon, way), mean, P10, P50, P90 (4, h) and the truth (h,) of one member in one window."""
    member, devices = house.member, devices_of(house.member, scenario)
    back = days.first - _KNOWN_DAYS * 24 * HOUR_S
    use = use_of_devices(scenario, member, back, _KNOWN_DAYS * 24 + days.hours)
    metered = [
        replace(device, use_wh=tuple(wh.tolist()), use_first=back) for device, wh in zip(devices, use, strict=True)
    ]
    consumption = house.meter(back, days.edges[-1], HOUR_S).consumption_wh.astype(np.float64)
    truth = true_flexibility(scenario, member, back, consumption.size, horizon)
    for way, home in (("declared", devices), ("metered", metered)):
        run = _day_ahead if horizon is Horizon.DAY_AHEAD else _hour_ahead
        pairs = run(scenario, house, home, days)
        for number, kind in enumerate(KINDS):
            band = np.concatenate([_band(pair[number]) for pair in pairs], axis=1)
            yield (kind, horizon.value, way), band, truth[number][-days.hours :]
    for kind, true in zip(KINDS, truth, strict=True):
        for way, mean in zip(("share", "flat"), _naive(true, consumption, days, horizon), strict=True):
            none = np.full_like(mean, np.nan)
            yield (kind, horizon.value, way), np.stack([mean, none, none, none]), true[-days.hours :]


def _day_ahead(
    scenario: Scenario, _: House, home: Sequence[FlexibleDevice], days: _Days
) -> list[tuple[Forecast, Forecast]]:
    forecaster, calendar = FlexibilityForecaster(), Calendar(scenario.time_zone)
    pairs = []
    for start, end in zip(days.edges[:-1], days.edges[1:], strict=True):
        issued_at = start - _ISSUE_S
        known = [_until(device, issued_at) for device in home]
        hours = (end - start) // HOUR_S
        pairs.append(forecaster.forecast(known, calendar, Horizon.DAY_AHEAD, issued_at, start, hours))
    return pairs


def _hour_ahead(
    scenario: Scenario, house: House, home: Sequence[FlexibleDevice], days: _Days
) -> list[tuple[Forecast, Forecast]]:
    forecaster, calendar = FlexibilityForecaster(), Calendar(scenario.time_zone)
    pairs = []
    for at in range(days.first, days.edges[-1], HOUR_S):
        states = states_of(scenario, house.member, at - 1)
        now = [replace(_until(device, at), state=state) for device, state in zip(home, states, strict=True)]
        pairs.append(forecaster.forecast(now, calendar, Horizon.HOUR_AHEAD, at, at, 1))
    return pairs


def _until(device: FlexibleDevice, end: int) -> FlexibleDevice:
    if device.use_wh is None:
        return device
    return replace(device, use_wh=device.use_wh[: (end - device.use_first) // HOUR_S])


def _naive(true: Floats, consumption: Floats, days: _Days, horizon: Horizon) -> tuple[Floats, Floats]:
    """Return the two baselines in the hours of a window, from arrays that begin before it; shape (h,) each."""
    share, flat = np.zeros(days.hours), np.zeros(days.hours)
    offset = true.size - days.hours
    for start, end in zip(days.edges[:-1], days.edges[1:], strict=True):
        here = offset + (start - days.first) // HOUR_S
        hours = np.arange(here, here + (end - start) // HOUR_S)
        issue = here - _ISSUE_S // HOUR_S
        past = slice(issue - _SHARE_DAYS * 24, issue)
        ratio = true[past].sum() / max(consumption[past].sum(), 1.0)
        if horizon is Horizon.HOUR_AHEAD:
            expected = consumption[hours - 1]
        else:  # the most recent seven known values of each hour
            last = np.where(hours - 24 < issue, hours - 24, hours - 48)
            expected = np.mean([consumption[last - 24 * back] for back in range(7)], axis=0)
        share[hours - offset] = ratio * expected
        flat[hours - offset] = true[past].mean()
    return share, flat


def _band(forecast: Forecast) -> Floats:
    return np.stack([forecast.mean_wh, forecast.p10_wh, forecast.p50_wh, forecast.p90_wh])


def _scores(members: Sequence[tuple[Floats, Floats]]) -> Scores:
    """Return the scores of members, each with its band (4, h) and its truth (h,)."""
    band, truth = np.stack([band for band, _ in members]), np.stack([true for _, true in members])
    mean, low, high = band[:, 0], band[:, 1], band[:, 3]
    error = mean - truth
    ratios = mean.sum(axis=1) / truth.sum(axis=1)
    rounding = 1e-6
    above = truth > high + rounding
    inside = ~above & (truth >= low - rounding)
    banded = bool(np.isfinite(high).all())
    return Scores(
        nmae=float(np.abs(error).mean() / truth.mean()),
        nrmse=float(np.sqrt((error**2).mean()) / truth.mean()),
        energy_ratio=float(mean.sum() / truth.sum()),
        community_nmae=float(np.abs(error.sum(axis=0)).mean() / truth.sum(axis=0).mean()),
        cover80=float(inside.mean()) if banded else float("nan"),
        above_p90=float(above.mean()) if banded else float("nan"),
        worst_energy_ratio=float(ratios[np.argmax(np.abs(ratios - 1))]),
    )

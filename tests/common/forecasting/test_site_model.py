"""The model of a site: what it learns of a plant whose truth is known, and what it does without knowledge."""

from dataclasses import replace

import numpy as np
import pytest

from caravels_operator.common.forecasting.generation.levels import Issues, Plant, every_day
from caravels_operator.common.forecasting.generation.site_model import FEWEST_DAYS, site_model
from caravels_operator.common.forecasting.generation.sun import hours_of_sun
from caravels_operator.common.forecasting.series import Floats

from .plants import MARCH, SITE, plant

NOON = 12


def table(seed: int, days: int, *, skill: float = 0.85, bias: float = 0.0, peak_wh: float = 5_000.0) -> Plant:
    """A plant's days, and the weather of each as it was forecast the morning before."""
    made = plant(seed, days, skill=skill, bias=bias, peak_wh=peak_wh)
    weather = np.full((days, 24, 3), np.nan)
    for day, said in enumerate(made.weather[:-1]):
        weather[day + 1] = np.stack((said.cloud_cover, said.temperature, said.humidity), axis=-1)[24:]
    clear = hours_of_sun(SITE, MARCH, 24 * days).clear_w_m2.reshape(days, 24)
    return Plant(made.days, clear, weather)


def error(known: Plant, first: int, last: int) -> float:
    """Mean absolute error over days [Wh]."""
    found = site_model(known, NOON).predict(every_day(known, NOON), FEWEST_DAYS).wh
    return float(np.abs(found[first:last] - known.wh[first:last]).mean())


def mean_error(known: Plant, first: int, last: int, days: int) -> float:
    """The error of the mean of so many days by clock hour, issued at noon."""
    sizes = []
    for day in range(first, last):
        low = max(day - days, 0)
        mean = np.concatenate((known.wh[low:day, :NOON].mean(axis=0), known.wh[low : day - 1, NOON:].mean(axis=0)))
        sizes.append(np.abs(mean - known.wh[day]).mean())
    return float(np.mean(sizes))


def over_seeds(skill: float, first: int, last: int, *, weather: bool = True) -> tuple[float, float]:
    """Errors over four plants: of the model, and of the better of the means of 7 and of 28 days."""
    plants = [table(seed, last, skill=skill) for seed in range(4)]
    if not weather:
        plants = [replace(known, weather=None) for known in plants]
    model = np.mean([error(known, first, last) for known in plants])
    means = [np.mean([mean_error(known, first, last, days) for known in plants]) for days in (7, 28)]
    return float(model), float(min(means))


@pytest.mark.parametrize(("first", "last", "gain"), [(18, 32, 0.15), (32, 60, 0.25), (60, 120, 0.30), (250, 300, 0.30)])
def test_it_beats_the_means_from_two_weeks_on(first: int, last: int, gain: float) -> None:
    model, mean = over_seeds(0.85, first, last)
    assert model < (1.0 - gain) * mean


def test_weather_that_says_nothing_costs_nearly_nothing() -> None:
    blind, _ = over_seeds(0.0, 40, 150, weather=False)
    misled, mean = over_seeds(0.0, 40, 150)
    assert misled < 1.06 * blind
    assert misled < 1.03 * mean


def test_a_forecast_that_is_always_too_cloudy_is_calibrated() -> None:
    straight = error(table(5, 120), 60, 120)
    shifted = error(table(5, 120, bias=15.0), 60, 120)
    assert shifted < 1.10 * straight


def test_ten_times_the_plant_is_ten_times_the_forecast() -> None:
    small, large = (
        site_model(known, NOON).predict(Issues(np.array([39]), NOON, np.array([40])), FEWEST_DAYS).wh
        for known in (table(3, 41), table(3, 41, peak_wh=50_000.0))
    )
    np.testing.assert_allclose(large, 10.0 * small, rtol=2e-3, atol=5.0)


def test_it_answers_from_two_weeks_on() -> None:
    known = table(1, 30)
    found = site_model(known, NOON).predict(every_day(known, NOON), FEWEST_DAYS).wh
    answered = np.isfinite(found).all(axis=1)
    # The whole days before the day of the issue count: for day 15 (from 0) these are 14.
    np.testing.assert_array_equal(answered, np.arange(30) >= 15)


def test_nothing_of_a_later_day_reaches_an_earlier_one() -> None:
    known = table(2, 60)
    found = site_model(known, NOON).predict(every_day(known, NOON), FEWEST_DAYS).wh
    assert known.weather is not None
    wh, weather = known.wh.copy(), known.weather.copy()
    wh[40, NOON:] = 0.0
    wh[41:] *= 3.0
    weather[42:] = 50.0
    changed = Plant(wh, known.clear, weather)
    later = site_model(changed, NOON).predict(every_day(changed, NOON), FEWEST_DAYS).wh
    np.testing.assert_allclose(later[:42], found[:42], rtol=1e-9, atol=1e-6)
    assert not np.allclose(later[42], found[42])


def test_a_season_is_followed_where_the_sun_is_known() -> None:
    """Under an ever clear sky the levels lag behind spring; with the sun they do not."""
    clear = hours_of_sun(SITE, MARCH, 24 * 60).clear_w_m2.reshape(60, 24)
    spring = clear * 4.0
    followed, lagging = (
        site_model(Plant(spring, sun, None), NOON).predict(every_day(Plant(spring, sun, None), NOON), FEWEST_DAYS).wh
        for sun in (clear, np.ones_like(clear))
    )

    def miss(found: Floats) -> float:
        return float(np.abs(found[30:] - spring[30:]).mean() / spring[30:].mean())

    assert miss(followed) < 0.01
    assert miss(lagging) > 0.02


def test_missing_attributes_and_hours_are_no_obstacle() -> None:
    known = table(4, 90)
    assert known.weather is not None
    weather, wh = known.weather.copy(), known.wh.copy()
    weather[:, :, 2] = np.nan
    weather[::7] = np.nan
    wh[::5, 8:11] = np.nan
    torn = Plant(wh, known.clear, weather)
    found = site_model(torn, NOON).predict(every_day(torn, NOON), FEWEST_DAYS).wh
    assert np.isfinite(found[16:]).all()
    missed = np.abs(found[40:] - known.wh[40:]).mean()
    assert missed < 0.85 * mean_error(known, 40, 90, 28)

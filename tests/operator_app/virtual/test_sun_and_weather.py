"""The sun against astronomy's formulas, the roof against its peak and the night, clouds against statistics."""

from datetime import UTC, datetime

import numpy as np
import pytest

from caravels_operator.virtual.pv import build_roof
from caravels_operator.virtual.sun import month_sky, plane_irradiance
from caravels_operator.virtual.wall_clock import month_starts
from caravels_operator.virtual.weather import autoregressive, clearness

LATITUDE, LONGITUDE = 41.18, -8.61
YEAR = 2026 * 12


@pytest.mark.parametrize(
    ("month", "day", "declination"),
    [(3, 20, 0.0), (6, 21, 23.44), (9, 23, 0.0), (12, 21, -23.44)],
)
def test_noon_height_and_day_length_at_the_turns_of_the_year(month: int, day: int, declination: float) -> None:
    sky = month_sky(LATITUDE, LONGITUDE, YEAR + month - 1)
    cos_zenith = sky.cos_zenith.reshape(-1, 96)[day - 1]
    height = np.degrees(np.arcsin(cos_zenith.max()))
    assert height == pytest.approx(90 - LATITUDE + declination, abs=0.35)
    angle = np.arccos(-np.tan(np.radians(LATITUDE)) * np.tan(np.radians(declination)))
    assert (cos_zenith > 0).sum() / 4 == pytest.approx(24 / np.pi * angle, abs=0.6)


def test_the_sun_is_highest_at_solar_noon() -> None:
    """In Porto on 2026-02-11 solar noon is 12:00 + 34.4 min (longitude) + 14.2 min (equation of time) UTC."""
    cos_zenith = month_sky(LATITUDE, LONGITUDE, YEAR + 1).cos_zenith.reshape(-1, 96)[10]
    quarters = np.arange(96)
    centre = (cos_zenith * (quarters * 15 + 7.5)).sum() / cos_zenith.sum()
    assert centre == pytest.approx(12 * 60 + 34.44 + 14.2, abs=2)


def test_the_south_of_the_world_has_its_summer_in_december() -> None:
    north, south = (month_sky(latitude, 0.0, YEAR + 11).clear_w_m2.sum() for latitude in (40.0, -40.0))
    assert south > 2 * north


def test_a_flat_plane_sees_the_global_irradiance() -> None:
    sky = month_sky(LATITUDE, LONGITUDE, YEAR + 5)
    clear = np.full(sky.clear_w_m2.shape, 0.6)
    assert plane_irradiance(sky, clear, 0.0, 0.0) == pytest.approx(sky.clear_w_m2 * 0.6)


@pytest.mark.parametrize(("latitude", "longitude"), [(41.18, -8.61), (37.74, -25.67), (-33.9, 18.4), (69.6, 18.9)])
def test_generation_is_dark_at_night_and_at_most_the_peak(latitude: float, longitude: float) -> None:
    roof = build_roof(1, "m11", 4_000, latitude, longitude)
    for month in range(YEAR, YEAR + 12):
        energy = roof.month(month)
        up = month_sky(latitude, longitude, month).cos_zenith > 0
        assert energy.dtype == np.int64
        assert energy.min() >= 0
        assert energy.max() <= 1_000
        assert energy[~up].max(initial=0) == 0


def test_no_generation_around_midnight_in_winter() -> None:
    hours = month_starts(YEAR) % 86_400 // 3_600
    energy = build_roof(1, "m11", 4_000, LATITUDE, LONGITUDE).month(YEAR)
    assert energy[(hours < 7) | (hours >= 18)].sum() == 0
    assert energy[(hours >= 11) & (hours < 14)].sum() > 0


def test_yearly_yield_is_that_of_the_region() -> None:
    """PVGIS gives about 1,500 kWh/kWp for Porto on the best plane; roofs are not on it and years differ."""
    yields = [
        sum(int(build_roof(seed, member, 4_000, LATITUDE, LONGITUDE).month(YEAR + m).sum()) for m in range(12)) / 4_000
        for seed in (1, 2, 3)
        for member in ("m11", "m12")
    ]
    assert 1_300 < np.mean(yields) < 1_550
    assert 1_150 < min(yields) <= max(yields) < 1_700


def test_neighbours_share_the_weather_but_not_every_cloud() -> None:
    one, two = (clearness(1, True, member, YEAR + 3) for member in ("m11", "m12"))
    other = clearness(2, True, "m11", YEAR + 3)
    assert 0 < one.min() <= one.max() < 1
    assert 0.85 < np.corrcoef(one, two)[0, 1] < 0.999
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.5


def test_summer_is_clearer_than_winter() -> None:
    january, july = (
        np.mean([clearness(seed, True, "m11", YEAR + month).mean() for seed in range(6)]) for month in (0, 6)
    )
    assert january < 0.75 < july


def test_autoregressive_series_keep_their_variance_and_memory() -> None:
    series = autoregressive(np.random.default_rng(3).standard_normal((4_000, 60)), 0.8)
    assert series.std(axis=0) == pytest.approx(np.ones(60), abs=0.05)
    assert np.corrcoef(series[:, 30], series[:, 31])[0, 1] == pytest.approx(0.8, abs=0.03)
    assert np.corrcoef(series[:, 30], series[:, 32])[0, 1] == pytest.approx(0.64, abs=0.04)


def test_months_are_whole() -> None:
    starts = month_starts(YEAR + 1)
    assert len(starts) == 28 * 96
    assert starts[0] == datetime(2026, 2, 1, tzinfo=UTC).timestamp()

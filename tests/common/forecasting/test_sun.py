"""The sun: published values, an independent algorithm, and what follows from geometry."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caravels_operator.common.forecasting.generation.sun import clear_sky_w_m2, hours_of_sun, position
from caravels_operator.common.forecasting.weather import Site

NEW_YEAR = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())


def almanac(site: Site, instant: float) -> tuple[float, float]:
    """Elevation and azimuth [degrees] by the Astronomical Almanac's low-precision formula (Michalsky 1988)."""
    n = instant / 86_400 + 2_440_587.5 - 2_451_545.0
    mean_longitude = (280.460 + 0.9856474 * n) % 360
    anomaly = np.radians((357.528 + 0.9856003 * n) % 360)
    ecliptic = np.radians(mean_longitude + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    obliquity = np.radians(23.439 - 0.0000004 * n)
    ascension = np.arctan2(np.cos(obliquity) * np.sin(ecliptic), np.cos(ecliptic))
    declination = np.arcsin(np.sin(obliquity) * np.sin(ecliptic))
    sidereal = (6.697375 + 0.0657098242 * n + instant % 86_400 / 3_600) % 24
    angle = np.radians(15 * sidereal + site.longitude) - ascension
    latitude = np.radians(site.latitude)
    up = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(angle)
    east = -np.cos(declination) * np.sin(angle)
    north = np.cos(latitude) * np.sin(declination) - np.sin(latitude) * np.cos(declination) * np.cos(angle)
    return float(np.degrees(np.arcsin(up))), float(np.degrees(np.arctan2(east, north)) % 360)


def test_the_published_example_of_the_solar_position_algorithm() -> None:
    # Reda and Andreas, NREL/TP-560-34302, appendix A.5: elevation before refraction 39.872 degrees, azimuth 194.340.
    instant = datetime(2003, 10, 17, 19, 30, 30, tzinfo=UTC).timestamp()
    elevation, azimuth = position(Site(39.742476, -105.1786), np.array([instant]))
    assert elevation[0] == pytest.approx(39.872, abs=0.02)
    assert azimuth[0] == pytest.approx(194.340, abs=0.02)


@given(
    st.floats(-66, 66), st.floats(-180, 180), st.integers(int(datetime(1990, 1, 1, tzinfo=UTC).timestamp()), 2**31 - 1)
)
def test_the_position_is_the_almanacs(latitude: float, longitude: float, instant: int) -> None:
    site = Site(latitude, longitude)
    elevation, azimuth = position(site, np.array([float(instant)]))
    expected_elevation, expected_azimuth = almanac(site, instant)
    assert elevation[0] == pytest.approx(expected_elevation, abs=0.05)
    apart = abs((azimuth[0] - expected_azimuth + 180) % 360 - 180)
    assert apart * np.cos(np.radians(elevation[0])) < 0.05


def test_the_clear_sky_is_haurwitzs() -> None:
    # 1098 cos(z) exp(-0.059 / cos(z)), by hand: at the zenith, at 30 degrees, below the horizon.
    found = clear_sky_w_m2(np.array([1.0, 0.5, 0.0, -0.5]))
    np.testing.assert_allclose(found, [1_035.09, 487.89, 0.0, 0.0], atol=0.01)


@pytest.mark.parametrize("begin", [NEW_YEAR, NEW_YEAR + 1_800])
def test_an_hour_is_the_mean_of_its_minutes(begin: int) -> None:
    site = Site(38.7, -9.1)
    hours = hours_of_sun(site, begin, 48)
    minutes = np.asarray(begin + 60.0 * (np.arange(48 * 60) + 0.5), np.float64)
    elevation, _ = position(site, minutes)
    fine = clear_sky_w_m2(np.sin(np.radians(elevation))).reshape(48, 60).mean(axis=1)
    np.testing.assert_allclose(hours.clear_w_m2, fine, atol=3.0)
    assert (elevation.reshape(48, 60).max(axis=1) - hours.elevation).max() < 1.9


@pytest.mark.parametrize("first", [NEW_YEAR, NEW_YEAR + 1_800, NEW_YEAR + 5 * 3_600, NEW_YEAR + 191 * 3_600 + 900])
def test_hours_do_not_depend_on_where_one_begins_to_ask(first: int) -> None:
    site = Site(52.0, 13.0)
    whole = hours_of_sun(site, first, 400)
    part = hours_of_sun(site, first + 37 * 3_600, 100)
    np.testing.assert_array_equal(part.clear_w_m2, whole.clear_w_m2[37:137])
    np.testing.assert_array_equal(part.elevation, whole.elevation[37:137])
    elevation, _ = position(site, np.asarray(first + 3_600.0 * np.arange(400) + 1_800, np.float64))
    assert np.all(elevation <= whole.elevation + 2.0)


def test_beyond_the_polar_circle_there_are_days_without_night_and_without_sun() -> None:
    winter = hours_of_sun(Site(78.0, 15.0), NEW_YEAR, 240)
    summer = hours_of_sun(Site(78.0, 15.0), NEW_YEAR + 170 * 86_400, 240)
    assert winter.elevation.max() < -2.5
    assert winter.clear_w_m2.max() == 0.0
    assert summer.elevation.min() > 0.0
    assert summer.clear_w_m2.min() > 50.0

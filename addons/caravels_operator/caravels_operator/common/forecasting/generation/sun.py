"""Where the sun stands, and what it gives under a clear sky.

Position: NOAA's solar calculator (global monitoring laboratory, after Meeus, Astronomical Algorithms, 1991), without
refraction; within 0.02 degrees from 1950 to 2050. Clear sky: Haurwitz (1945), from the elevation alone.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from ...periods import DAY_S, HOUR_S
from ..series import Floats
from ..weather import Site

_J2000_S: Final = 946_728_000
"""1 January 2000 12:00 UTC."""
_DAYS_A_CENTURY: Final = 36_525.0
_PARTS: Final = 4
"""An hour is the mean of so many middles of its parts: what it gives is curved at sunrise and sunset."""
_BLOCK_DAYS: Final = 8
_UP: Final = 0.01
"""Sine of the elevation below which the clear sky gives nothing: Haurwitz divides by it."""


@dataclass(frozen=True, slots=True)
class Sun:
    """The sun over a place in consecutive hours, shape (n,) each.

    Attributes:
        elevation: the highest of the hour's four quarters, at their middles [degrees]; negative: below the horizon.
            At an edge of the hour the sun is at most 1.9 degrees higher.
        clear_w_m2: mean global horizontal irradiance under a clear sky [W/m2].
    """

    elevation: Floats
    clear_w_m2: Floats


def position(site: Site, instants: Floats) -> tuple[Floats, Floats]:
    """Return elevation and azimuth (from north, clockwise) of the sun at instants [Unix s], in degrees, same shape.

    Elevation is geometric: without the 0.6 degrees by which air lifts the sun at the horizon.
    """
    declination, equation_of_time = _declination_and_equation_of_time(instants)
    angle = _hour_angle(site, instants, equation_of_time)
    latitude = np.radians(site.latitude)
    east = -np.cos(declination) * np.sin(angle)
    north = np.cos(latitude) * np.sin(declination) - np.sin(latitude) * np.cos(declination) * np.cos(angle)
    up = _sine_of_elevation(latitude, declination, angle)
    return np.degrees(np.arcsin(np.clip(up, -1.0, 1.0))), np.degrees(np.arctan2(east, north)) % 360.0


def clear_sky_w_m2(sine_of_elevation: Floats) -> Floats:
    """Return the global horizontal irradiance under a clear sky [W/m2] (Haurwitz)."""
    above = np.maximum(sine_of_elevation, _UP)
    return np.where(sine_of_elevation > _UP, 1_098.0 * above * np.exp(-0.059 / above), 0.0)


def hours_of_sun(site: Site, first: int, count: int) -> Sun:
    """Return the sun over `count` hours from `first` on [Unix s]; blocks of days are computed once."""
    block_s = _BLOCK_DAYS * DAY_S
    phase = first % HOUR_S
    start = first // block_s
    last = (first + HOUR_S * max(count - 1, 0)) // block_s
    blocks = [_block(site, block, phase) for block in range(start, last + 1)]
    skip = (first - start * block_s) // HOUR_S
    elevation, clear = np.concatenate(blocks, axis=1)[:, skip : skip + count]
    return Sun(elevation, clear)


@lru_cache(maxsize=512)
def _block(site: Site, block: int, phase: int) -> Floats:
    """Return elevation and clear sky of a block of UTC days since 1970, shape (2, hours); hours begin at `phase`."""
    starts = block * _BLOCK_DAYS * DAY_S + phase + HOUR_S * np.arange(_BLOCK_DAYS * 24.0)[:, None]
    declination, equation_of_time = _declination_and_equation_of_time(starts + HOUR_S / 2)
    middles = starts + HOUR_S * (np.arange(_PARTS) + 0.5) / _PARTS
    angle = _hour_angle(site, middles, equation_of_time)
    up = _sine_of_elevation(np.radians(site.latitude), declination, angle)
    highest = np.degrees(np.arcsin(np.clip(up.max(axis=1), -1.0, 1.0)))
    return np.stack((highest, clear_sky_w_m2(up).mean(axis=1)))


def _hour_angle(site: Site, instants: Floats, equation_of_time: Floats) -> Floats:
    """Return by how much the sun is past its noon [rad]."""
    minutes = instants % DAY_S / 60.0 + equation_of_time + 4.0 * site.longitude
    return np.asarray(np.radians(minutes / 4.0 - 180.0))


def _sine_of_elevation(latitude: float, declination: Floats, angle: Floats) -> Floats:
    lowest = np.sin(latitude) * np.sin(declination)
    return np.asarray(lowest + np.cos(latitude) * np.cos(declination) * np.cos(angle))


def _declination_and_equation_of_time(instants: Floats) -> tuple[Floats, Floats]:
    """Return the declination [rad] and solar less mean time [min] at instants [Unix s]."""
    century = (instants - _J2000_S) / (DAY_S * _DAYS_A_CENTURY)
    mean_longitude = np.radians((280.46646 + century * (36_000.76983 + century * 0.0003032)) % 360.0)
    anomaly = np.radians(357.52911 + century * (35_999.05029 - 0.0001537 * century))
    eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
    centre = np.radians(
        np.sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + np.sin(2 * anomaly) * (0.019993 - 0.000101 * century)
        + np.sin(3 * anomaly) * 0.000289
    )
    node = np.radians(125.04 - 1_934.136 * century)
    longitude = mean_longitude + centre - np.radians(0.00569 + 0.00478 * np.sin(node))
    obliquity = np.radians(23.0 + 26.0 / 60.0 + 21.448 / 3_600.0 - 0.0130042 * century + 0.00256 * np.cos(node))
    declination = np.arcsin(np.sin(obliquity) * np.sin(longitude))
    tangent = np.tan(obliquity / 2) ** 2
    equation = (
        tangent * np.sin(2 * mean_longitude)
        - 2 * eccentricity * np.sin(anomaly)
        + 4 * eccentricity * tangent * np.sin(anomaly) * np.cos(2 * mean_longitude)
        - 0.5 * tangent**2 * np.sin(4 * mean_longitude)
        - 1.25 * eccentricity**2 * np.sin(2 * anomaly)
    )
    return np.asarray(declination), np.asarray(4 * np.degrees(equation))

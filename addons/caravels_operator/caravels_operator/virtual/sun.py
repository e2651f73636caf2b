"""Where the sun stands, and what it gives under a clear sky.

Position by Spencer's Fourier series (1971; declination to 0.04 degrees, equation of time to 35 s), clear sky by
Haurwitz (1945), diffuse share by Erbs et al. (1982), plane of the modules by the isotropic sky of Liu and Jordan.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np

from .wall_clock import QUARTER_S, Floats, month_start, month_starts

_SOLAR_CONSTANT_W_M2 = 1_361.0
_ALBEDO = 0.2
_HORIZON = 0.01
"""Cosine of the zenith angle below which the sun counts as set: the beam's formula divides by it."""


@dataclass(frozen=True, slots=True)
class Sky:
    """The sun over a place in the quarters of a month, at their middles; arrays of shape (Q,)."""

    cos_zenith: Floats
    """0 when the sun is down."""
    south: Floats
    """Components of the unit vector to the sun; `south` is horizontal, positive to the south."""
    west: Floats
    clear_w_m2: Floats
    """Global horizontal irradiance under a clear sky."""
    outside_w_m2: Floats
    """Horizontal irradiance outside the atmosphere."""


@lru_cache(maxsize=64)
def month_sky(latitude: float, longitude: float, month: int) -> Sky:
    """Return the sun over a place [degrees, north and east positive] in a UTC month."""
    middles = month_starts(month) + QUARTER_S // 2
    new_year = datetime.fromtimestamp(month_start(month), UTC).replace(month=1)
    days = (middles - int(new_year.timestamp())) / 86_400
    year_angle = 2 * np.pi * days / 365.2425
    declination = _declination(year_angle)
    solar_minutes = (middles % 86_400) / 60 + 4 * longitude + _equation_of_time(year_angle)
    hour_angle = np.pi * (solar_minutes / 720 - 1)
    phi = np.radians(latitude)
    up = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour_angle)
    day = up > _HORIZON
    cos_zenith = np.where(day, up, 0.0)
    safe = np.where(day, up, 1.0)
    distance = 1 + 0.033 * np.cos(year_angle)
    return Sky(
        cos_zenith=cos_zenith,
        south=np.sin(phi) * np.cos(declination) * np.cos(hour_angle) - np.cos(phi) * np.sin(declination),
        west=np.cos(declination) * np.sin(hour_angle),
        clear_w_m2=np.where(day, 1_098 * safe * np.exp(-0.059 / safe), 0.0),
        outside_w_m2=_SOLAR_CONSTANT_W_M2 * distance * cos_zenith,
    )


def plane_irradiance(sky: Sky, clearness: Floats, tilt: float, azimuth: float) -> Floats:
    """Return the irradiance on a plane [W/m2], shape (Q,), never negative and 0 when the sun is down.

    Args:
        sky: the sun over the place.
        clearness: global irradiance as a share of the clear sky's, shape (Q,).
        tilt: slope of the plane from the horizontal [rad].
        azimuth: where the plane faces, from south, west positive [rad].
    """
    total = sky.clear_w_m2 * clearness
    day = sky.cos_zenith > 0
    index = np.divide(total, sky.outside_w_m2, out=np.zeros_like(total), where=day)
    diffuse = total * _diffuse_share(index)
    beam = np.divide(total - diffuse, sky.cos_zenith, out=np.zeros_like(total), where=day)
    facing = np.cos(tilt) * sky.cos_zenith + np.sin(tilt) * (np.cos(azimuth) * sky.south + np.sin(azimuth) * sky.west)
    scattered = diffuse * (1 + np.cos(tilt)) / 2 + total * _ALBEDO * (1 - np.cos(tilt)) / 2
    return np.asarray(beam * np.maximum(facing, 0.0) + scattered)


def _declination(angle: Floats) -> Floats:
    """Return the declination of the sun [rad] (Spencer)."""
    return np.asarray(
        0.006918
        - 0.399912 * np.cos(angle)
        + 0.070257 * np.sin(angle)
        - 0.006758 * np.cos(2 * angle)
        + 0.000907 * np.sin(2 * angle)
        - 0.002697 * np.cos(3 * angle)
        + 0.00148 * np.sin(3 * angle)
    )


def _equation_of_time(angle: Floats) -> Floats:
    """Return solar less mean time [min] (Spencer)."""
    return np.asarray(
        229.18
        * (
            0.000075
            + 0.001868 * np.cos(angle)
            - 0.032077 * np.sin(angle)
            - 0.014615 * np.cos(2 * angle)
            - 0.040849 * np.sin(2 * angle)
        )
    )


def _diffuse_share(index: Floats) -> Floats:
    """Return the diffuse share of global irradiance at a clearness index (Erbs)."""
    middle = 0.9511 - 0.1604 * index + 4.388 * index**2 - 16.638 * index**3 + 12.336 * index**4
    return np.where(index <= 0.22, 1 - 0.09 * index, np.where(index <= 0.80, middle, 0.165))

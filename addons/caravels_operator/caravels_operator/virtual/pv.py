"""A simulated photovoltaic roof: clear sky, clouds, and losses, with its own slope and direction."""

from dataclasses import dataclass

import numpy as np

from .chance import stream
from .sun import month_sky, plane_irradiance
from .wall_clock import QUARTER_S, Floats, Integers
from .weather import clearness

_STANDARD_W_M2 = 1_000.0


@dataclass(frozen=True, slots=True)
class Roof:
    """The modules of one member."""

    seed: int
    member: str
    peak_w: int
    latitude: float
    longitude: float
    tilt: float
    """Slope from the horizontal [rad]."""
    azimuth: float
    """Where it faces, from south, west positive [rad]; from north, east positive, in the south of the world."""
    yield_share: float
    """Output over what the plate promises: temperature, wiring, inverter, dust."""

    def month(self, month: int) -> Integers:
        """Return the generation [Wh] in the quarters of a UTC month, int64 (Q,): never negative, at most the peak."""
        sky = month_sky(self.latitude, self.longitude, month)
        sun = clearness(self.seed, self.latitude >= 0, self.member, month)
        power: Floats = plane_irradiance(sky, sun, self.tilt, self.azimuth) / _STANDARD_W_M2 * self.yield_share
        watts = np.minimum(power, 1.0) * self.peak_w
        return np.floor(watts * (QUARTER_S / 3_600)).astype(np.int64)


def build_roof(seed: int, member: str, peak_w: int, latitude: float, longitude: float) -> Roof:
    """Return a member's roof with a seeded slope (around 30 degrees) and direction (around the equator's side)."""
    chance = stream(seed, "roof", member)
    facing = float(np.radians(chance.normal(0, 25)))
    return Roof(
        seed=seed,
        member=member,
        peak_w=peak_w,
        latitude=latitude,
        longitude=longitude,
        tilt=float(np.radians(np.clip(chance.normal(30, 6), 5, 60))),
        azimuth=facing if latitude >= 0 else np.pi + facing,
        yield_share=float(chance.uniform(0.80, 0.88)),
    )

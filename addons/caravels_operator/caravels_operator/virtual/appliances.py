"""When simulated devices run: so many times a week, inside their windows, never while the people are away.

Runs are drawn in calendar weeks (the week belongs to the year of its Monday) on the clock on the wall, and laid on a
year of quarters; a run that starts before New Year and ends after it lies in both years.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from .chance import stream
from .scenario_types import Device
from .wall_clock import QUARTERS_A_DAY, Floats, Integers

_PLUG_IN = (1.0, 3.0)
"""Beta distribution of the start inside a window over midnight: what charges overnight is plugged in on arrival."""


def devices_year(seed: int, row: str, devices: tuple[Device, ...], year: int, away: frozenset[int]) -> Floats:
    """Return the use of a member's devices [Wh] in the quarters of a local year, shape (days * 96,).

    Args:
        seed: the scenario's seed.
        row: id of the scenario's row, part of the seed.
        devices: the devices; one that is there twice has runs of its own.
        year: calendar year.
        away: days (ordinals) on which nothing is started.
    """
    first = date(year, 1, 1).toordinal()
    use = np.zeros((date(year + 1, 1, 1).toordinal() - first) * QUARTERS_A_DAY)
    for number, device in enumerate(devices):
        energy = run_energy(device)
        for earlier in (year - 1, year):
            for day, quarters in device_runs(seed, row, number, device, earlier):
                if day < first - 1 or day in away:
                    continue
                at = (day - first) * QUARTERS_A_DAY + quarters
                inside = (at >= 0) & (at < use.size)
                use[at[inside]] += energy[inside]
    return use


def run_energy(device: Device) -> Floats:
    """Return the energy [Wh] of a run's quarters: full power, and the rest in the last; sums to `energy_wh`."""
    a_quarter = device.power_w / 4
    full = int(device.energy_wh // a_quarter)
    rest = device.energy_wh - full * a_quarter
    return np.array([a_quarter] * full + ([rest] if rest else []))


def device_runs(seed: int, row: str, number: int, device: Device, year: int) -> Iterator[tuple[int, Integers]]:
    """Yield each run of the weeks whose Monday lies in a year: the day (ordinal), and its quarters counted from there.

    Quarters at or above 96 are on the day after.
    """
    chance = stream(seed, row, "device", number, device.name, year)
    length = run_energy(device).size
    start, window = device.window_start_minute // 15, device.window_minutes // 15
    monday = date(year, 1, 1) + timedelta(days=-date(year, 1, 1).weekday() % 7)
    while monday.year == year:
        for weekday in sorted(chance.permutation(7)[: device.runs].tolist()):
            if device.comfort_k is not None:
                offsets = np.sort(chance.permutation(window)[:length])
            else:
                place = chance.beta(*_PLUG_IN) if start + window > QUARTERS_A_DAY else chance.random()
                offsets = int(place * (window - length + 1)) + np.arange(length)
            yield monday.toordinal() + weekday, start + offsets
        monday += timedelta(days=7)

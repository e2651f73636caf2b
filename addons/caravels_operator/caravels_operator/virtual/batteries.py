"""A home's batteries in self-consumption: surplus generation charges them, demand beyond generation discharges them.

Energy is whole Wh throughout, so that import = load - generation + charge - discharge + export holds with `==`
(engines, B.4: until community storage is built every battery does this).
"""

from dataclasses import dataclass

import numpy as np

from .scenario_types import Battery, Storage
from .wall_clock import Integers

_PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class BatteryFlow:
    """What the meters and batteries of a home saw, int64 (T,) each [Wh]; charge and discharge as at the inverter."""

    import_wh: Integers
    export_wh: Integers
    charge_wh: Integers
    discharge_wh: Integers
    stored_wh: tuple[int, ...]
    """Energy inside each unit at the end."""


def empty(units: tuple[Battery, ...], storage: Storage) -> tuple[int, ...]:
    """Return the energy [Wh] inside each unit at the low end of the band."""
    return tuple(-(-unit.capacity_wh * storage.soc_low_ppm // _PPM) for unit in units)


def full(units: tuple[Battery, ...], storage: Storage) -> tuple[int, ...]:
    """Return the energy [Wh] inside each unit at the high end of the band."""
    return tuple(unit.capacity_wh * storage.soc_high_ppm // _PPM for unit in units)


def self_consume(
    load_wh: Integers,
    pv_wh: Integers,
    units: tuple[Battery, ...],
    storage: Storage,
    period_s: int,
    stored_wh: tuple[int, ...],
) -> BatteryFlow:
    """Run a home's batteries over T periods.

    The units share what is to be done evenly, as far as their power and room allow. Losses round against the owner,
    by less than 1 Wh a unit and period; a unit asked for more than it has gives all and is then exactly empty.

    Args:
        load_wh: consumption, int64 (T,).
        pv_wh: generation, int64 (T,).
        units: the batteries.
        storage: their efficiencies and band.
        period_s: length of a period [s].
        stored_wh: energy inside each unit at the start, within the band.
    """
    surplus = pv_wh - load_wh
    charge, discharge = np.zeros_like(surplus), np.zeros_like(surplus)
    bank = _Bank(units, storage, period_s, list(stored_wh))
    for period, spare in enumerate(surplus.tolist()):
        if spare > 0:
            charge[period] = bank.charge(spare)
        elif spare < 0:
            discharge[period] = bank.discharge(-spare)
    net = charge - discharge - surplus
    return BatteryFlow(np.maximum(net, 0), np.maximum(-net, 0), charge, discharge, tuple(bank.stored))


class _Bank:
    """Several units behind one inverter's meter."""

    def __init__(self, units: tuple[Battery, ...], storage: Storage, period_s: int, stored: list[int]) -> None:
        self.stored = stored
        self._most = [unit.power_w * period_s // 3_600 for unit in units]
        self._low, self._high = empty(units, storage), full(units, storage)
        self._in, self._out = storage.charge_efficiency_ppm, storage.discharge_efficiency_ppm

    def charge(self, spare: int) -> int:
        """Take up to `spare` Wh and return what was taken."""
        room = [high - stored for high, stored in zip(self._high, self.stored, strict=True)]
        limits = [min(most, -(-space * _PPM // self._in)) for most, space in zip(self._most, room, strict=True)]
        shares = _share(spare, limits)
        for unit, taken in enumerate(shares):
            self.stored[unit] += min(room[unit], taken * self._in // _PPM)
        return sum(shares)

    def discharge(self, wanted: int) -> int:
        """Give up to `wanted` Wh and return what was given."""
        inside = [stored - low for low, stored in zip(self._low, self.stored, strict=True)]
        held = [energy * self._out // _PPM for energy in inside]
        limits = [min(most, energy) for most, energy in zip(self._most, held, strict=True)]
        shares = _share(wanted, limits)
        short = sum(shares) < wanted
        for unit, given in enumerate(shares):
            emptied = short and given == held[unit]
            self.stored[unit] -= inside[unit] if emptied else -(-given * _PPM // self._out)
        return sum(shares)


def _share(amount: int, limits: list[int]) -> list[int]:
    """Share an amount evenly, no part above its limit: the most limited first, the rest by those that remain."""
    shares = [0] * len(limits)
    left = amount
    for done, unit in enumerate(sorted(range(len(limits)), key=limits.__getitem__)):
        shares[unit] = min(limits[unit], -(-left // (len(limits) - done)))
        left -= shares[unit]
    return shares

"""Buildings: what the meters of one simulated member show, for any time.

A house is worked out a UTC month at a time, in quarters, and keeps the last few months. What it shows does not depend
on what was asked before: a battery's energy at the start of a month is found by running it over the days before from
empty and from full, further back until both arrive at the same; its past is then forgotten.
"""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from .batteries import empty, full, self_consume
from .measured import DataSet, MeasuredSeries, read_data_set
from .profiles import Household, SimulatedLoad
from .pv import build_roof
from .scenario_types import SIMULATED, Member, Scenario, Storage
from .wall_clock import QUARTER_S, Integers, month_of, month_start

_MONTHS_KEPT = 3
_DAYS_BACK = (7, 28, 112, 365)
_NO_PV = "none"


@dataclass(frozen=True, slots=True)
class MeterSeries:
    """What a member's meters show, int64 (T,) each; energy [Wh], `starts` [Unix s].

    consumption = import + generation + discharge - export - charge, with `==`. Import and export of a period can both
    be above 0: they are never netted over the quarters inside it.
    """

    starts: Integers
    import_wh: Integers
    export_wh: Integers
    generation_wh: Integers
    charge_wh: Integers
    discharge_wh: Integers
    consumption_wh: Integers


class QuarterSource(Protocol):
    """A series of energy by quarters of an hour."""

    def month(self, month: int) -> Integers:
        """Return the energy [Wh] in the quarters of a UTC month, int64 (Q,)."""
        ...


class House:
    """The building of one member."""

    def __init__(
        self,
        member: Member,
        storage: Storage,
        load: QuarterSource,
        pv: QuarterSource | None,
        load_source: str,
        pv_source: str,
    ) -> None:
        """Put a building together from its sources; `load_source` and `pv_source` tell people what they are."""
        self.member = member
        self.load_source = load_source
        self.pv_source = pv_source
        self._storage = storage
        self._load = load
        self._pv = pv
        self._months: OrderedDict[int, npt.NDArray[np.int32]] = OrderedDict()

    def meter(self, start: int, end: int, period_s: int) -> MeterSeries:
        """Return what the meters show from `start` to `end` [Unix s], in periods of `period_s`.

        Raises:
            ValueError: if the times are not on quarters of an hour, or not a whole number of periods.
        """
        if start % QUARTER_S or period_s % QUARTER_S or (end - start) % period_s or end < start:
            raise ValueError(
                f"{start} to {end} is not a whole number of periods of {period_s} s on quarters of an hour"
            )
        load, generation, charge, discharge = self._between(start, end)
        net = load - generation + charge - discharge
        flows = (np.maximum(net, 0), np.maximum(-net, 0), generation, charge, discharge, load)
        parts = period_s // QUARTER_S
        return MeterSeries(
            np.arange(start, end, period_s, dtype=np.int64), *(flow.reshape(-1, parts).sum(axis=1) for flow in flows)
        )

    def _between(self, start: int, end: int) -> Integers:
        """Return load, generation, charge and discharge [Wh] of the quarters in [start, end), int64 (4, Q)."""
        months = range(month_of(start), month_of(max(start, end - 1)) + 1)
        quarters = np.concatenate([self._month(month) for month in months], axis=1)
        first = (start - month_start(months[0])) // QUARTER_S
        return quarters[:, first : first + (end - start) // QUARTER_S].astype(np.int64)

    def _month(self, month: int) -> npt.NDArray[np.int32]:
        """Return load, generation, charge and discharge [Wh] of a month's quarters, (4, Q), from the cache if there."""
        if month not in self._months:
            load, generation = self._sources(month)
            quarters = np.zeros((4, load.size), dtype=np.int32)
            quarters[0], quarters[1] = load, generation
            if self.member.batteries:
                flow = self_consume(
                    load, generation, self.member.batteries, self._storage, QUARTER_S, self._stored_at(month)
                )
                quarters[2], quarters[3] = flow.charge_wh, flow.discharge_wh
            self._months[month] = quarters
            if len(self._months) > _MONTHS_KEPT:
                self._months.popitem(last=False)
        self._months.move_to_end(month)
        return self._months[month]

    def _sources(self, month: int) -> tuple[Integers, Integers]:
        load = self._load.month(month)
        return load, np.zeros_like(load) if self._pv is None else self._pv.month(month)

    def _stored_at(self, month: int) -> tuple[int, ...]:
        """Return the energy [Wh] inside each battery at the start of a month; the least if its past never fades."""
        units, storage = self.member.batteries, self._storage
        load, generation = self._sources(month - 1)
        before = month - 1
        ends: set[tuple[int, ...]] = set()
        for quarters in (days * 24 * 3_600 // QUARTER_S for days in _DAYS_BACK):
            while load.size < quarters:
                before -= 1
                earlier_load, earlier_generation = self._sources(before)
                load = np.concatenate([earlier_load, load])
                generation = np.concatenate([earlier_generation, generation])
            ends = {
                self_consume(load[-quarters:], generation[-quarters:], units, storage, QUARTER_S, stored).stored_wh
                for stored in (empty(units, storage), full(units, storage))
            }
            if len(ends) == 1:
                break
        return min(ends)


def build_houses(scenario: Scenario, data_folder: Path | None) -> tuple[House, ...]:
    """Return the buildings of a scenario's members, in their order; real ones as far as the folder has them.

    Args:
        scenario: the community.
        data_folder: a folder with data sets of real homes (`NAME/load_kwh.csv`, ...) or with one's files; or None.

    Raises:
        DataError: if there are measurements that cannot be used.
    """
    names = {member.load_dataset for member in scenario.members} - {SIMULATED}
    found = {name: read_data_set(data_folder, name) for name in sorted(names)} if data_folder else {}
    return tuple(_build(scenario, member, found.get(member.load_dataset)) for member in scenario.members)


def _build(scenario: Scenario, member: Member, data: DataSet | None) -> House:
    why = "" if member.load_dataset == SIMULATED else _why_simulated(member, data)
    home = member.load_profile
    load: QuarterSource
    if data and home in data.load:
        load, load_source = MeasuredSeries(data.load[home], scenario.time_zone), f"measured {data.name} {home}"
    else:
        load, load_source = _simulated_load(scenario, member), f"simulated {member.kind}{why}"
    if not member.pv_w:
        return House(member, scenario.storage, load, None, load_source, _NO_PV)
    pv: QuarterSource
    if data and home in data.pv:
        pv, pv_source = MeasuredSeries(data.pv[home], scenario.time_zone), f"measured {data.name} {home}"
    else:
        pv = build_roof(scenario.seed, member.id, member.pv_w, scenario.latitude, scenario.longitude)
        pv_source = f"simulated{why}"
    return House(member, scenario.storage, load, pv, load_source, pv_source)


def _why_simulated(member: Member, data: DataSet | None) -> str:
    if data is None:
        return f" ({member.load_dataset} is not here)"
    return f" ({member.load_dataset} has no good series of {member.load_profile})"


def _simulated_load(scenario: Scenario, member: Member) -> SimulatedLoad:
    household = Household(
        seed=scenario.seed,
        row=member.row,
        kind=member.kind,
        year_wh=scenario.load_wh_year[member.kind],
        devices=tuple(scenario.devices[name] for name in member.flexible),
    )
    return SimulatedLoad(household, scenario.time_zone, member.shift_days, member.scale_permille)

"""What a scenario says about a community, in the units of the architecture (Wh, W, micro-units, seconds).

Shares and efficiencies are integers in parts per million (`*_ppm`), so that money and energy stay integers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from .chance import digest

Kind = Literal["home", "office"]
Behaviour = Literal["keen", "usual", "reluctant"]

SIMULATED = "simulated"
PROFILE_SHIFT_DAYS = 7
"""Days by which each further round over the rows shifts the simulated load (scenarios/README)."""
_SCALE_LOW_PERMILLE, _SCALE_HIGH_PERMILLE = 700, 1_300


@dataclass(frozen=True, slots=True)
class Community:
    """Rules of the community; prices in micro-units per kWh."""

    market_period_s: int
    settlement_period_s: int
    local_fee_micro_kwh: int
    """Paid by the buyer."""
    dr_budget_micro_kwh: int
    """Paid by the community per delivered kWh of demand response."""


@dataclass(frozen=True, slots=True)
class Storage:
    """What holds for every battery of the community."""

    charge_efficiency_ppm: int
    discharge_efficiency_ppm: int
    soc_low_ppm: int
    soc_high_ppm: int
    reserve_ppm: int
    grid_charging: bool
    battery_export: bool
    throughput_fee_micro_kwh: int
    """Paid to the owner per kWh discharged."""
    owner_share_ppm: int


@dataclass(frozen=True, slots=True)
class Device:
    """A flexible device: `runs` a week of `energy_wh` at `power_w`, inside a window of the local day.

    A window whose end is not after its start passes midnight. A device with `comfort_k` is thermostatic:
    it cycles inside its window instead of running once.
    """

    name: str
    power_w: int
    energy_wh: int
    runs: int
    window_start_minute: int
    window_end_minute: int
    shift_h: int
    comfort_k: float | None

    @property
    def window_minutes(self) -> int:
        """Length of the window [min]."""
        return (self.window_end_minute - self.window_start_minute - 1) % 1_440 + 1


@dataclass(frozen=True, slots=True)
class Tariff:
    """A retail tariff: prices by local time of day, all parts together, and the shares of its parts."""

    name: str
    valid_from: date
    retail: tuple[tuple[int, int], ...]
    """(minute of the local day from which it holds, micro-units per kWh), ascending, the first at 0."""
    energy_ppm: int
    network_ppm: int
    levies_ppm: int
    vat_ppm: int
    avoidable_ppm: int
    """Share of the retail price that a community kWh avoids."""
    feed_in_micro_kwh: int

    def retail_micro_kwh(self, minute: int) -> int:
        """Return the retail price [micro-units per kWh] at a minute of the local day."""
        return [price for start, price in self.retail if start <= minute][-1]


@dataclass(frozen=True, slots=True)
class MarketPrice:
    """The day-ahead market price by local hour of the market zone, and the days that depart from it."""

    hourly_micro_kwh: tuple[int, ...]
    day_factor_sigma: float
    special_weekdays: frozenset[int]
    """Monday is 0."""
    special_months: frozenset[int]
    special_micro_kwh: Mapping[int, int]
    """Price [micro-units per kWh] by local hour on special days; other hours keep theirs."""


@dataclass(frozen=True, slots=True)
class Battery:
    """One battery unit as its plate says."""

    capacity_wh: int
    power_w: int


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the community.

    `row`, `shift_days` and `scale_permille` say where a member that was drawn from the scenario's rows comes
    from: its simulated load is that of `row`, `shift_days` earlier, times the scale.
    """

    id: str
    kind: Kind
    load_dataset: str
    """`simulated`, or the name of a data set of real homes."""
    load_profile: str
    """The kind of a simulated profile, or the home's name in the data set."""
    pv_w: int
    """Peak power of the modules [W]."""
    tariff: str
    buy_percent: int
    sell_percent: int
    behaviour: Behaviour
    flexible: tuple[str, ...]
    batteries: tuple[Battery, ...]
    row: str
    shift_days: int = 0
    scale_permille: int = 1_000


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole simulated community."""

    name: str
    time_zone: str
    market_zone: str
    currency: str
    latitude: float
    longitude: float
    seed: int
    community: Community
    bench_starts: tuple[date, ...]
    """First local days of the windows of 28 days that reported figures use."""
    storage: Storage
    load_wh_year: Mapping[Kind, int]
    """Energy of simulated loads, devices included [Wh a year]."""
    connection_w: Mapping[Kind, int]
    devices: Mapping[str, Device]
    tariffs: Mapping[str, Tariff]
    market_price: MarketPrice
    members: tuple[Member, ...]

    def resized(self, count: int) -> Scenario:
        """Return the same community with `count` members, drawn from its rows by the rule of scenarios/README.

        Raises:
            ValueError: if `count` is not positive.
        """
        if count < 1:
            raise ValueError("a community has at least one member")
        drawn = (self._drawn(number) for number in range(len(self.members) + 1, count + 1))
        return replace(self, members=(*self.members[:count], *drawn))

    def _drawn(self, number: int) -> Member:
        rounds, index = divmod(number - 1, len(self.members))
        row = self.members[index]
        span = _SCALE_HIGH_PERMILLE - _SCALE_LOW_PERMILLE + 1
        scale = _SCALE_LOW_PERMILLE + digest(self.seed, number) % span
        return replace(
            row,
            id=f"m{number:03d}",
            load_dataset=SIMULATED,
            load_profile=row.kind,
            pv_w=row.pv_w * scale // 1_000,
            batteries=tuple(
                Battery(unit.capacity_wh * scale // 1_000, unit.power_w * scale // 1_000) for unit in row.batteries
            ),
            row=row.id,
            shift_days=PROFILE_SHIFT_DAYS * rounds,
            scale_permille=scale,
        )

"""Reading a scenario file, packaged or the user's own, into the types of `scenario_types`."""

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import cast, get_args

from .scenario_fields import Fields
from .scenario_prices import read_market_price, read_tariff
from .scenario_types import (
    SIMULATED,
    Battery,
    Behaviour,
    Community,
    Device,
    Kind,
    MarketPrice,
    Member,
    Scenario,
    Storage,
    Tariff,
)

__all__ = [
    "Battery",
    "Community",
    "Device",
    "MarketPrice",
    "Member",
    "Scenario",
    "ScenarioError",
    "Storage",
    "Tariff",
    "load_scenario",
]

_PACKAGED = Path(__file__).parent / "scenarios"
_KINDS = cast("tuple[Kind, ...]", get_args(Kind))
_MOST = 1_000_000_000
_WEEKS_AT_MOST = 53


class ScenarioError(ValueError):
    """A scenario cannot be used; the message is one sentence for the user."""


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Return a packaged scenario by name (`paper`), or one from a file by its path.

    Raises:
        ScenarioError: if there is no such scenario, or naming each of its wrong keys.
    """
    packaged = _PACKAGED / f"{name_or_path}.toml"
    path = packaged if re.fullmatch(r"[\w-]+", str(name_or_path)) and packaged.is_file() else Path(name_or_path)
    try:
        table = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(sorted(file.stem for file in _PACKAGED.glob("*.toml")))
        raise ScenarioError(f"no scenario {name_or_path}: name one of {known}, or a TOML file") from error
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"scenario {name_or_path} is not TOML: {error}") from error
    problems: list[str] = []
    scenario = _scenario(Fields(table, "", problems))
    if problems:
        raise ScenarioError(f"scenario {name_or_path} has wrong keys: " + "; ".join(problems))
    return scenario


def _scenario(fields: Fields) -> Scenario:
    devices = fields.table("devices")
    tariffs = fields.table("tariffs")
    bench = fields.table("bench")
    starts = bench.entries("starts")
    scenario = Scenario(
        name=fields.text("name"),
        time_zone=fields.zone("time_zone"),
        market_zone=fields.zone("market_zone"),
        currency=fields.text("currency"),
        latitude=float(fields.number("latitude", -90, 90)),
        longitude=float(fields.number("longitude", -180, 180)),
        seed=fields.whole("seed", 0, 2**63 - 1),
        community=_community(fields.table("community")),
        bench_starts=tuple(starts.day(key) for key in starts.keys),
        storage=_storage(fields.table("storage")),
        load_wh_year=_by_kind(fields.table("loads"), 1_000),
        connection_w=_by_kind(fields.table("connection_w"), 1),
        devices={name: _device(name, devices.table(name)) for name in devices.keys},
        tariffs={name: read_tariff(name, tariffs.table(name)) for name in tariffs.keys},
        market_price=read_market_price(fields.table("market_price")),
        members=_members(fields, devices.keys, tariffs.keys),
    )
    bench.close()
    fields.close()
    _check_devices(scenario, fields)
    return scenario


def _community(fields: Fields) -> Community:
    periods = {}
    for key, allowed in (
        ("market_period", (15, 30, 60)),
        ("settlement_period", (15, 60)),
    ):
        minutes = fields.whole(key, 1, 1_440)
        if minutes and minutes not in allowed:
            fields.wrong(key, "must be one of " + ", ".join(map(str, allowed)))
        periods[key] = minutes * 60
    community = Community(
        market_period_s=periods["market_period"],
        settlement_period_s=periods["settlement_period"],
        local_fee_micro_kwh=fields.price("local_fee"),
        dr_budget_micro_kwh=fields.price("dr_budget"),
    )
    fields.close()
    return community


def _storage(fields: Fields) -> Storage:
    efficiency, band = fields.entries("efficiency"), fields.entries("soc_band")
    storage = Storage(
        charge_efficiency_ppm=efficiency.share("1"),
        discharge_efficiency_ppm=efficiency.share("2"),
        soc_low_ppm=band.share("1"),
        soc_high_ppm=band.share("2"),
        reserve_ppm=fields.share("reserve"),
        grid_charging=fields.flag("grid_charging"),
        battery_export=fields.flag("battery_export"),
        throughput_fee_micro_kwh=fields.price("throughput_fee"),
        owner_share_ppm=fields.share("owner_share"),
    )
    if storage.soc_low_ppm >= storage.soc_high_ppm:
        fields.wrong("soc_band", "must rise")
    if not storage.charge_efficiency_ppm or not storage.discharge_efficiency_ppm:
        fields.wrong("efficiency", "must be above 0")
    for part in (efficiency, band, fields):
        part.close()
    return storage


def _by_kind(fields: Fields, scale: int) -> dict[Kind, int]:
    values: dict[Kind, int] = {kind: fields.scaled(kind, scale, 0, _MOST) for kind in _KINDS}
    fields.close()
    return values


def _device(name: str, fields: Fields) -> Device:
    window = fields.entries("window")
    device = Device(
        name=name,
        power_w=fields.whole("power", 1, _MOST),
        energy_wh=fields.whole("wh", 1, _MOST),
        runs=fields.whole("runs", 0, 7),
        window_start_minute=window.minute("1") % 1_440,
        window_end_minute=window.minute("2"),
        shift_h=fields.whole("shift", 0, 24),
        comfort_k=float(fields.number("comfort_k", 0, 20)) if fields.has("comfort_k") else None,
    )
    if device.window_start_minute % 15 or device.window_end_minute % 15:
        fields.wrong("window", "must be on quarters of an hour")
    if device.energy_wh * 60 > device.power_w * device.window_minutes:
        fields.wrong("wh", "does not fit into the window at this power")
    window.close()
    fields.close()
    return device


def _members(fields: Fields, devices: tuple[str, ...], tariffs: tuple[str, ...]) -> tuple[Member, ...]:
    tables = fields.tables("members")
    members = tuple(_member(table, devices, tariffs) for table in tables)
    seen: set[str] = set()
    for member, table in zip(members, tables, strict=True):
        if member.id in seen:
            table.wrong("id", "is there twice")
        seen.add(member.id)
        table.close()
    if not members and fields.has("members"):
        fields.wrong("members", "must not be empty")
    return members


def _member(fields: Fields, devices: tuple[str, ...], tariffs: tuple[str, ...]) -> Member:
    load = fields.text("load")
    dataset, _, profile = load.partition(":")
    if load and (not dataset or not profile or (dataset == SIMULATED and profile not in _KINDS)):
        fields.wrong(
            "load",
            "must be simulated:home, simulated:office, or a data set and a home like fontana17:h01",
        )
    flexible, batteries = (
        fields.entries("flexible"),
        fields.entries("batteries") if fields.has("batteries") else None,
    )
    name = fields.text("id")
    return Member(
        id=name,
        kind=cast("Kind", fields.text("kind", _KINDS)),
        load_dataset=dataset,
        load_profile=profile,
        pv_w=fields.scaled("pv_kwp", 1_000, 0, 100_000),
        tariff=fields.text("tariff", tariffs),
        buy_percent=fields.whole("buy_percent", -100, 100),
        sell_percent=fields.whole("sell_percent", -100, 100),
        behaviour=cast("Behaviour", fields.text("behaviour", get_args(Behaviour))),
        flexible=tuple(flexible.text(key, devices) for key in flexible.keys),
        batteries=tuple(_battery(batteries.entries(key)) for key in batteries.keys) if batteries else (),
        row=name,
    )


def _battery(fields: Fields) -> Battery:
    battery = Battery(capacity_wh=fields.whole("1", 1, _MOST), power_w=fields.whole("2", 1, _MOST))
    fields.close()
    return battery


def _check_devices(scenario: Scenario, fields: Fields) -> None:
    """Note each member whose devices would use more in a year than its whole simulated load."""
    for number, member in enumerate(scenario.members, 1):
        used = [scenario.devices[name] for name in member.flexible if name in scenario.devices]
        most_wh = sum(_WEEKS_AT_MOST * device.runs * device.energy_wh for device in used)
        if most_wh > scenario.load_wh_year.get(member.kind, most_wh):
            fields.wrong(f"members.{number}.flexible", "these devices use more than the whole load")

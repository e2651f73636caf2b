"""From the energies of sources to readings of the home: registers are sums of their sources."""

from collections.abc import Iterable, Mapping, Sequence

from ..common.member.records import HomeReading
from ..common.protocol import Quality
from .curves import Amount, Amounts
from .sources import Meters, MeterSource


def home_readings(meters: Meters, amounts: Mapping[MeterSource, Amounts], starts: Iterable[int]) -> list[HomeReading]:
    """Return the readings of periods by their starts [Unix s], ascending.

    A period in which a source of the grid connection is not known is left out; one of another register makes that
    register unknown, and no more: what is settled is import and export.
    """
    readings = (_home_reading(meters, amounts, start) for start in starts)
    return [reading for reading in readings if reading is not None]


def _home_reading(meters: Meters, amounts: Mapping[MeterSource, Amounts], start: int) -> HomeReading | None:
    imported = _total(meters.grid_import, amounts, start)
    exported = _total(meters.grid_export, amounts, start)
    if imported is None or exported is None or not (meters.grid_import or meters.grid_export):
        return None
    estimated = Quality.ESTIMATED in (imported.quality, exported.quality)
    return HomeReading(
        start=start,
        import_wh=imported.wh,
        export_wh=exported.wh,
        generation_wh=_energy(meters.generation, amounts, start),
        charge_wh=_energy(meters.battery_charge, amounts, start),
        discharge_wh=_energy(meters.battery_discharge, amounts, start),
        consumption_wh=_energy(meters.consumption, amounts, start),
        quality=Quality.ESTIMATED if estimated else Quality.MEASURED,
    )


def _energy(sources: Sequence[MeterSource], amounts: Mapping[MeterSource, Amounts], start: int) -> int | None:
    total = _total(sources, amounts, start) if sources else None
    return total.wh if total else None


def _total(sources: Sequence[MeterSource], amounts: Mapping[MeterSource, Amounts], start: int) -> Amount | None:
    wh, quality = 0, Quality.MEASURED
    for source in sources:
        amount = amounts[source].known.get(start)
        if amount is None:
            return None
        wh += amount.wh
        if amount.quality is not Quality.MEASURED:
            quality = amount.quality
    return Amount(wh, quality)

"""Real homes from a folder of measurements, moved to the days of the simulation.

The rule (scenarios/README): stamps are a fixed offset from UTC, the start of the hour; a value is used at the same
local hour of the community's zone, on the day 364 * k days later (so weekdays stay). A local hour that the clocks
skip is left out, a doubled one used twice; of two candidate days the earlier.
"""

import csv
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np

from .wall_clock import Integers, wall_clock

CYCLE_DAYS: Final = 364
_MISSING = -1
_QUARTERS_AN_HOUR = 4


class DataError(ValueError):
    """A folder of measurements cannot be used; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class MeasuredSeries:
    """One real series [Wh an hour], int64 (364, 24): a cycle of days, by day modulo 364 and hour."""

    cycle_wh: Integers
    zone: str

    def month(self, month: int) -> Integers:
        """Return the energy [Wh] in the quarters of a UTC month, int64 (Q,): each hour split by the cumulative rule."""
        clock = wall_clock(self.zone, month)
        hour, part = clock.quarters // _QUARTERS_AN_HOUR, clock.quarters % _QUARTERS_AN_HOUR
        energy = self.cycle_wh[clock.days % CYCLE_DAYS, hour]
        return np.asarray(energy * (part + 1) // _QUARTERS_AN_HOUR - energy * part // _QUARTERS_AN_HOUR)


@dataclass(frozen=True, slots=True)
class DataSet:
    """A folder of real homes, without the series that its `meta.json` names as faulty."""

    name: str
    load: Mapping[str, Integers]
    """By home: int64 (364, 24) [Wh]."""
    pv: Mapping[str, Integers]


def shared_data_folder() -> Path | None:
    """Return the folder of real data beside the repository (or in CARAVELS_SHARED), None where there is none."""
    shared = os.environ.get("CARAVELS_SHARED") or Path(__file__).resolve().parents[4].parent / "shared"
    folder = Path(shared) / "data"
    return folder if folder.is_dir() else None


def read_data_set(folder: Path, name: str) -> DataSet | None:
    """Return the data set `name` from `folder/name`, or from `folder` itself if the files lie there; None if absent.

    Raises:
        DataError: if its files cannot be read, or a series does not cover 364 days.
    """
    for place in (folder / name, folder):
        if (place / "load_kwh.csv").is_file():
            break
    else:
        return None
    try:
        meta = json.loads((place / "meta.json").read_text("utf-8"))
        return DataSet(
            name=name,
            load=_read_cycles(place / "load_kwh.csv", frozenset(meta.get("exclude_load", ()))),
            pv=_read_cycles(place / "pv_kwh.csv", frozenset(meta.get("exclude_pv", ()))),
        )
    except (OSError, AttributeError, TypeError, json.JSONDecodeError) as error:
        raise DataError(f"the measurements in {place} cannot be read: {error}") from error


def _read_cycles(path: Path, excluded: frozenset[str]) -> dict[str, Integers]:
    """Return each usable series of a file `start,home,home,...` in kWh an hour as whole Wh, int64 (364, 24)."""
    with path.open(newline="", encoding="utf-8") as lines:
        header, *rows = csv.reader(lines)
    cycles = np.full((len(header) - 1, CYCLE_DAYS, 24), _MISSING, dtype=np.int64)
    for row in sorted(rows, reverse=True):  # the earlier day overwrites the later
        try:
            start = datetime.fromisoformat(row[0])
            energy = np.rint(np.array(row[1:], dtype=np.float64) * 1_000)
        except ValueError as error:
            raise DataError(f"{path} has a wrong row at {row[0]}: {error}") from error
        if energy.shape != (len(header) - 1,) or not np.isfinite(energy).all() or (energy < 0).any():
            raise DataError(f"{path} has a missing, negative or infinite value at {row[0]}")
        cycles[:, start.toordinal() % CYCLE_DAYS, start.hour] = energy.astype(np.int64)
    if (cycles == _MISSING).any():
        raise DataError(f"{path} does not cover {CYCLE_DAYS} days")
    return {home: cycle for home, cycle in zip(header[1:], cycles, strict=True) if home not in excluded}

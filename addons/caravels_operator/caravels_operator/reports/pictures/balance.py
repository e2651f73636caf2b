"""Where a day's energy came from and went, hour by hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...common.periods import HOUR_S
from ...common.quantities import WH_PER_KWH
from ...market.arithmetic import Ints
from .style import BLUE, GREEN, INK, ORANGE, QUIET, SKY, VERMILLION, entitle, new_figure

_HOURS_A_LABEL = 3


@dataclass(frozen=True, slots=True)
class DayBalance:
    """Sums over the community of one day; each shape (H,) [Wh]."""

    starts: Ints
    """UTC start of each hour [Unix s]."""
    consumption_wh: Ints
    generation_wh: Ints
    import_wh: Ints
    """Of all members' meters."""
    traded_wh: Ints
    """Contracted in the auction."""
    residual_import_wh: Ints
    """Bought from retailers."""
    residual_export_wh: Ints
    """Fed in at the retailers' price."""


def draw_balance(balance: DayBalance, zone: str, day: str) -> Figure:
    """Draw what covered the use above zero, and what was fed in below it.

    Args:
        balance: the day.
        zone: in which the hours are told.
        day: which day it is, for people.
    """
    figure = new_figure(10, 5.8)
    axes = figure.subplots()
    hours = (balance.starts - balance.starts[0]) / HOUR_S
    shared = np.maximum(balance.import_wh - balance.residual_import_wh, 0)
    own = balance.consumption_wh - shared - balance.residual_import_wh
    base = np.zeros(hours.size)
    for wh, colour, name in (
        (own, GREEN, "own generation and battery"),
        (shared, BLUE, "shared inside the community"),
        (balance.residual_import_wh, ORANGE, "bought from retailers"),
    ):
        axes.bar(hours, wh / WH_PER_KWH, 0.94, base, align="edge", color=colour, label=name)
        base += wh / WH_PER_KWH
    fed_in = -balance.residual_export_wh / WH_PER_KWH
    axes.bar(hours, fed_in, 0.94, align="edge", color=SKY, label="fed in (below zero)")
    edges = np.append(hours, hours[-1] + 1)
    for wh, colour, style, name in (
        (balance.consumption_wh, INK, "-", "consumption"),
        (balance.generation_wh, VERMILLION, "-", "generation"),
        (balance.traded_wh, INK, (0, (2, 1.5)), "traded in the auction"),
    ):
        axes.stairs(wh / WH_PER_KWH, edges, baseline=None, color=colour, linestyle=style, linewidth=1.8, label=name)
    axes.axhline(0, color=QUIET, linewidth=1)
    _name_hours(axes, balance.starts.tolist(), zone)
    axes.set_xlim(0, edges[-1])
    axes.set_ylabel("energy in the hour [kWh]")
    axes.grid(axis="y")
    figure.legend(loc="outside lower center", ncols=4)
    covered = 1 - int(balance.residual_import_wh.sum()) / max(1, int(balance.consumption_wh.sum()))
    entitle(axes, f"{covered:.0%} of the day's use came from inside the community", f"Energy balance of {day}")
    return figure


def _name_hours(axes: Axes, starts: Sequence[int], zone: str) -> None:
    """Label every third hour as the clock on the wall shows it, so that days of 23 and 25 hours tell true."""
    clock = [datetime.fromtimestamp(start, ZoneInfo(zone)) for start in starts]
    told = [t for t, at in enumerate(clock) if at.minute == 0 and at.hour % _HOURS_A_LABEL == 0]
    axes.set_xticks([(starts[t] - starts[0]) / HOUR_S for t in told], [f"{clock[t]:%H:%M}" for t in told])
    axes.set_xlabel(f"local time ({zone})")

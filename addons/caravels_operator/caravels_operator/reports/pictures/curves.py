"""The supply and the demand curve of one period, with the point at which they were cleared."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...common.quantities import MICRO, WH_PER_KWH
from ...market.curves import StepCurve
from .style import BLUE, FAINT, INK, QUIET, VERMILLION, entitle, new_figure


@dataclass(frozen=True, slots=True)
class ClearedPoint:
    """What a period was cleared at: energy [Wh] and price [micro-units per kWh]."""

    wh: int
    price_micro_kwh: int


def draw_curves(demand: StepCurve, supply: StepCurve, cleared: ClearedPoint, period: str, currency: str) -> Figure:
    """Draw both curves, the energy traded and its price.

    Args:
        demand: dear to cheap.
        supply: cheap to dear.
        cleared: what was traded.
        period: which period it is, for people.
        currency: ISO code.
    """
    figure = new_figure(9, 5.6)
    axes = figure.subplots()
    for curve, colour, name in (
        (demand, BLUE, "demand: the most that buyers pay"),
        (supply, VERMILLION, "supply: the least that sellers take"),
    ):
        energy, price = _steps(curve)
        axes.plot(energy, price, color=colour, linewidth=2.2, solid_joinstyle="miter", label=name)
    _shade_surplus(axes, demand, supply, cleared.wh)
    volume, price_at = cleared.wh / WH_PER_KWH, cleared.price_micro_kwh / MICRO
    floor = axes.get_ylim()[0]
    axes.plot([volume, volume, 0], [floor, price_at, price_at], color=QUIET, linestyle=(0, (2, 2)))
    axes.plot(volume, price_at, "o", color=INK, markersize=8, zorder=5)
    axes.annotate(
        f"{volume:,.2f} kWh traded", (volume, floor), xytext=(6, 8), textcoords="offset points", fontweight="bold"
    )
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=floor)
    axes.set_xlabel("energy offered at this price or better [kWh]")
    axes.set_ylabel(f"limit price [{currency}/kWh]")
    axes.grid(color=FAINT)
    axes.legend(loc="best")
    title = f"Supply met demand at {price_at:.4f} {currency}/kWh"
    entitle(axes, title, f"Bids of {period}, the period of largest volume")
    return figure


def _steps(curve: StepCurve) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the corners of a curve: energy [kWh] and price [currency per kWh]."""
    ends = np.concatenate(([0], curve.wh)) / WH_PER_KWH
    price = curve.price_micro_kwh / MICRO
    return np.repeat(ends, 2)[1:-1], np.repeat(price, 2)


def _shade_surplus(axes: Axes, demand: StepCurve, supply: StepCurve, traded_wh: int) -> None:
    """Shade what buyers and sellers gained against their own limits: the area between the curves, up to the trade."""
    edges = np.unique(np.concatenate(([0], demand.wh, supply.wh, [traded_wh])))
    edges = edges[edges <= traded_wh]
    if edges.size < 2:
        return
    at = edges[1:] - 1
    high = demand.price_micro_kwh[np.searchsorted(demand.wh, at, side="right")] / MICRO
    low = supply.price_micro_kwh[np.searchsorted(supply.wh, at, side="right")] / MICRO
    x = np.repeat(edges / WH_PER_KWH, 2)[1:-1]
    axes.fill_between(x, np.repeat(low, 2), np.repeat(high, 2), color=FAINT, label="gain of the trade", linewidth=0)

"""Who sold how much to whom: the p2p matrix as a heat map (paper, figure 3)."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...common.quantities import WH_PER_KWH
from ...market.arithmetic import Ints
from .style import BLUE, FAINT, GREEN, QUIET, entitle, new_figure

_MOST_LABELS = 60


def draw_matrix(members: Sequence[str], wh: Ints, days: str) -> Figure:
    """Draw the matrix with what each member sold and bought beside it.

    Args:
        members: ids, shape (M,).
        wh: energy from each seller (row) to each buyer (column) [Wh], shape (M, M).
        days: which days it is of, for people.
    """
    kwh = wh / WH_PER_KWH
    figure = new_figure(10, 9.4)
    grid = figure.add_gridspec(3, 2, height_ratios=(1.1, 8, 0.22), width_ratios=(8, 1.1), hspace=0.03, wspace=0.03)
    axes = figure.add_subplot(grid[1, 0])
    bought = figure.add_subplot(grid[0, 0], sharex=axes)
    sold = figure.add_subplot(grid[1, 1], sharey=axes)
    norm = PowerNorm(0.6, 0, max(kwh.max(), 1e-3))  # small trades stay visible beside large ones
    image = axes.pcolormesh(np.ma.masked_equal(kwh, 0), cmap=_colours(), norm=norm, edgecolors="white", linewidth=0.6)
    axes.set_facecolor("#F6F6F6")
    axes.invert_yaxis()
    _name_members(axes, members)
    axes.set_xlabel("buyer")
    axes.set_ylabel("seller")
    places = np.arange(len(members)) + 0.5
    bought.bar(places, kwh.sum(axis=0), 0.72, color=BLUE)
    sold.barh(places, kwh.sum(axis=1), 0.72, color=GREEN)
    bought.set_ylabel("bought\n[kWh]", color=BLUE)
    sold.set_xlabel("sold\n[kWh]", color=GREEN)
    for side in (bought, sold):
        side.tick_params(labelbottom=side is sold, labelleft=side is bought, length=0)
        side.grid(axis="y" if side is bought else "x")
        side.locator_params(axis="y" if side is bought else "x", nbins=3)
    bar = figure.colorbar(image, cax=figure.add_subplot(grid[2, 0]), orientation="horizontal")
    bar.set_label("energy from seller to buyer [kWh]; grey: no trade")
    bar.outline.set_visible(False)
    pairs = int(np.count_nonzero(wh))
    entitle(bought, f"{kwh.sum():,.1f} kWh traded between {pairs} pairs of members", f"Peer-to-peer matrix, {days}")
    return figure


def _colours() -> LinearSegmentedColormap:
    """Return blues from light to dark, without the palest, which would pass for no trade."""
    values: NDArray[np.float64] = colormaps["Blues"](np.linspace(0.18, 1, 256))
    return LinearSegmentedColormap.from_list("energy", values.tolist())


def _name_members(axes: Axes, members: Sequence[str]) -> None:
    step = -(-len(members) // _MOST_LABELS)
    places = (np.arange(len(members)) + 0.5)[::step]
    size = 8.5 if len(members) <= 32 else 6
    axes.set_xticks(places, members[::step], rotation=90, fontsize=size)
    axes.set_yticks(places, members[::step], fontsize=size)
    axes.tick_params(length=0, color=QUIET)
    for spine in axes.spines.values():
        spine.set_color(FAINT)

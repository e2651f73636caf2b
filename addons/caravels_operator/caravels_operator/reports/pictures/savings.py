"""What each member saved against being alone, by part."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ...common.quantities import MICRO
from ..summary import BUILT, PART_NAMES, MemberSaving
from .style import BLUE, GREEN, INK, ORANGE, QUIET, SKY, entitle, new_figure

_COLOURS = {
    "shared_storage": GREEN,
    "trade_and_netting": BLUE,
    "response": SKY,
    "fees_and_no_loss": ORANGE,
}


def draw_savings(savings: Sequence[MemberSaving], currency: str, days: str) -> Figure:
    """Draw a bar a member, the largest saving on top; parts that cost go to the left of zero.

    Args:
        savings: of each member.
        currency: ISO code.
        days: which days it is of, for people.
    """
    ordered = sorted(savings, key=lambda saving: (saving.saved_micro, saving.member))
    places = np.arange(len(ordered))
    figure = new_figure(9, max(4.0, 1.9 + 0.25 * len(ordered)))
    axes = figure.subplots()
    gained, lost = np.zeros(len(ordered)), np.zeros(len(ordered))
    for part, name in PART_NAMES.items():
        value = np.array([saving.by_part_micro[part] for saving in ordered]) / MICRO
        if part not in BUILT and not value.any():
            continue
        axes.barh(places, value, 0.72, left=np.where(value >= 0, gained, lost), color=_COLOURS[part], label=name)
        gained += np.maximum(value, 0)
        lost += np.minimum(value, 0)
    total = np.array([saving.saved_micro for saving in ordered]) / MICRO
    axes.plot(total, places, "D", color=INK, markersize=4.5, markeredgecolor="white", label="saved in all")
    axes.axvline(0, color=QUIET, linewidth=1)
    axes.set_yticks(places, [saving.member for saving in ordered], fontsize=8.5)
    axes.set_ylim(-0.7, len(ordered) - 0.3)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_xlabel(f"saved against being alone [{currency}]")
    axes.legend(loc="lower right")
    better = sum(saving.saved_micro > 0 for saving in ordered)
    entitle(
        axes,
        f"{total.sum():,.2f} {currency} saved; {better} of {len(ordered)} members are better off than alone",
        f"Saving by member, {days}",
    )
    return figure

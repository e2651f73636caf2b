"""One look for all pictures: Okabe and Ito's colours, which stay apart for colour-blind eyes; quiet axes; one font."""

from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any, Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

BLUE: Final = "#0072B2"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
ORANGE: Final = "#E69F00"
VERMILLION: Final = "#D55E00"
INK: Final = "#222222"
QUIET: Final = "#767676"
FAINT: Final = "#E4E4E4"

DOTS_PER_INCH: Final = 144

STYLE: Final[dict[RcKeyType, Any]] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
}


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure; sizes in inches."""
    return Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout="constrained", facecolor="white")


def entitle(axes: Axes, title: str, below: str) -> None:
    """Say above a picture what is seen, and below that what it is of."""
    axes.set_title(f"{title}\n", loc="left", fontsize=13, fontweight="bold", pad=14)
    axes.annotate(
        below,
        (0, 1),
        xytext=(0, 12),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=10,
        color=QUIET,
        va="bottom",
    )


def days_told(first: date, last: date) -> str:
    """Return a range of days for people."""
    if first == last:
        return f"{first.day} {first:%B %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {last.day} {last:%B %Y}"
    return f"{first.day} {first:%B %Y} to {last.day} {last:%B %Y}"


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG and return its path; the same figure gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png", dpi=DOTS_PER_INCH, metadata={"Software": "CARAVELS"})
    return path


def styled() -> AbstractContextManager[None]:
    """Return the context in which figures are made and saved."""
    return rc_context(STYLE)

"""Where a meter value comes from, and what stands in for a missing one (engines B.6)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .arithmetic import Flags, Ints

ESTIMATED: Final = 0
MEASURED: Final = 1
OFFICIAL: Final = 2
"""The grid operator's own value; a higher number is a better source."""

type Qualities = NDArray[np.int8]


def fill_missing(
    import_wh: Ints, export_wh: Ints, quality: Qualities, known: Flags, forecast_net_wh: Ints
) -> tuple[Ints, Ints, Qualities]:
    """Estimate missing readings from the forecast's mean net: import where it is positive, else export.

    Args:
        import_wh: metered import [Wh], shape (M, T); any value where unknown.
        export_wh: metered export [Wh], shape (M, T).
        quality: source of each reading, shape (M, T).
        known: where there is a reading, shape (M, T).
        forecast_net_wh: mean forecast of consumption less generation [Wh], shape (M, T).

    Returns:
        import, export and quality without gaps.
    """
    return (
        np.where(known, import_wh, np.maximum(forecast_net_wh, 0)),
        np.where(known, export_wh, np.maximum(-forecast_net_wh, 0)),
        np.where(known, quality, np.int8(ESTIMATED)),
    )

"""What an operator is told of a home's forecasts: the means, in whole Wh."""

from typing import Final

import numpy as np

from ..forecasting.forecast import Forecast, Method, Reason
from ..protocol import ForecastHorizon, ForecastReport, Hello
from ..protocol.forecasting import MAX_HOURS
from .commands import NO_ID
from .forecasts import Expected
from .records import LARGEST_WH

SINCE_VERSION: Final = 3
"""The contract that has reports of forecasts; an older operator gets none."""


def report_of(expected: Expected, hello: Hello | None) -> ForecastReport | None:
    """Return what an operator is told, without an id; None where it would not understand, or nothing is known.

    Args:
        expected: the forecasts of a horizon.
        hello: what the operator last said of itself, or None.
    """
    consumption = expected.consumption
    if hello is None or hello.protocol_version < SINCE_VERSION or consumption.basis.method is Method.NOTHING:
        return None
    flexible = Reason.NO_DEVICES not in expected.reduction.basis.reasons
    return ForecastReport(
        id=NO_ID,
        horizon=ForecastHorizon(consumption.horizon.value),
        issued_at=consumption.issued_at,
        first=consumption.first,
        consumption_wh=_whole(consumption),
        generation_wh=None if expected.generation is None else _whole(expected.generation),
        reduction_wh=_whole(expected.reduction) if flexible else None,
        shifting_wh=_whole(expected.shifting) if flexible else None,
    )


def _whole(forecast: Forecast) -> list[int]:
    wh = np.rint(np.clip(forecast.mean_wh[:MAX_HOURS], 0, LARGEST_WH))
    return [int(one) for one in wh.tolist()]

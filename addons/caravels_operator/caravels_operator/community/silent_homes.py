"""What the operator expects of homes that say nothing, by their readings and the forecasters that homes run."""

import logging
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import numpy as np
from sqlalchemy import Connection

from ..common.forecasting.consumption.forecaster import ConsumptionForecaster
from ..common.forecasting.forecast import Horizon, Target
from ..common.forecasting.generation.forecaster import GenerationForecaster
from ..common.forecasting.model import Model, ModelRefused
from ..common.forecasting.series import Calendar, Floats
from ..common.member.bundled import bundled_models
from ..common.member.history import period_floor
from ..common.periods import DAY_S, HOUR_S
from .context import Context
from .past import home_series
from .words import Asked

_LOGGER = logging.getLogger(__name__)

LOOK_BACK_DAYS: Final = 100
"""What the forecasters look back on."""


def estimate(conn: Connection, context: Context, what: Asked, homes: Sequence[str]) -> dict[Target, dict[str, Floats]]:
    """Return what homes will use and generate [Wh], by target and home, shape (m,) each.

    A home of which nothing was measured is left out. What homes hide of their generation is not known.
    """
    zone = context.settings.market_zone
    calendar = Calendar(zone)
    now = period_floor(what.issued_at, zone, HOUR_S)
    expected: dict[Target, dict[str, Floats]] = {Target.CONSUMPTION: {}, Target.GENERATION: {}}
    for home in homes:
        used, made = home_series(conn, home, now - LOOK_BACK_DAYS * DAY_S, now)
        if np.isnan(used.wh).all():
            continue
        hours = (what.horizon, what.issued_at, what.first, what.hours)
        consumption = ConsumptionForecaster(_models()).forecast(used, calendar, *hours)
        expected[Target.CONSUMPTION][home] = consumption.mean_wh
        generation = np.zeros(what.hours)
        if np.nanmax(made.wh) > 0.0:
            generation = GenerationForecaster(None).forecast(made, calendar, *hours).mean_wh
        expected[Target.GENERATION][home] = generation
    return expected


@cache
def _models() -> Mapping[Horizon, Model]:
    """Return the bundled models; none where a file is missing or damaged: means are forecast without them too."""
    try:
        return bundled_models()
    except (ModelRefused, OSError) as error:
        _LOGGER.error("The models that come with the software cannot be used: %s", error)
        return {}

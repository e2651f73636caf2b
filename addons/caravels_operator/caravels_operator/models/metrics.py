"""How good forecasts are, each figure defined exactly. Energies are of hours [Wh]; an hour whose actual energy or whose
forecast is nan is not scored.

Let y be actual and f forecast energy, and e = f - y, over the scored hours of n sites:

- MAE = mean |e| over all scored hours of all sites.
- nMAE = MAE / mean y over the same hours.
- nRMSE = (mean over sites of each site's root of mean e**2) / mean y over all scored hours of all sites.
- MASE = mean over sites of (the site's MAE / the site's scale); its scale is the mean |y(t) - y(t - 24 h)| over all
  hours before the first test day of which both values are known: what "as yesterday" is off by (`daily_scale`).
- energy ratio = sum f / sum y.
- day nMAE = mean over sites and days of |sum of e over the day's scored hours| / mean over them of the sum of y.
- coverage = share of scored hours with P10 <= y <= P90; hours in which all three are 0 (generation at night) do not
  count.
- skill against a reference = 1 - MAE / MAE of the reference over the same hours.
- community: the same of the sum over the sites whose actual is known in an hour, of forecasts and of actual energy.

With these definitions the naive methods of the reference (forecasting, section 2) come out to its third decimal.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..common.forecasting.series import Floats, Integers, Series

DAY_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures of one forecaster; nan where one cannot be told.

    Attributes:
        hours: scored hours of all sites together.
        mean_wh: mean of what was measured [Wh an hour].
        mae_wh: mean absolute error [Wh an hour].
    """

    hours: int
    mean_wh: float
    mae_wh: float
    nmae: float
    nrmse: float
    mase: float
    energy_ratio: float
    day_nmae: float


def metrics_of(actual: Floats, forecast: Floats, scale: Floats, day: Integers) -> Metrics:
    """Return the figures of some sites together.

    Args:
        actual, forecast: energy of the test hours [Wh], shape (sites, hours).
        scale: of MASE, shape (sites,).
        day: the local day of each hour, shape (hours,).
    """
    error = forecast - actual
    scored = np.isfinite(error)
    measured = np.where(scored, actual, 0.0)
    size = np.where(scored, np.abs(error), 0.0)
    hours = scored.sum(axis=1)
    has = hours > 0
    of_site = size.sum(axis=1)[has] / hours[has]
    rmse = np.sqrt(np.where(scored, error**2, 0.0).sum(axis=1)[has] / hours[has])
    mean = ratio(measured.sum(), scored.sum())
    mae = ratio(size.sum(), scored.sum())
    return Metrics(
        hours=int(scored.sum()),
        mean_wh=mean,
        mae_wh=mae,
        nmae=ratio(mae, mean),
        nrmse=ratio(rmse.mean() if has.any() else np.nan, mean),
        mase=_mean_ratio(of_site, scale[has]),
        energy_ratio=ratio(np.where(scored, forecast, 0.0).sum(), measured.sum()),
        day_nmae=_day_nmae(np.where(scored, error, 0.0), measured, scored, day),
    )


def daily_scale(series: Series, end: int) -> float:
    """Return mean |y(t) - y(t - 24 h)| over the hours before `end` [Unix s] [Wh]; nan where none can be told."""
    wh = series.until(end).wh
    change = np.abs(wh[DAY_HOURS:] - wh[:-DAY_HOURS])
    return float(np.nanmean(change)) if np.isfinite(change).any() else float("nan")


def coverage(actual: Floats, low: Floats, high: Floats) -> float:
    """Return the share of hours inside the band from `low` to `high`, of any shape; nan where no hour counts."""
    known = np.isfinite(actual) & np.isfinite(low) & np.isfinite(high) & ~((actual == 0) & (low == 0) & (high == 0))
    inside = (actual >= low) & (actual <= high)
    return ratio((inside & known).sum(), known.sum())


def skill(mae_wh: float, reference_wh: float) -> float:
    """Return 1 - error / error of the reference; nan where the reference has none."""
    return 1.0 - ratio(mae_wh, reference_wh)


def ratio(part: float, whole: float) -> float:
    """Return part / whole, nan where nothing is divided by."""
    return float(part / whole) if whole else float("nan")


def together(actual: Floats, forecast: Floats) -> tuple[Floats, Floats]:
    """Return the sums over sites, shape (1, hours), of (sites, hours): of the sites that are known in an hour."""
    known = np.isfinite(actual) & np.isfinite(forecast)
    return _sum(actual, known), _sum(forecast, known)


def _sum(values: Floats, known: NDArray[np.bool_]) -> Floats:
    total = np.where(known, values, 0.0).sum(axis=0, keepdims=True)
    summed: Floats = np.where(known.any(axis=0, keepdims=True), total, np.nan)
    return summed


def _mean_ratio(parts: Floats, wholes: Floats) -> float:
    """Return the mean of part / whole where that can be told."""
    told = np.isfinite(wholes) & (wholes > 0)
    return float((parts[told] / wholes[told]).mean()) if told.any() else float("nan")


def _day_nmae(error: Floats, measured: Floats, scored: NDArray[np.bool_], day: Integers) -> float:
    """Return the error of days' energy; unscored hours are 0 in `error` and `measured`."""
    starts = np.flatnonzero(np.diff(day, prepend=day[0] - 1))
    has = np.logical_or.reduceat(scored, starts, axis=1)
    off = np.abs(np.add.reduceat(error, starts, axis=1))[has]
    return ratio(off.sum(), np.add.reduceat(measured, starts, axis=1)[has].sum())

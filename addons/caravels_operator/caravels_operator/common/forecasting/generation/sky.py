"""What of a day's weather forecast says how much sun a plant will have: the inputs of the site model.

A weather entity gives cloud cover, temperature and humidity. A cover of 100 % may be a veil or a storm: humidity tells
them apart, so it stands beside the cover and with it; output falls little with the first clouds and much with the last
(Kasten and Czeplak 1980: by the 3.4th power of the cover), so powers of it stand there too.
"""

from typing import Final

import numpy as np

from ..series import HOURS_A_DAY, Floats

_CLOUD, _HUMIDITY = 0, 4
PENALTIES: Final = (1.0,) * 9 + (4.0, 4.0) + (1.0,) * 3
"""What each column of `turned` must prove. Temperature says more of the season than of the sun."""
_HOURS: Final = np.arange(HOURS_A_DAY)


def sky_of(weather: Floats, clear: Floats) -> Floats:
    """Return the columns of days that the level is held against, shape (m, 24, 11); nan where nothing is known.

    Cloud cover smoothed over its neighbours, as it is, its square, and to the fourth; humidity, and its square; both
    together; and over the whole day cover, humidity, temperature and the temperature's range.

    Args:
        weather: cloud cover [%], temperature [C], humidity [%], shape (m, 24, 3).
        clear: what a clear hour gives [Wh], shape (m, 24): the day's means count hours by it.
    """
    cloud, temperature, humidity = (weather[..., index] / scale for index, scale in enumerate((100.0, 10.0, 100.0)))
    smooth = _smooth(cloud)
    of_day = [_day_mean(values, clear) for values in (cloud, humidity, temperature)]
    span = _span(temperature)
    return np.stack(
        (smooth, cloud, cloud**2, smooth**4, humidity, humidity**2, smooth * humidity, *of_day, span), axis=-1
    )


def turned(anomaly: Floats, clear: Floats) -> Floats:
    """Return anomalies of the columns with those that tell morning from evening, shape (m, 24, 14).

    Args:
        anomaly: of the columns of `sky_of`.
        clear: what a clear hour gives [Wh], shape (m, 24).
    """
    noon = (clear @ _HOURS) / np.maximum(clear.sum(axis=1), 1e-9)
    angle = (_HOURS - noon[:, None]) / 6.0
    cloud = anomaly[..., _CLOUD] * angle
    more = np.stack((cloud, cloud * angle, anomaly[..., _HUMIDITY] * angle), axis=-1)
    return np.concatenate((anomaly, more), axis=-1)


def _smooth(values: Floats) -> Floats:
    """Return values smoothed over their neighbours in the day; unknown or missing ones count as the hour itself."""
    padded = np.concatenate((values[:, :1], values, values[:, -1:]), axis=1)
    before, after = (np.where(np.isfinite(near), near, values) for near in (padded[:, :-2], padded[:, 2:]))
    return np.asarray((before + 2.0 * values + after) / 4.0)


def _day_mean(values: Floats, weights: Floats) -> Floats:
    """Return each day's weighted mean of what is known at each of its hours, shape of `values`."""
    known = np.isfinite(values)
    weight = np.where(known, weights, 0.0)
    total = weight.sum(axis=1, keepdims=True)
    mean = (weight * np.where(known, values, 0.0)).sum(axis=1, keepdims=True) / np.maximum(total, 1e-9)
    return np.broadcast_to(np.where(total > 0.0, mean, np.nan), values.shape)


def _span(values: Floats) -> Floats:
    """Return each day's range at each of its hours; nan of a day without any."""
    known = np.isfinite(values)
    highest = np.where(known, values, -np.inf).max(axis=1, keepdims=True)
    lowest = np.where(known, values, np.inf).min(axis=1, keepdims=True)
    return np.broadcast_to(np.where(known.any(axis=1, keepdims=True), highest - lowest, np.nan), values.shape)

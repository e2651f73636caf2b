"""What a forecast is: the mean for energy, bids and sums, a band for people and reserves, and what it rests on."""

from dataclasses import dataclass, field
from enum import StrEnum

from ..periods import HOUR_S
from .series import Floats


class Target(StrEnum):
    """What is forecast (paper II.B)."""

    CONSUMPTION = "consumption"
    GENERATION = "generation"
    REDUCTION = "reduction"
    """Flexibility: what could be used less in an hour."""
    SHIFTING = "shifting"
    """Flexibility: what could be used in another hour instead."""


class Horizon(StrEnum):
    """How far ahead."""

    DAY_AHEAD = "day_ahead"
    HOUR_AHEAD = "hour_ahead"


class Method(StrEnum):
    """What a forecast was made by."""

    NOTHING = "nothing"
    """Nothing was ever measured, or there is nothing to forecast: zeros."""
    MEAN_SO_FAR = "mean_so_far"
    """Less than two days are known: the mean of what is."""
    MEAN_7_DAYS = "mean_7_days"
    WEEKDAY_MEAN = "weekday_mean"
    """Mean of the last four days of the same kind (same weekday; holidays with Sundays)."""
    MODEL = "model"
    """A pooled consumption model."""
    SITE_MODEL = "site_model"
    """The generation model that was fitted on this device."""
    WEATHER_SERVICE = "weather_service"
    """A forecast of generation from outside: Solcast, Forecast.Solar, Open-Meteo."""
    DEVICES = "devices"
    """The sum over declared devices."""
    SUM_OF_HOMES = "sum_of_homes"
    """The operator's: what the homes of a community say, and the operator's own where they say nothing."""


class Reason(StrEnum):
    """Why a forecast rests on less than it could; shown to people."""

    FEW_DAYS = "few_days"
    """Less than 14 days were measured."""
    GAPS = "gaps"
    """More than a tenth of the last 28 days is missing."""
    STALE = "stale"
    """Nothing was measured in the last 24 hours."""
    DEAD_SENSOR = "dead_sensor"
    """The last days are zeros or stand still where they never did."""
    CHANGED = "changed"
    """The home changed lately; what lies before counts less."""
    NO_WEATHER = "no_weather"
    """No weather forecast is known for these hours."""
    NO_DEVICES = "no_devices"
    """No flexible device was declared."""


@dataclass(frozen=True, slots=True)
class Skill:
    """How a forecaster did over the last 28 days, as it would have forecast them. nan where it is not known.

    Attributes:
        mae_wh: mean absolute error [Wh an hour].
        mean_wh: mean of what was measured [Wh an hour].
        over_last_week: 1 - error / error of the same hour last week; negative is worse.
        over_mean_7_days: 1 - error / error of the mean of the last seven days.
        coverage: share of hours inside the band from P10 to P90.
        days: days that were judged.
    """

    mae_wh: float
    mean_wh: float
    over_last_week: float
    over_mean_7_days: float
    coverage: float
    days: int


@dataclass(frozen=True, slots=True)
class Basis:
    """What a forecast rests on.

    Attributes:
        method: what it was made by.
        source: version of the model, or name of the weather service; "" otherwise.
        days: days with measurements that it rests on.
        reasons: why it rests on less than it could, in the order of `Reason`.
        skill: how the forecaster did lately, or None before it can be judged.
    """

    method: Method
    source: str = ""
    days: int = 0
    reasons: tuple[Reason, ...] = ()
    skill: Skill | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected of consecutive hours. Always as many values as were asked for, never nan.

    Attributes:
        target, horizon: what, and how far ahead.
        issued_at: what was measured until then was known [Unix s].
        first: start of the first hour [Unix s].
        mean_wh: expected energy of each hour [Wh], shape (m,).
        p10_wh, p50_wh, p90_wh: quantiles [Wh], shape (m,), ascending by hour; sums of them mean nothing.
        basis: what it rests on.
    """

    target: Target
    horizon: Horizon
    issued_at: int
    first: int
    mean_wh: Floats
    p10_wh: Floats
    p50_wh: Floats
    p90_wh: Floats
    basis: Basis = field(default_factory=lambda: Basis(Method.NOTHING))

    @property
    def end(self) -> int:
        """End of the last hour [Unix s]."""
        return self.first + HOUR_S * self.mean_wh.size

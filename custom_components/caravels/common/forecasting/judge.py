"""Who forecasts a home best lately, by how much it is off at which hour, and how sure one may be.

Personal adaptation without training, in the order that pays (reference: forecasting, section 3): a choice among
candidates by each one's own error over 28 days with hysteresis, a shrunken bias by hour of the day, and a band from
one's own errors. A judge is fed one local day after the other; it is a value, and remembers 28 days.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .bands import FIRST_WIDTH, Band, adapted, band_of
from .candidates import LAST_WEEK, MEAN_7_DAYS
from .forecast import Skill
from .series import HOURS_A_DAY, Floats, Integers

DAYS: Final = 28
_HYSTERESIS: Final = 0.05
"""Another candidate must have been better by this share before it is chosen."""
_FEWEST_DAYS_TO_CHOOSE: Final = 21
"""Before so many days are judged the first candidate stays chosen: fewer say little of who is better."""
_FEWEST_DAYS: Final = 7
"""Before so many days are judged no bias is taken off."""
_SHRINK_DAYS: Final = 56.0
_HOURS: Final = np.arange(HOURS_A_DAY)

_LARGEST_WH: Final = 1e30
_UNKNOWN: Final = np.full(HOURS_A_DAY, np.nan)

type Singles = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Judge:
    """What was learnt of forecasts over the last 28 days.

    Attributes:
        choices: candidates that may be chosen, the default first.
        chosen: the one that is, wherever it is available.
        errors: measured - predicted of each choice [Wh], shape (days, choices, 24); nan where one is not known. In
            single precision, for they are kept for long.
        issued: measured - the mean that was issued [Wh], shape (days, 24), likewise.
        sizes: by day: hours in which all choices are known, and each one's sum of absolute errors in them without its
            bias [Wh], shape (days, 1 + choices).
        totals: by day: hours judged, and of these inside the issued band, sum measured, sum of absolute errors of what
            was issued, and twice, for the hours in which last week and the mean of seven days were known too, the sums
            of both [Wh], shape (days, 8).
        width: factor on the band.
        bias: what is added to each choice at each hour of the day [Wh], shape (choices, 24).
        band: quantiles of the errors.
    """

    choices: tuple[str, ...]
    chosen: str
    errors: Singles
    issued: Singles
    sizes: Floats
    totals: Floats
    width: float
    bias: Floats
    band: Band

    def learn(self, predictions: Mapping[str, Floats], actual: Floats) -> Judge:
        """Return the judge that has also seen a local day: what was predicted and measured [Wh], shape (24,) each.

        Hours of nan are not known. A candidate that is not named made no forecast.
        """
        if not np.isfinite(actual).any():
            return self
        mean, low, _, high = self.issue(predictions, _HOURS)
        error = actual - mean
        inside = (actual >= low) & (actual <= high)
        made = np.array([predictions.get(name, _UNKNOWN) for name in (*self.choices, LAST_WEEK, MEAN_7_DAYS)])
        errors = actual - made
        own = len(self.choices)
        return self._with(error, errors[:own], _totals(error, errors[own:], actual, inside))

    def choice(self, available: Collection[str]) -> str:
        """Return whom to believe among those who made a forecast.

        Raises:
            ValueError: none of the choices is available.
        """
        if self.chosen in available:
            return self.chosen
        found = [name for name in self.choices if name in available]
        if not found:
            raise ValueError(f"none of {self.choices} made a forecast")
        errors = self.sizes.sum(axis=0)[1:]
        return min(found, key=lambda name: float(errors[self.choices.index(name)]))

    def issue(
        self, predictions: Mapping[str, Floats], hour: Integers, floor: float = 0.0, cap: Floats | float | None = None
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """Return mean, P10, P50 and P90 [Wh], shape (m,) each, from what candidates predict for hours of the day.

        Hours that the chosen one does not know are filled from the others in their order; nan where none knows.

        Args:
            predictions: by candidate [Wh], shape (m,) each.
            hour: hours of the day, shape (m,).
            floor, cap: nothing lies outside of them [Wh].
        """
        available = [name for name in self.choices if name in predictions]
        if not available:
            nothing = np.full(hour.size, np.nan)
            return nothing, nothing, nothing, nothing
        first = self.choice(available)
        mean = self._unbiased(first, predictions[first], hour)
        for name in available:
            if np.isfinite(mean).all():
                break
            mean = np.where(np.isfinite(mean), mean, self._unbiased(name, predictions[name], hour))
        mean = np.clip(mean, floor, cap)
        low, middle, high = np.sort(np.clip(self.band.around(mean, hour, self.width), floor, cap), axis=0)
        return mean, low, middle, high

    def skill(self) -> Skill | None:
        """Return how the issued forecasts did, or None before a day was judged."""
        hours, inside, measured, own, beside_week, week, beside_mean_7, mean_7 = self.totals.sum(axis=0).tolist()
        if not hours:
            return None
        return Skill(
            mae_wh=own / hours,
            mean_wh=measured / hours,
            over_last_week=1.0 - beside_week / week if week else float("nan"),
            over_mean_7_days=1.0 - beside_mean_7 / mean_7 if mean_7 else float("nan"),
            coverage=inside / hours,
            days=int((self.totals[:, 0] > 0).sum()),
        )

    def _with(self, issued: Floats, errors: Floats, totals: Floats) -> Judge:
        all_errors = _kept(self.errors, _single(errors))
        all_issued = _kept(self.issued, _single(issued))
        hours, inside = float(totals[0]), float(totals[1])
        all_sizes = _kept(self.sizes, _sizes(errors - self.bias))
        return replace(
            self,
            chosen=self._best(all_sizes),
            errors=all_errors,
            issued=all_issued,
            sizes=all_sizes,
            totals=_kept(self.totals, totals),
            width=adapted(self.width, 1.0 - inside / hours) if hours and self.band.score is not None else self.width,
            bias=_bias(all_errors),
            band=band_of(all_issued),
        )

    def _best(self, past: Floats) -> str:
        if past.shape[0] < _FEWEST_DAYS_TO_CHOOSE:
            return self.chosen
        errors = past.sum(axis=0)[1:].tolist()
        best = errors.index(min(errors))
        now = errors[self.choices.index(self.chosen)]
        return self.choices[best] if errors[best] < now * (1.0 - _HYSTERESIS) else self.chosen

    def _unbiased(self, name: str, predicted: Floats, hour: Integers) -> Floats:
        unbiased: Floats = predicted + self.bias[self.choices.index(name), hour]
        return unbiased


def new_judge(choices: Sequence[str]) -> Judge:
    """Return a judge that has seen nothing.

    Args:
        choices: candidates that may be chosen, the default first.
    """
    return Judge(
        choices=tuple(choices),
        chosen=choices[0],
        errors=np.zeros((0, len(choices), HOURS_A_DAY), np.float32),
        issued=np.zeros((0, HOURS_A_DAY), np.float32),
        sizes=np.zeros((0, 1 + len(choices))),
        totals=np.zeros((0, 8)),
        width=FIRST_WIDTH,
        band=band_of(np.zeros((0, HOURS_A_DAY))),
        bias=np.zeros((len(choices), HOURS_A_DAY)),
    )


def _kept[T: np.floating](past: NDArray[T], new: NDArray[T]) -> NDArray[T]:
    return np.concatenate((past, new[None]))[-DAYS:]


def _single(errors: Floats) -> Singles:
    """Return errors in single precision; what somebody says beyond all measure stays a number."""
    return np.clip(errors, -_LARGEST_WH, _LARGEST_WH).astype(np.float32)


def _sizes(errors: Floats) -> Floats:
    """Return the number of hours in which all are known, and each one's sum of absolute errors in them."""
    common = np.isfinite(errors).all(axis=0)
    sizes = np.empty(1 + len(errors))
    sizes[0] = np.count_nonzero(common)
    np.abs(errors).sum(axis=1, where=common, out=sizes[1:])
    return sizes


def _bias(errors: Singles) -> Floats:
    """Return what to add to each candidate at each hour of the day [Wh], shape (choices, 24): means, shrunk."""
    if errors.shape[0] < _FEWEST_DAYS:
        return np.zeros(errors.shape[1:])
    known = np.isfinite(errors)
    total = np.where(known, errors, np.float32(0.0)).sum(axis=0, dtype=np.float64)
    bias: Floats = total / (known.sum(axis=0) + _SHRINK_DAYS)
    return bias


def _totals(issued: Floats, references: Floats, actual: Floats, inside: NDArray[np.bool_]) -> Floats:
    judged = np.isfinite(issued)
    size = np.where(judged, np.abs(issued), 0.0)
    beside = judged & np.isfinite(references)
    theirs = np.where(beside, np.abs(references), 0.0).sum(axis=1)
    ours = (size * beside).sum(axis=1)
    measured = np.where(judged, actual, 0.0).sum()
    covered = (inside & judged).sum()
    return np.array([judged.sum(), covered, measured, size.sum(), ours[0], theirs[0], ours[1], theirs[1]])

"""A model's card: what its file says of itself, in the ONNX metadata, and the check that it is what it says.

The card names the inputs and their order, and holds one row with the answer that training computed: a file made for
another contract, or an engine that computes something else, is refused when it is installed (reference: forecasting,
sections 1.6 and 4). It also knows the days of homes it was trained on, by digests alone, so that no one scores a model
on them unawares.
"""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..days import Days, days_of
from ..forecast import Horizon, Target
from ..model import Model, ModelRefused
from ..series import HOURS_A_DAY, Calendar, Floats, Series
from .contract import CONTRACT_VERSION, NAMES, STEP_S, UNITS, ZONE_RULE

DIGEST_BYTES: Final = 5
_DISTINCT_VALUES: Final = 8
"""Days with fewer distinct values say nothing: zeros and flat lines are alike everywhere."""
_TOLERANCE: Final = 1e-4
_CONTRACT: Final = {
    "contract": CONTRACT_VERSION,
    "target": Target.CONSUMPTION.value,
    "units": UNITS,
    "step_s": str(STEP_S),
    "zone_rule": ZONE_RULE,
}


@dataclass(frozen=True, slots=True)
class Card:
    """What a model says of itself.

    Attributes:
        name: of the model, the same in each of its versions.
        version: changes with what it was trained on and how.
        horizon: how far ahead it forecasts.
        loss: what it minimises.
        data: what it was trained on, in words, with its licence.
        homes: how many homes.
        trained_from, trained_until: first and last day of training (ISO dates).
        digests: of the days it was trained on, `DIGEST_BYTES` each, sorted.
        row, answer: the self-test: inputs, and the outputs that belong to them.
    """

    name: str
    version: str
    horizon: Horizon
    loss: str
    data: str
    homes: int
    trained_from: str
    trained_until: str
    digests: bytes
    row: tuple[float, ...]
    answer: tuple[float, ...]

    def metadata(self) -> dict[str, str]:
        """Return what goes into the file's metadata."""
        return {
            **_CONTRACT,
            "name": self.name,
            "version": self.version,
            "horizon": self.horizon.value,
            "features": json.dumps(NAMES[self.horizon]),
            "loss": self.loss,
            "data": self.data,
            "homes": str(self.homes),
            "trained_from": self.trained_from,
            "trained_until": self.trained_until,
            "digests": base64.b64encode(self.digests).decode(),
            "self_test": json.dumps({"row": self.row, "answer": self.answer}),
        }

    def about(self) -> dict[str, Any]:
        """Return what people are shown of it."""
        return {
            "name": self.name, "version": self.version, "horizon": self.horizon.value, "loss": self.loss,
            "data": self.data, "homes": self.homes, "trained_from": self.trained_from,
            "trained_until": self.trained_until, "days": len(self.digests) // DIGEST_BYTES,
        }  # fmt: skip


def read_card(metadata: Mapping[str, str]) -> Card:
    """Return the card in a file's metadata.

    Raises:
        ModelRefused: it is missing, incomplete, or of another contract; a sentence says which.
    """
    for key, expected in _CONTRACT.items():
        if metadata.get(key) != expected:
            raise ModelRefused(f"The model's {key} is {metadata.get(key)!r}; this version uses {expected!r}.")
    try:
        horizon = Horizon(metadata["horizon"])
        features = tuple(json.loads(metadata["features"]))
        self_test = json.loads(metadata["self_test"])
        card = Card(
            name=metadata["name"],
            version=metadata["version"],
            horizon=horizon,
            loss=metadata["loss"],
            data=metadata["data"],
            homes=int(metadata["homes"]),
            trained_from=metadata["trained_from"],
            trained_until=metadata["trained_until"],
            digests=base64.b64decode(metadata["digests"], validate=True),
            row=tuple(float(value) for value in self_test["row"]),
            answer=tuple(float(value) for value in self_test["answer"]),
        )
    except (KeyError, OverflowError, TypeError, ValueError, RecursionError) as problem:
        raise ModelRefused(f"The model's card cannot be read: {problem!r}.") from problem
    if features != NAMES[horizon]:
        raise ModelRefused("The model expects other inputs, or in another order, than this version makes.")
    if len(card.row) != len(features):
        raise ModelRefused(f"The model's self-test has {len(card.row)} inputs instead of {len(features)}.")
    return card


def check_model(model: Model, horizon: Horizon) -> Card:
    """Return a model's card once it is shown to be for this horizon, and to compute what its card says.

    Raises:
        ModelRefused: it is not, or does not; a sentence says why.
    """
    card = read_card(model.metadata)
    if card.horizon is not horizon:
        raise ModelRefused(f"The model is for {card.horizon}, not for {horizon}.")
    answer = model.run(np.array([card.row], np.float32))
    if answer.shape != (1, len(card.answer)) or answer.shape[1] != 1:
        raise ModelRefused(f"The model's output has the shape {answer.shape}; one number a row is used.")
    if not np.allclose(answer[0], card.answer, rtol=_TOLERANCE, atol=_TOLERANCE):
        raise ModelRefused(f"The model's self-test gives {answer[0].tolist()} instead of {list(card.answer)}.")
    return card


def digests_of(days: Days) -> list[bytes]:
    """Return what stands for the measured days in a card: of their values in whole Wh, whatever the home is called."""
    return [found for wh in days.wh if (found := _digest(wh)) is not None]


def trained_days(card: Card, series: Series, calendar: Calendar) -> int:
    """Return how many days of a series a model was trained on, by whatever clock.

    Days are compared by the calendar's clock, and every other stretch of 24 hours too: shown in another zone, a day of
    training begins at another hour. Of these one alone may be chance; two that begin at the same hour of UTC are none.
    """
    if not series.wh.size:
        return 0
    day = calendar.hours(series.first, series.wh.size).day
    known = {card.digests[at : at + DIGEST_BYTES] for at in range(0, len(card.digests), DIGEST_BYTES)}
    by_clock = sum(digest in known for digest in digests_of(days_of(series, calendar, int(day[0]), int(day[-1]))))
    if series.wh.size < HOURS_A_DAY:
        return by_clock
    stretches = sliding_window_view(series.wh, HOURS_A_DAY)
    begun = Counter(place % HOURS_A_DAY for place, wh in enumerate(stretches) if _digest(wh) in known)
    by_hour = max(begun.values(), default=0)
    return max(by_clock, by_hour if by_hour > 1 else 0)


def _digest(wh: Floats) -> bytes | None:
    known = np.isfinite(wh) & (np.abs(wh) < 2.0**31)
    whole = np.where(known, np.rint(np.where(known, wh, 0.0)), -1.0).astype("<i8")
    if np.unique(whole).size < _DISTINCT_VALUES:
        return None
    return hashlib.sha256(whole.tobytes()).digest()[:DIGEST_BYTES]

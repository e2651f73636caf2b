"""What is kept of past days from one generation forecast to the next: most days nothing but yesterday is new.

Nothing that is kept is believed unseen: what it was made from is kept beside it, and a day that differs makes all anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from .candidates import MEAN_7_DAYS
from .forecast import Method
from .judge import Judge, new_judge
from .series import HOURS_A_DAY, Floats, Integers

SITE_MODEL: Final = Method.SITE_MODEL.value
_CLEARLY: Final = 0.1
_BIAS_OF_OWN: Final = 0.5
_MEASURED: Final = 0


@dataclass(slots=True)
class Replays:
    """What candidates would have said of past days.

    Attributes:
        span: the first day that was looked at and the first one that is judged, as ordinals.
        inputs: what all was made from, shape (days, 24, k).
        said: by candidate [Wh], shape (judged days, 24) each.
    """

    span: tuple[int, int] = (0, 0)
    inputs: Floats = field(default_factory=lambda: np.zeros((0, HOURS_A_DAY, 0)))
    said: dict[str, Floats] = field(default_factory=dict)

    def complete(
        self,
        span: tuple[int, int],
        inputs: Floats,
        judged: Integers,
        replay: Callable[[Integers], Mapping[str, Floats]],
    ) -> dict[str, Floats]:
        """Return what candidates would have said of the judged days [Wh], shape (days, 24) each.

        Args:
            span: the first day that is looked at and the first one that is judged, as ordinals.
            inputs: what it is made from, up to the last judged day, shape (days, 24, k); first what was measured, which
                of the last day is not looked at.
            judged: the days, as rows.
            replay: what says it of any of them.
        """
        done = self._done(span, inputs, len(judged))
        said = self.said if done else {}
        if done < len(judged):
            new = replay(judged[done:])
            said = {name: np.concatenate((said[name], wh)) if done else wh for name, wh in new.items()}
        self.span, self.inputs, self.said = span, inputs.copy(), said
        self.inputs[-1, :, _MEASURED] = np.nan
        return said

    def _done(self, span: tuple[int, int], inputs: Floats, judged: int) -> int:
        """Return how many of the judged days are made already from the same."""
        size = self.inputs.shape[0]
        if self.span != span or not 0 < size <= inputs.shape[0] or self.inputs.shape[2] != inputs.shape[2]:
            return 0
        then = inputs[:size].copy()
        then[-1, :, _MEASURED] = np.nan
        return judged - (inputs.shape[0] - size) if np.array_equal(self.inputs, then, equal_nan=True) else 0


def settled(judge: Judge) -> Judge:
    """Return the judge of a plant: what the home itself says was fitted already, and bears half the bias on top.

    The mean of seven days is nearly in the model of the site, so that chance often puts it a little ahead for a while;
    only where it is clearly ahead is the model wrong for this plant.
    """
    own = [judge.choices.index(name) for name in (SITE_MODEL, MEAN_7_DAYS)]
    bias = judge.bias.copy()
    bias[own] *= _BIAS_OF_OWN
    chosen = judge.chosen
    if chosen == MEAN_7_DAYS:
        sizes = np.abs(judge.errors[:, own])
        model, mean = np.where(np.isfinite(sizes).all(axis=1)[:, None], sizes, 0.0).sum(axis=(0, 2))
        chosen = MEAN_7_DAYS if mean < (1.0 - _CLEARLY) * model else SITE_MODEL
    return replace(judge, bias=bias, chosen=chosen)


@dataclass(slots=True)
class Lessons:
    """The days that a judge has learnt from.

    Attributes:
        start: the first day, as its ordinal.
        names: what its rows are, in their order.
        rows: what was predicted by each name and, last, what was measured [Wh], shape (days, names + 1, 24).
        judge: who learnt them.
    """

    start: int = 0
    names: tuple[str, ...] = ()
    rows: Floats = field(default_factory=lambda: np.zeros((0, 1, HOURS_A_DAY)))
    judge: Judge | None = None

    def learn(self, start: int, choices: tuple[str, ...], predictions: Mapping[str, Floats], actual: Floats) -> Judge:
        """Return a judge that has seen these days and no others.

        Args:
            start: the first day, as its ordinal.
            choices: candidates that may be chosen, the default first.
            predictions: by candidate [Wh], shape (days, 24) each; more than the choices to compare with.
            actual: what was measured [Wh], shape (days, 24); nan where nothing is to be learnt.
        """
        names = tuple(predictions)
        rows = np.stack((*predictions.values(), actual), axis=1)
        done = self.rows.shape[0]
        same = self.start == start and self.names == names and done <= rows.shape[0]
        judge = self.judge if same and np.array_equal(self.rows, rows[:done], equal_nan=True) else None
        if judge is None or judge.choices != choices:
            judge, done = new_judge(choices), 0
        for row in rows[done:]:
            judge = settled(judge.learn(dict(zip(names, row[:-1], strict=True)), row[-1]))
        self.start, self.names, self.rows, self.judge = start, names, rows, judge
        return judge

"""What is kept of past days from one generation forecast to the next: most days nothing but yesterday is new.

Nothing that is kept is believed unseen: by what it was made from, or a digest of that, a day that differs makes all
anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..candidates import MEAN_7_DAYS
from ..forecast import Method
from ..judge import Judge, new_judge
from ..series import Floats, Integers

SITE_MODEL: Final = Method.SITE_MODEL.value
_CLEARLY: Final = 0.1
_MEASURED: Final = 0


@dataclass(slots=True)
class Replays:
    """What candidates would have said of past days.

    Attributes:
        span: the first day that was looked at and the first one that is judged, as ordinals.
        days: how many days were looked at.
        digest: of what all was made from; the tables themselves are larger than what was learnt of them.
        said: by candidate [Wh], shape (judged days, 24) each.
    """

    span: tuple[int, int] = (0, 0)
    days: int = 0
    digest: int = 0
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
        self.span, self.days, self.digest, self.said = span, inputs.shape[0], _digest(inputs), said
        return said

    def _done(self, span: tuple[int, int], inputs: Floats, judged: int) -> int:
        """Return how many of the judged days are made already from the same."""
        if self.span != span or not 0 < self.days <= inputs.shape[0] or _digest(inputs[: self.days]) != self.digest:
            return 0
        return judged - (len(inputs) - self.days)


def _digest(inputs: Floats) -> int:
    """Return a digest of inputs without what was measured of the last day, which is not over."""
    known = inputs.copy()
    known[-1, :, _MEASURED] = np.nan
    digest: int = hash((known.shape, known.tobytes()))
    return digest


def settled(judge: Judge) -> Judge:
    """Return the judge of a plant: the model of the site stands until the mean of seven days is clearly better.

    That mean is nearly in the model, so that chance often puts it a little ahead for a while; only where it is clearly
    ahead is the model wrong for this plant.
    """
    if judge.chosen != MEAN_7_DAYS:
        return judge
    own = [judge.choices.index(name) for name in (SITE_MODEL, MEAN_7_DAYS)]
    sizes = np.abs(judge.errors[:, own])
    both = np.isfinite(sizes).all(axis=1, keepdims=True)
    model, mean = np.where(both, sizes, 0.0).sum(axis=(0, 2))
    return judge if mean < (1.0 - _CLEARLY) * model else replace(judge, chosen=SITE_MODEL)


@dataclass(slots=True)
class Lessons:
    """The days that a judge has learnt from.

    Attributes:
        start: the first day, as its ordinal.
        names: who predicted, in their order.
        days: how many days were learnt.
        digest: of what was predicted and measured in them.
        judge: who learnt them.
    """

    start: int = 0
    names: tuple[str, ...] = ()
    days: int = 0
    digest: int = 0
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
        done = self.days
        same = self.start == start and self.names == names and done <= rows.shape[0]
        judge = self.judge if same and hash(rows[:done].tobytes()) == self.digest else None
        if judge is None or judge.choices != choices:
            judge, done = new_judge(choices), 0
        for row in rows[done:]:
            judge = settled(judge.learn(dict(zip(names, row[:-1], strict=True)), row[-1]))
        self.start, self.names, self.days, self.judge = start, names, rows.shape[0], judge
        self.digest = hash(rows.tobytes())
        return judge

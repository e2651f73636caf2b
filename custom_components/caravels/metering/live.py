"""What the sensors showed since Home Assistant started, kept at the edges of five minutes as the recorder does.

The recorder's statistics of five minutes exist some seconds after their end, and not at all where it records nothing.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from .curves import Knot, Stretch
from .sources import Kind, Sample

SLOT_S: Final = 300
KEPT: Final = 2 * 86_400 // SLOT_S
RESET_BELOW: Final = 0.9
"""A counter that falls below this part of what it showed began anew: the recorder's rule."""


@dataclass(frozen=True, slots=True)
class LiveRecord:
    """A copy of what was seen of a source, to be read in another thread.

    Attributes:
        knots: a counter's register at ends of five minutes in which it was known, counted on over resets.
        origin: what the counter first showed, and when.
        stretches: a power sensor's mean power in slots of five minutes.
    """

    kind: Kind
    knots: tuple[Knot, ...] = ()
    origin: Knot | None = None
    stretches: tuple[Stretch, ...] = ()


def counted_on(sample: Sample, last: Sample) -> float:
    """Return what a counter rose by from one sample to the next [Wh]: by all that it shows, if it began anew."""
    if sample.falls or last.falls:
        anew = sample.last_reset is not None and sample.last_reset != last.last_reset
    else:
        anew = sample.value < RESET_BELOW * last.value
    return sample.value if anew else sample.value - last.value


class LiveCounter:
    """A counter's register [Wh], followed state by state."""

    def __init__(self, at: float) -> None:
        """Begin at an instant [Unix s]."""
        self._edge = _next_edge(at)
        self._knots: deque[Knot] = deque(maxlen=KEPT)
        self._origin: Knot | None = None
        self._last: Sample | None = None
        self._wh = 0.0
        self._known = False
        self._seen = False

    def take(self, at: float, sample: Sample | None) -> None:
        """Take in what the sensor shows from an instant on [Unix s]; None: nothing."""
        self.advance(at)
        self._known = sample is not None
        if sample is None:
            return
        self._seen = True
        if self._last is None:
            self._origin = Knot(at, sample.value)
            self._wh = sample.value
        else:
            self._wh += counted_on(sample, self._last)
        self._last = sample

    def advance(self, now: float) -> None:
        """Close the five minutes that are over."""
        while self._edge <= now:
            if self._seen:
                self._knots.append(Knot(self._edge, self._wh))
            self._seen = self._known  # the recorder, too, holds what a sensor showed before until the slot is over
            self._edge += SLOT_S

    def watts(self, now: float) -> float | None:
        """Return the mean power since an edge that lies five to ten minutes back [W], or None where it is not known."""
        if not self._known or len(self._knots) < 2 or self._knots[-1].at <= now - SLOT_S:
            return None
        since = self._knots[-2]
        if since.at < now - 2 * SLOT_S:
            return None
        return (self._wh - since.wh) * 3_600 / (now - since.at)

    def record(self) -> LiveRecord:
        """Return a copy."""
        return LiveRecord(Kind.ENERGY, knots=tuple(self._knots), origin=self._origin)


class LivePower:
    """A power sensor [W], integrated state by state."""

    def __init__(self, at: float) -> None:
        """Begin at an instant [Unix s]."""
        self._at = at
        self._edge = _next_edge(at)
        self._stretches: deque[Stretch] = deque(maxlen=KEPT)
        self._watts: float | None = None
        self._watt_s = 0.0
        self._covered_s = 0.0

    def take(self, at: float, sample: Sample | None) -> None:
        """Take in what the sensor shows from an instant on [Unix s]; None: nothing."""
        self.advance(at)
        self._watts = None if sample is None else sample.value

    def advance(self, now: float) -> None:
        """Integrate up to an instant [Unix s], and close the five minutes that are over."""
        while self._edge <= now:
            self._integrate(self._edge)
            if self._covered_s:
                mean = self._watt_s / self._covered_s
                self._stretches.append(Stretch(self._edge - SLOT_S, self._edge, mean, self._covered_s))
            self._watt_s = self._covered_s = 0.0
            self._edge += SLOT_S
        self._integrate(now)

    def _integrate(self, until: float) -> None:
        if until <= self._at:
            return
        if self._watts is not None:
            self._watt_s += self._watts * (until - self._at)
            self._covered_s += until - self._at
        self._at = until

    def watts(self, now: float) -> float | None:
        """Return what the sensor shows [W]."""
        return self._watts

    def record(self) -> LiveRecord:
        """Return a copy."""
        return LiveRecord(Kind.POWER, stretches=tuple(self._stretches))


def _next_edge(at: float) -> int:
    return (int(at) // SLOT_S + 1) * SLOT_S

"""One source's energy of periods: what the recorder holds, continued by what was seen live."""

from bisect import bisect_right
from collections.abc import Sequence

from ..common.periods import DAY_S
from .curves import Amounts, Knot, Stretch, counter_energy, power_energy
from .live import LiveRecord, counted_on
from .sources import Kind, MeterSource, Sample
from .statistics import Record, Row


def first_period(start: int, period_s: int) -> int:
    """Return the period [Unix s] from which roundings are carried, so that they are the same whenever a day is read.

    It is the last one on the grid of `start` that does not begin after that UTC day does.
    """
    return start - -(-(start % DAY_S) // period_s) * period_s


def source_energy(
    source: MeterSource,
    record: Record | None,
    live: LiveRecord | None,
    start: int,
    end: int,
    period_s: int,
    most_w: int,
) -> Amounts:
    """Return what is known of one source's energy in the periods of [start, end).

    Args:
        source: which part of which meter.
        record: what the recorder holds of it.
        live: what was seen of it since Home Assistant started.
        start: of the first period [Unix s].
        end: of the last one [Unix s].
        period_s: length of a period.
        most_w: what the connection can carry at most [W]; more is not believed.
    """
    kind = live.kind if live else record.kind if record else None
    if record and record.kind is not kind:
        record = None  # the sensor measures something else now
    rows = tuple(record.trusted()) if record else ()
    if kind is Kind.ENERGY:
        return counter_energy(_knots(rows, live), range(start, end, period_s), period_s, source.part, most_w)
    if kind is Kind.POWER:
        starts = range(first_period(start, period_s), end, period_s)
        amounts = power_energy(_stretches(rows, live), starts, period_s, source.part, most_w)
        amounts.known = {at: amount for at, amount in amounts.known.items() if at >= start}
        amounts.implausible = [at for at in amounts.implausible if at >= start]
        return amounts
    return Amounts()


def _knots(rows: Sequence[Row], live: LiveRecord | None) -> list[Knot]:
    """Return a counter's register: the recorder's sum, from its last row on continued by the live one."""
    knots = [Knot(row.end, row.value) for row in rows]
    if live is None or live.origin is None:
        return knots
    if not rows:
        return [live.origin, *live.knots]
    last = rows[-1]
    later = bisect_right(live.knots, last.end, key=lambda knot: knot.at)
    if later:
        lift = last.value - live.knots[later - 1].wh
    elif last.state is None:
        return knots  # imported without what the counter showed: what it rose by since is not known
    else:
        risen = counted_on(Sample(Kind.ENERGY, live.origin.wh), Sample(Kind.ENERGY, last.state))
        lift = last.value + risen - live.origin.wh
    return [*knots, *(Knot(knot.at, knot.wh + lift) for knot in live.knots[later:])]


def _stretches(rows: Sequence[Row], live: LiveRecord | None) -> list[Stretch]:
    """Return a sensor's power: the recorder's means, and the live ones where it has none."""
    known = [Stretch(row.start, row.end, row.value, row.end - row.start) for row in rows]
    if live is None:
        return known
    covered = {start for row in rows for start in range(int(row.start), int(row.end), 300)}
    return sorted([*known, *(stretch for stretch in live.stretches if stretch.start not in covered)])

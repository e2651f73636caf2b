"""What the recorder holds of the meters: statistics of five minutes and of hours, and when nothing was recorded.

What reads the database blocks, and runs in the recorder's threads.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from math import isfinite
from typing import Any, Final, Literal, NamedTuple

from homeassistant.components.recorder import history
from homeassistant.components.recorder.db_schema import RecorderRuns, States
from homeassistant.components.recorder.models import StatisticMeanType, process_timestamp
from homeassistant.components.recorder.statistics import get_metadata, statistics_during_period
from homeassistant.const import UnitOfEnergy, UnitOfPower
from homeassistant.core import HomeAssistant, valid_entity_id
from homeassistant.helpers.recorder import DATA_INSTANCE, DATA_RECORDER, session_scope
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import EnergyConverter, PowerConverter
from sqlalchemy import func, or_, select

from ..common.periods import HOUR_S
from .sources import Kind

UNITS: Final = {EnergyConverter.UNIT_CLASS: UnitOfEnergy.WATT_HOUR, PowerConverter.UNIT_CLASS: UnitOfPower.WATT}
HELD_S: Final = 60
"""A sensor may be silent for so long: a restart that is over sooner leaves what was compiled as it is."""
MOST_STATES: Final = 50
"""Looked through for the first one with a number after a restart."""


class Row(NamedTuple):
    """A statistic: the register at its end [Wh] with the state there, or the mean power [W]."""

    start: float
    end: float
    value: float
    state: float | None = None


class Span(NamedTuple):
    """From one instant to another [Unix s]."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Record:
    """What the recorder holds of one source.

    Attributes:
        kind: what it measures, or None where its statistics are neither of energy nor of power.
        rows: in ascending order, not overlapping: of five minutes, before that of hours.
        gaps: when Home Assistant was off, until this source showed a number again.
    """

    kind: Kind | None
    rows: tuple[Row, ...] = ()
    gaps: tuple[Span, ...] = ()

    def trusted(self) -> Iterable[Row]:
        """Yield the rows that say something.

        After a restart the recorder compiles what it missed from the last state before it: counters that stand still
        and powers that last. Those rows are left out.
        """
        for row in self.rows:
            for gap in self.gaps:
                if self.kind is Kind.ENERGY:
                    if gap.start + HELD_S < row.end < gap.end:
                        break
                elif min(row.end, gap.end) - max(row.start, gap.start) >= HELD_S:
                    break
            else:
                yield row


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the recorder holds of all sources, by their id; those without statistics are left out."""

    records: Mapping[str, Record] = field(default_factory=dict)


def recorder_answers(hass: HomeAssistant) -> bool:
    """Return whether there is a recorder, and its database is open. In the event loop."""
    if DATA_INSTANCE not in hass.data or DATA_RECORDER not in hass.data:
        return False
    connected = hass.data[DATA_RECORDER].db_connected
    return connected.done() and not connected.cancelled() and connected.result()


def statistic_kind(metadata: Mapping[str, Any]) -> Kind | None:
    """Return what a statistic measures, from its metadata."""
    unit = metadata["unit_of_measurement"]
    if unit in EnergyConverter.VALID_UNITS:
        return Kind.ENERGY if metadata["has_sum"] else None
    if unit in PowerConverter.VALID_UNITS:
        return Kind.POWER if metadata["mean_type"] is StatisticMeanType.ARITHMETIC else None
    return None


def statistic_kinds(hass: HomeAssistant, ids: frozenset[str]) -> dict[str, Kind | None]:
    """Return what the statistics of some sources measure, by id; those without statistics are left out.

    Raises:
        SQLAlchemyError: the database does not answer.
        RuntimeError: it is not open.
    """
    return {source: statistic_kind(about) for source, (_, about) in get_metadata(hass, statistic_ids=set(ids)).items()}


def read_recorder(hass: HomeAssistant, ids: frozenset[str], start: int, end: int) -> Recorded:
    """Return what is recorded of the sources from `start` to `end` [Unix s]; rows may begin and end outside.

    Raises:
        SQLAlchemyError: the database does not answer.
        RuntimeError: it is not open.
    """
    kinds = statistic_kinds(hass, ids)
    short = _rows(hass, kinds, start, end, "5minute")
    long = _rows(hass, kinds, start, end, "hour")
    away = _away(hass, start, end)
    return Recorded(
        {
            source: Record(kind, _joined(long.get(source, []), short.get(source, [])), _gaps(hass, source, away, end))
            for source, kind in kinds.items()
        }
    )


def _rows(
    hass: HomeAssistant, kinds: Mapping[str, Kind | None], start: int, end: int, period: Literal["5minute", "hour"]
) -> dict[str, list[Row]]:
    ids = {source for source, kind in kinds.items() if kind}
    if not ids:
        return {}
    first, last = _datetime(start - HOUR_S), _datetime(end)
    found = statistics_during_period(hass, first, last, ids, period, dict(UNITS), {"mean", "state", "sum"})
    rows: dict[str, list[Row]] = {}
    for source, some in found.items():
        column: Literal["sum", "mean"] = "sum" if kinds[source] is Kind.ENERGY else "mean"
        rows[source] = [
            Row(row["start"], row["end"], value, row.get("state"))
            for row in some
            if (value := row.get(column)) is not None
        ]
    return rows


def _joined(long: list[Row], short: list[Row]) -> tuple[Row, ...]:
    """Return rows of hours as long as there is nothing better, then rows of five minutes.

    In the hour in which the recorder's cleaning stopped, only the row of the hour is whole.
    """
    if not short or not long:
        return tuple(short or long)
    hour = short[0].start // HOUR_S * HOUR_S
    purged = any(row.start == hour - HOUR_S for row in long)
    begin = hour + HOUR_S if purged and short[0].start > hour else hour
    older = [row for row in long if row.start < begin]
    return (*older, *short[bisect_right(short, begin - 1, key=lambda row: row.start) :])


def _away(hass: HomeAssistant, start: int, end: int) -> list[Span]:
    """Return when Home Assistant recorded nothing: it was off, or killed and started again."""
    spans: list[Span] = []
    with session_scope(hass=hass, read_only=True) as session:
        wanted = select(RecorderRuns.start, RecorderRuns.end, RecorderRuns.closed_incorrect).order_by(
            RecorderRuns.start
        )
        since = _datetime(start - HOUR_S)
        runs = session.execute(wanted.where(or_(RecorderRuns.end.is_(None), RecorderRuns.end >= since))).all()
        for before, after in pairwise(runs):
            ended, began = before.end, _timestamp(after.start)
            if ended is None or before.closed_incorrect:  # a killed run "ends" when the next one begins
                last = session.execute(select(func.max(States.last_updated_ts)).where(States.last_updated_ts < began))
                off = max(last.scalar() or 0.0, _timestamp(before.start))
            else:
                off = _timestamp(ended)
            if off < began and off < end:
                spans.append(Span(off, began))
    return spans


def _gaps(hass: HomeAssistant, source: str, away: list[Span], end: int) -> tuple[Span, ...]:
    """Return the spans, each prolonged until a source showed a number again; none for what no entity feeds."""
    if not valid_entity_id(source):
        return ()
    return tuple(Span(span.start, _back(hass, source, span.end, end)) for span in away)


def _back(hass: HomeAssistant, entity_id: str, since: float, end: int) -> float:
    found = history.state_changes_during_period(
        hass,
        dt_util.utc_from_timestamp(since),
        None,
        entity_id,
        no_attributes=True,
        limit=MOST_STATES,
        include_start_time_state=False,
    )
    for state in found.get(entity_id, []):
        if _is_number(state.state):
            return state.last_updated_timestamp
    return max(since, end)


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def _datetime(instant: int) -> datetime:
    return dt_util.utc_from_timestamp(instant)


def _timestamp(moment: datetime) -> float:
    return process_timestamp(moment).timestamp()

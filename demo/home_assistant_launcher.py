"""Starts Home Assistant as the demo wants it: `home_assistant_launcher.py ARGUMENTS OF homeassistant`.

Run by the interpreter of the environment that has Home Assistant. Whatever its settings, Home Assistant's zeroconf
opens a socket on all addresses; in a demo nothing may listen outside this machine. Where the configuration folder holds
the past of some meters (`past.json`, of `demo.past`) and no database, the recorder's is made with it: imported through
Home Assistant itself, a year takes half a minute.
"""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import zeroconf._core
from homeassistant.__main__ import main
from homeassistant.components.recorder import DEFAULT_DB_FILE
from homeassistant.components.recorder.db_schema import (
    SCHEMA_VERSION,
    Base,
    RecorderRuns,
    SchemaChanges,
    Statistics,
    StatisticsMeta,
    StatisticsRuns,
    StatisticsShortTerm,
)
from homeassistant.components.recorder.models import StatisticMeanType
from sqlalchemy import create_engine, insert
from sqlalchemy.orm import Session

PAST: Final = "past.json"
HOUR_S: Final = 3_600
SLOT_S: Final = 300


def no_sockets(*_arguments: object, **_options: object) -> tuple[None, list[object]]:
    """Stand for `zeroconf.create_sockets`: nothing is listened to, nothing is announced."""
    return None, []


def write_past(folder: Path) -> None:
    """Make the recorder's database with what the meters showed before Home Assistant came, if there is none."""
    file, database = folder / PAST, folder / DEFAULT_DB_FILE
    if database.exists() or not file.exists():
        return
    past = json.loads(file.read_text(encoding="utf-8"))
    engine = create_engine(f"sqlite:///{database}")
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        begin, end = (datetime.fromtimestamp(past[key], UTC) for key in ("start", "end"))
        session.add(SchemaChanges(schema_version=SCHEMA_VERSION))
        session.add(RecorderRuns(start=begin, end=end, created=begin))
        session.add(StatisticsRuns(start=end))
        for statistic_id, counter_wh in past["counters_wh"].items():
            _write_statistic(session, statistic_id, past["start"], counter_wh, past["shown_wh"][statistic_id])
    engine.dispose()


def _write_statistic(session: Session, statistic_id: str, start: int, counter_wh: list[int], shown_wh: int) -> None:
    """Write the hours of a counter, and the last five minutes: there the recorder goes on with its sum."""
    meta = StatisticsMeta(
        statistic_id=statistic_id,
        source="recorder",
        unit_of_measurement="kWh",
        unit_class="energy",
        has_sum=True,
        mean_type=StatisticMeanType.NONE,
    )
    session.add(meta)
    session.flush()
    hours: list[dict[str, Any]] = [
        {"metadata_id": meta.id, "start_ts": start + HOUR_S * hour, "sum": wh / 1_000}
        for hour, wh in enumerate(counter_wh)
    ]
    hours[-1]["state"] = shown_wh / 1_000
    for hour in hours[:-1]:
        hour["state"] = None  # what the display showed a year ago matters to nobody
    session.execute(insert(Statistics), hours)
    last = {**hours[-1], "start_ts": hours[-1]["start_ts"] + HOUR_S - SLOT_S}
    session.execute(insert(StatisticsShortTerm), [last])


if __name__ == "__main__":
    setattr(zeroconf._core, "create_sockets", no_sockets)  # noqa: B010, SLF001  # no setting for it, and no public name
    wanted = argparse.ArgumentParser(add_help=False)
    wanted.add_argument("--config", type=Path, required=True)
    write_past(wanted.parse_known_args()[0].config)
    sys.exit(main())

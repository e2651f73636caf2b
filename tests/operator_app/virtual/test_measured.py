"""Real homes: each value at the same local hour, 364 * k days later, checked against rows of the file."""

import csv
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from caravels_operator.common.periods import day_periods
from caravels_operator.virtual.houses import House, build_houses
from caravels_operator.virtual.measured import DataError
from caravels_operator.virtual.scenario import load_scenario

HOME = "h03"
MEMBER = 3  # m04, whose load and PV are h03's


@pytest.fixture(scope="module")
def house(shared_dir: Path) -> House:
    return build_houses(load_scenario("paper"), shared_dir / "data")[MEMBER]


def _rows(shared_dir: Path, file: str, day: str) -> list[int]:
    """The 24 values of a day of the file [Wh]."""
    with (shared_dir / "data" / "fontana17" / file).open(newline="") as lines:
        return [round(float(row[HOME]) * 1_000) for row in csv.DictReader(lines) if row["start_pst"].startswith(day)]


# The source day was counted by hand: 3276 = 9 * 364, 3640 = 10 * 364 days before.
@pytest.mark.parametrize(
    ("day", "source", "hours"),
    [
        (date(2026, 1, 12), "2017-01-23", list(range(24))),
        (date(2026, 7, 6), "2017-07-17", list(range(24))),
        (date(2026, 3, 29), "2017-04-09", [0, *range(2, 24)]),
        (date(2026, 10, 25), "2016-11-06", [0, 1, 1, *range(2, 24)]),
    ],
)
def test_days_of_23_24_and_25_hours(shared_dir: Path, house: House, day: date, source: str, hours: list[int]) -> None:
    starts = day_periods(day, "Europe/Lisbon", 3_600)
    meter = house.meter(starts[0], starts[-1] + 3_600, 3_600)
    load, pv = _rows(shared_dir, "load_kwh.csv", source), _rows(shared_dir, "pv_kwh.csv", source)
    assert meter.starts.tolist() == list(starts)
    assert meter.consumption_wh.tolist() == [load[hour] for hour in hours]
    assert meter.generation_wh.tolist() == [pv[hour] for hour in hours]


def test_of_two_candidate_days_the_earlier(shared_dir: Path, house: House) -> None:
    """2016-08-01 and 2017-07-31 both fall on 2025-07-21; 2016-07-31 has one hour, so 2017-07-30 gives the others."""
    first = day_periods(date(2025, 7, 21), "Europe/Lisbon", 3_600)
    assert house.meter(first[0], first[-1] + 3_600, 3_600).consumption_wh.tolist() == _rows(
        shared_dir, "load_kwh.csv", "2016-08-01"
    )
    before = day_periods(date(2025, 7, 20), "Europe/Lisbon", 3_600)
    rows = _rows(shared_dir, "load_kwh.csv", "2017-07-30")[:23] + _rows(shared_dir, "load_kwh.csv", "2016-07-31")
    assert house.meter(before[0], before[-1] + 3_600, 3_600).consumption_wh.tolist() == rows


def test_which_members_are_real(shared_dir: Path) -> None:
    houses = build_houses(load_scenario("paper"), shared_dir / "data")
    real = {
        house.member.id: (house.load_source, house.pv_source)
        for house in houses
        if house.load_source.startswith("measured")
    }
    assert real == {
        "m03": ("measured fontana17 h01", "none"),
        "m04": ("measured fontana17 h03", "measured fontana17 h03"),
        "m05": ("measured fontana17 h05", "none"),
        "m06": ("measured fontana17 h09", "measured fontana17 h09"),
        "m07": ("measured fontana17 h10", "measured fontana17 h10"),
    }


def test_without_the_data_all_are_simulated_and_say_so(tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        houses = build_houses(load_scenario("paper"), folder)
        assert houses[MEMBER].load_source == "simulated home (fontana17 is not here)"
        assert houses[MEMBER].pv_source == "simulated (fontana17 is not here)"
        assert houses[0].load_source == "simulated office"


@pytest.fixture
def own_data(tmp_path: Path) -> Path:
    """A folder of the user's own: 364 days of 1,234 Wh an hour, and a home whose PV is faulty."""
    hours = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(364 * 24)]
    for file in ("load_kwh.csv", "pv_kwh.csv"):
        lines = ["start,h01,h03", *(f"{hour:%Y-%m-%d %H:%M:%S},1.2342,0.5" for hour in hours)]
        (tmp_path / file).write_text("\n".join(lines) + "\n")
    (tmp_path / "meta.json").write_text(json.dumps({"exclude_pv": ["h03"]}))
    return tmp_path


def test_a_folder_of_the_users_own(own_data: Path) -> None:
    houses = build_houses(load_scenario("paper"), own_data)
    start = day_periods(date(2027, 2, 3), "Europe/Lisbon", 900)[0]
    assert houses[2].meter(start, start + 7_200, 3_600).consumption_wh.tolist() == [1_234, 1_234]
    assert houses[2].meter(start, start + 3_600, 900).consumption_wh.tolist() == [308, 309, 308, 309]
    assert houses[3].load_source == "measured fontana17 h03"
    assert houses[3].pv_source == "simulated (fontana17 has no good series of h03)"
    assert houses[4].load_source == "simulated home (fontana17 has no good series of h05)"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2024-03-01 05:00:00,1.2342", "2024-03-01 05:00:00,-1", "negative"),
        ("2024-03-01 05:00:00,1.2342", "2024-03-01 05:00:00,nan", "infinite"),
        ("2024-03-01 05:00:00,1.2342", "2024-03-01 05:00:00,", "wrong row"),
        ("2024-03-01 05:00:00,1.2342,0.5\n", "", "does not cover 364 days"),
        ("2024-03-01 05:00:00,1.2342,0.5\n", "2024-03-01 05:00:00,1.2342\n", "missing"),
    ],
)
def test_measurements_that_cannot_be_used(own_data: Path, old: str, new: str, message: str) -> None:
    file = own_data / "load_kwh.csv"
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(DataError, match=message):
        build_houses(load_scenario("paper"), own_data)


def test_a_folder_without_its_description(own_data: Path) -> None:
    (own_data / "meta.json").unlink()
    with pytest.raises(DataError, match="cannot be read"):
        build_houses(load_scenario("paper"), own_data)

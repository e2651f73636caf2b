"""Forecasts of generation on measured plants, without any weather: fontana17, last 56 days."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from caravels_operator.common.forecasting.forecast import Horizon, Method, Reason
from caravels_operator.common.forecasting.generation.forecaster import GenerationForecaster
from caravels_operator.common.forecasting.series import Calendar, Floats, Series
from caravels_operator.common.forecasting.weather import Site
from caravels_operator.common.periods import DAY_S, HOUR_S

SITE, ZONE = Site(34.09, -117.44), Calendar("Etc/GMT+8")
START = int(datetime(2016, 8, 1, 8, tzinfo=UTC).timestamp())
TEST_DAYS = 56
HOUR_DAYS = 21


@pytest.fixture(scope="module")
def plants(shared_dir: Path) -> Floats:
    """What the plants that are not excluded generated, from midnight on [Wh], shape (plants, days, 24)."""
    folder = shared_dir / "data/fontana17"
    excluded = json.loads((folder / "meta.json").read_text("utf-8"))["exclude_pv"]
    with (folder / "pv_kwh.csv").open(encoding="utf-8") as file:
        names, _, *rows = csv.reader(file)
    table = np.array([[float(value) * 1_000.0 for value in row[1:]] for row in rows])
    kept = [index for index, name in enumerate(names[1:]) if name not in excluded]
    days = table.shape[0] // 24
    return np.asarray(table[: days * 24, kept].T.reshape(len(kept), days, 24), np.float64)


def day_ahead(days: Floats, site: Site | None) -> Floats:
    """The forecasts of the last days from the noon before, shape (56, 24)."""
    series, who = Series(START, days.ravel()), GenerationForecaster(site)
    found = [
        who.forecast(series, ZONE, Horizon.DAY_AHEAD, START + day * DAY_S - 12 * HOUR_S, START + day * DAY_S, 24)
        for day in range(days.shape[0] - TEST_DAYS, days.shape[0])
    ]
    assert {one.basis.method for one in found} <= {Method.SITE_MODEL, Method.MEAN_7_DAYS}
    assert all(Reason.NO_WEATHER in one.basis.reasons for one in found)
    return np.array([one.mean_wh for one in found])


def seven_days(days: Floats) -> Floats:
    """The mean of the last seven known values of each hour of the clock at noon, shape (56, 24)."""
    return np.array(
        [
            np.concatenate((days[day - 7 : day, :12].mean(axis=0), days[day - 8 : day - 1, 12:].mean(axis=0)))
            for day in range(days.shape[0] - TEST_DAYS, days.shape[0])
        ]
    )


@pytest.mark.parametrize("site", [SITE, None], ids=["place known", "place unknown"])
def test_without_weather_it_is_better_than_the_mean_of_seven_days(plants: Floats, site: Site | None) -> None:
    measured = plants[:, -TEST_DAYS:]
    found = np.array([day_ahead(days, site) for days in plants])
    mean = np.array([seven_days(days) for days in plants])
    assert np.abs(mean - measured).mean() / measured.mean() == pytest.approx(0.0989, abs=0.0005)
    assert np.abs(found - measured).mean() / measured.mean() < 0.094
    by_plant = np.abs(found - measured).mean(axis=(1, 2)) / np.abs(mean - measured).mean(axis=(1, 2))
    assert by_plant.max() < 1.03
    assert 0.95 < found.sum() / measured.sum() < 1.05


def by_hour(days: Floats) -> Floats:
    """The forecasts of the hours of the last days when they begin, and of the hours after, shape (hours, 2)."""
    series, who = Series(START, days.ravel()), GenerationForecaster(SITE)
    last = START + days.size * HOUR_S
    return np.array(
        [
            who.forecast(series, ZONE, Horizon.HOUR_AHEAD, now, now, 2).mean_wh
            for now in range(last - HOUR_DAYS * DAY_S, last, HOUR_S)
        ]
    )


def test_the_next_hour_is_better_than_the_day_before_and_than_the_last_hour(plants: Floats) -> None:
    """The last hour: as high above what the hour showed at most in four weeks as the hour before was."""
    some = plants[:4]
    measured = some[:, -HOUR_DAYS:].reshape(4, -1)
    found = np.array([by_hour(days) for days in some])
    day_before = np.array([day_ahead(days, SITE)[-HOUR_DAYS:].ravel() for days in some])
    first = some.shape[1] - HOUR_DAYS
    highest = np.stack([some[:, day - 28 : day].max(axis=1) for day in range(first, some.shape[1])], axis=1)
    highest = highest.reshape(4, -1)
    last = some.reshape(4, -1)[:, -measured.shape[1] - 1 : -1]
    persistence = np.minimum(last / np.maximum(np.roll(highest, 1, axis=1), 100.0), 1.0) * highest
    error, before, persisting = (
        np.abs(values - measured).mean() for values in (found[:, :, 0], day_before, persistence)
    )
    assert error < 0.95 * before
    assert error < 0.80 * persisting
    assert np.abs(found[:, :-1, 1] - measured[:, 1:]).mean() < before

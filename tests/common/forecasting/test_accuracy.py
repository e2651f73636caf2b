"""How good consumption forecasts are on real homes: trained on what lies before the test days, every figure a floor.

The bars are those of the reference of the project's forecasts; what is reached is in docs/methods/forecasting.md.
"""

from pathlib import Path

import numpy as np
import pytest

from caravels_operator.common.forecasting.consumption.forecaster import ConsumptionForecaster
from caravels_operator.common.forecasting.forecast import Forecast, Horizon, Target
from caravels_operator.common.forecasting.onnx import read_numpy
from caravels_operator.common.forecasting.series import Series
from caravels_operator.common.member.bundled import bundled_files
from caravels_operator.common.periods import HOUR_S
from caravels_operator.models.data_folder import DataFolder, read_data_folder

TEST_DAYS = 56
HOMES = ("h01", "h05", "h07", "h10", "h17")
"""For hour-ahead: a third of them, which takes as long as all of them day-ahead."""


@pytest.fixture(scope="module")
def folder(shared_dir: Path) -> DataFolder:
    data = shared_dir / "data/fontana17"
    if not data.is_dir():
        pytest.skip(f"no real homes: {data} is not there")
    return read_data_folder(data)


def forecasts(folder: DataFolder, series: Series, horizon: Horizon, issue_hour: int = 12) -> list[Forecast]:
    """Each forecast of the last whole days, from the bundled models: they were trained on what lies before."""
    models = {kind: read_numpy(data) for kind, data in bundled_files().items()}
    forecaster = ConsumptionForecaster(models, issue_hour)
    end = series.end - (series.end - 8 * HOUR_S) % (24 * HOUR_S)
    first = end - TEST_DAYS * 24 * HOUR_S
    hours = 24 if horizon is Horizon.DAY_AHEAD else 1
    lead = 24 - issue_hour if horizon is Horizon.DAY_AHEAD else 0
    return [
        forecaster.forecast(series, folder.calendar, horizon, start - lead * HOUR_S, start, hours)
        for start in range(first, end, hours * HOUR_S)
    ]


def scored(folder: DataFolder, series: dict[str, Series], horizon: Horizon) -> dict[str, np.ndarray]:
    """Measured, mean, and whether the band held, shape (homes, hours) each."""
    found: dict[str, list[np.ndarray]] = {"actual": [], "mean": [], "inside": []}
    for one in series.values():
        all_of_it = forecasts(folder, one, horizon)
        actual = one.between(all_of_it[0].first, all_of_it[-1].end)
        low, mean, high = (
            np.concatenate([getattr(forecast, name) for forecast in all_of_it])
            for name in ("p10_wh", "mean_wh", "p90_wh")
        )
        found["actual"].append(actual)
        found["mean"].append(mean)
        found["inside"].append((actual >= low) & (actual <= high))
    return {name: np.array(values) for name, values in found.items()}


@pytest.mark.long
def test_day_ahead(folder: DataFolder) -> None:
    found = scored(folder, dict(folder.series[Target.CONSUMPTION]), Horizon.DAY_AHEAD)
    actual, error = found["actual"], found["mean"] - found["actual"]
    assert actual.shape == (15, TEST_DAYS * 24)
    assert np.abs(error).mean() <= 632
    assert np.sqrt((error**2).mean(axis=1)).mean() / actual.mean() <= 0.610
    assert np.abs(error.sum(axis=0)).mean() / actual.sum(axis=0).mean() <= 0.170
    assert 0.90 <= found["mean"].sum() / actual.sum() <= 1.05
    coverage = found["inside"].mean(axis=1)
    assert 0.77 <= coverage.mean() <= 0.83
    assert coverage.min() >= 0.65
    assert coverage.max() <= 0.95


def test_day_ahead_of_some_homes(folder: DataFolder) -> None:
    some = {name: folder.series[Target.CONSUMPTION][name] for name in HOMES[:2]}
    found = scored(folder, some, Horizon.DAY_AHEAD)
    week_before = np.array([one.wh[-(TEST_DAYS + 7) * 24 - 23 :][: TEST_DAYS * 24] for one in some.values()])
    own, theirs = (np.abs(said - found["actual"]).mean() for said in (found["mean"], week_before))
    assert own <= 0.85 * theirs


@pytest.mark.long
def test_hour_ahead(folder: DataFolder) -> None:
    some = {name: folder.series[Target.CONSUMPTION][name] for name in HOMES}
    found = scored(folder, some, Horizon.HOUR_AHEAD)
    error = np.abs(found["mean"] - found["actual"])
    halves = []
    for one in some.values():
        wh = one.wh[: one.wh.size - 23]  # the last day of the file is not whole
        last, by_day = wh[-TEST_DAYS * 24 - 1 : -1], wh[1:].reshape(-1, 24)
        week = np.array([by_day[day - 7 : day].mean(axis=0) for day in range(len(by_day) - TEST_DAYS, len(by_day))])
        halves.append(np.abs((last + week.ravel()) / 2 - wh[-TEST_DAYS * 24 :]))
    assert error.mean() <= 0.95 * np.mean(halves)
    assert 0.77 <= found["inside"].mean() <= 0.83

"""The bench's own reckoning: whole days, figures of learnt baselines, and what is kept."""

from datetime import date

import numpy as np
import pytest

from bench._forecast_six import kept_bytes
from bench.forecast import _figures, whole_days
from caravels_operator.common.forecasting.forecast import Target
from caravels_operator.common.forecasting.series import Calendar, Floats, Series
from caravels_operator.common.periods import day_start
from caravels_operator.models.data_folder import DataFolder
from caravels_operator.models.evaluation import Evaluation
from caravels_operator.models.rolling_origin import HomeForecasts, Wanted

ZONE = "Etc/GMT+8"


def test_whole_days_begin_at_midnight_and_an_unfinished_one_is_left_out() -> None:
    start = day_start(date(2017, 5, 2), ZONE) - 3_600  # the last hour of Monday
    homes = {name: Series(start, np.linspace(late, late + 71_000, 72)) for name, late in (("a", 0), ("b", 500))}
    kwh, weekday = whole_days(DataFolder(Calendar(ZONE), None, {Target.CONSUMPTION: homes}))
    assert kwh.shape == (2, 2, 24)
    assert (kwh[0, 0, 0], kwh[1, 1, 23]) == (1.0, 48.5)
    assert weekday.tolist() == [1, 2]


def test_learnt_baselines_are_scored_like_the_others() -> None:
    def home(actual: Floats) -> HomeForecasts:
        zero = np.zeros(24)
        return HomeForecasts("a", actual, zero, zero, zero, {"last_week": zero, "mean_7_days": zero}, 500.0, 1.0, {})

    homes = home(np.full(24, 2_000.0)), home(np.full(24, 1_000.0))
    day, light = np.full(24, 7), np.ones(24, bool)
    evaluation = Evaluation(Wanted(), date(2017, 6, 5), date(2017, 6, 5), day, light, 1.0, homes, {})
    said = np.stack((np.full((1, 24), 1.5), np.full((1, 24), 1.25)))  # kWh: 500 Wh too little, 250 Wh too much
    learnt, community = _figures(evaluation, {"learnt": said})["learnt"]
    assert learnt.mae_wh == pytest.approx(375)
    assert learnt.mase == pytest.approx((1.0 + 0.5) / 2)
    assert learnt.energy_ratio == pytest.approx(2_750 / 3_000)
    assert community == pytest.approx(250 / 3_000)


def test_what_is_kept_is_counted_once_and_what_was_given_is_not() -> None:
    given, own = np.zeros(1_000), np.zeros(500)
    keeper = {"given": given, "own": own, "again": own, "part": own[:10]}
    assert 4_000 <= kept_bytes([keeper], [given]) < 4_000 + 2_000
    assert 12_000 <= kept_bytes([keeper]) < 12_000 + 2_000
    assert kept_bytes([own[:10]]) >= 4_000  # a part keeps the whole

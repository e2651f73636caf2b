"""Rolling origin: who is asked what, when, knowing what; and figures against sums that are done one by one."""

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from caravels_operator.common.forecasting.forecast import Basis, Forecast, Horizon, Method, Target
from caravels_operator.common.forecasting.series import Calendar, Floats, Series
from caravels_operator.common.forecasting.weather import Site, WeatherForecast
from caravels_operator.common.periods import HOUR_S, day_end, day_start
from caravels_operator.models import rolling_origin
from caravels_operator.models.data_folder import DataFolder
from caravels_operator.models.data_table import DataWrong
from caravels_operator.models.evaluation import Evaluation, evaluate
from caravels_operator.models.evaluation_report import OURS, result_line, rows_of, write_evaluation
from caravels_operator.models.rolling_origin import Wanted

LISBON, SYDNEY = "Europe/Lisbon", "Australia/Sydney"


@dataclass
class Asked:
    """What a forecaster was asked, and what it was given."""

    known_until: int
    horizon: Horizon
    issued_at: int
    first: int
    hours: int
    weather: tuple[int, ...] = ()


@dataclass
class Oracle:
    """Stands in for both forecasters: says 100 Wh, 150 in odd hours of the clock, and remembers what it was asked."""

    asked: list[Asked] = field(default_factory=list)

    def forecast(
        self,
        series: Series,
        calendar: Calendar,
        horizon: Horizon,
        issued_at: int,
        first: int,
        hours: int,
        weather: Sequence[WeatherForecast] = (),
    ) -> Forecast:
        said = tuple(each.issued_at for each in weather)
        self.asked.append(Asked(series.end, horizon, issued_at, first, hours, said))
        mean: Floats = np.where(calendar.hours(first, hours).hour % 2, 150.0, 100.0)
        basis = Basis(Method.MEAN_7_DAYS)
        return Forecast(Target.CONSUMPTION, horizon, issued_at, first, mean, mean - 60, mean, mean + 60, basis)


@pytest.fixture
def oracle(monkeypatch: pytest.MonkeyPatch) -> Oracle:
    one = Oracle()
    monkeypatch.setattr(rolling_origin, "ConsumptionForecaster", lambda _models, _hour: one)
    monkeypatch.setattr(rolling_origin, "GenerationForecaster", lambda _site, _hour: one)
    return one


def series(first: date, last: date, zone: str, seed: int) -> Series:
    start, end = day_start(first, zone), day_end(last, zone)
    wh = np.random.default_rng(seed).integers(0, 400, (end - start) // HOUR_S).astype(float)
    return Series(start, wh)


def folder_of(zone: str, first: date, last: date, homes: int = 2, target: Target = Target.CONSUMPTION) -> DataFolder:
    of = {f"h{n}": series(first, last, zone, n) for n in range(homes)}
    return DataFolder(Calendar(zone), Site(38.72, -9.14), {target: of}, {"h0": 500.0})


def clock(instant: int, zone: str) -> str:
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).strftime("%m-%d %H:%M")


@pytest.mark.parametrize(
    ("zone", "last", "lengths"),
    [(LISBON, date(2025, 3, 31), [24, 23, 24]), (LISBON, date(2025, 10, 27), [24, 25, 24]),
     (SYDNEY, date(2025, 4, 7), [24, 25, 24]), (SYDNEY, date(2025, 10, 6), [24, 23, 24])],
)  # fmt: skip
def test_each_day_is_asked_for_at_the_hour_of_the_day_before(
    oracle: Oracle, zone: str, last: date, lengths: list[int]
) -> None:
    folder = folder_of(zone, last - timedelta(days=40), last, 1)
    found = evaluate(folder, Wanted(test_days=3, issue_hour=12), ())
    assert [one.hours for one in oracle.asked] == lengths
    days = [last - timedelta(days=2 - n) for n in range(3)]
    assert [clock(one.first, zone) for one in oracle.asked] == [f"{day:%m-%d} 00:00" for day in days]
    assert [clock(one.issued_at, zone) for one in oracle.asked] == [
        f"{day - timedelta(days=1):%m-%d} 12:00" for day in days
    ]
    assert all(one.known_until == one.issued_at for one in oracle.asked)
    assert found.homes[0].actual.size == sum(lengths)
    assert (found.first, found.last) == (days[0], days[2])


def test_hour_24_is_the_midnight_that_begins_the_day(oracle: Oracle) -> None:
    folder = folder_of(LISBON, date(2025, 9, 1), date(2025, 10, 27), 1)
    evaluate(folder, Wanted(test_days=3, issue_hour=24), ())
    assert all(one.issued_at == one.first == one.known_until for one in oracle.asked)


def test_each_hour_is_asked_for_at_its_start(oracle: Oracle) -> None:
    folder = folder_of(LISBON, date(2025, 9, 1), date(2025, 10, 26), 1)
    found = evaluate(folder, Wanted(horizon=Horizon.HOUR_AHEAD, test_days=2), ())
    starts = [day_start(date(2025, 10, 25), LISBON) + HOUR_S * n for n in range(49)]
    assert [one.first for one in oracle.asked] == starts
    assert all(one.issued_at == one.first == one.known_until and one.hours == 1 for one in oracle.asked)
    assert found.homes[0].naive["last_hour"][1:].tolist() == found.homes[0].actual[:-1].tolist()


def test_only_weather_that_was_issued_by_then_is_known(oracle: Oracle) -> None:
    first, last = date(2025, 6, 1), date(2025, 6, 30)
    folder = folder_of(LISBON, first, last, 1, Target.GENERATION)
    noon = day_start(date(2025, 6, 29), LISBON) + 12 * HOUR_S
    said = [WeatherForecast(noon + late, noon, *(np.ones(1),) * 3) for late in (-HOUR_S, 0, 1)]
    folder = DataFolder(folder.calendar, folder.site, folder.series, weather={"": tuple(said)})
    evaluate(folder, Wanted(Target.GENERATION, test_days=1), ())
    assert [one.weather for one in oracle.asked] == [(noon - HOUR_S, noon)]


def test_figures_of_homes_of_all_and_of_their_sum(oracle: Oracle) -> None:
    folder = folder_of("Etc/GMT+8", date(2025, 5, 1), date(2025, 6, 30))
    folder.series[Target.CONSUMPTION]["h1"].wh[-10:-5] = np.nan
    evaluation = evaluate(folder, Wanted(test_days=2), ())
    rows = {(row.scope, row.method): row for row in rows_of(evaluation)}

    pairs: dict[str, list[tuple[float, float]]] = {}
    scales = {}
    for home, one in folder.series[Target.CONSUMPTION].items():
        actual = one.wh[-48:].tolist()
        said = [100.0 + 50.0 * (hour % 2) for hour in range(48)]
        pairs[home] = [(y, f) for y, f in zip(actual, said, strict=True) if not math.isnan(y)]
        past = one.wh[:-48].tolist()
        scales[home] = sum(abs(past[t] - past[t - 24]) for t in range(24, len(past))) / (len(past) - 24)
    maes = {home: sum(abs(f - y) for y, f in each) / len(each) for home, each in pairs.items()}
    rmses = {home: math.sqrt(sum((f - y) ** 2 for y, f in each) / len(each)) for home, each in pairs.items()}
    both = pairs["h0"] + pairs["h1"]
    mean = sum(y for y, _ in both) / len(both)
    for home, each in pairs.items():
        assert rows[home, OURS].metrics.mae_wh == pytest.approx(maes[home])
        assert rows[home, OURS].metrics.mase == pytest.approx(maes[home] / scales[home])
        assert rows[home, OURS].cover80 == pytest.approx(sum(f - 60 <= y <= f + 60 for y, f in each) / len(each))
    pooled = rows["pooled", OURS].metrics
    assert (pooled.hours, len(both)) == (91, 91)
    assert pooled.mae_wh == pytest.approx(sum(abs(f - y) for y, f in both) / 91)
    assert pooled.nmae == pytest.approx(pooled.mae_wh / mean)
    assert pooled.nrmse == pytest.approx((rmses["h0"] + rmses["h1"]) / 2 / mean)
    assert pooled.energy_ratio == pytest.approx(sum(f for _, f in both) / sum(y for y, _ in both))

    off = measured = 0.0
    for hour in range(48):
        known = [one.wh[-48:][hour] for one in folder.series[Target.CONSUMPTION].values()]
        known = [y for y in known if not math.isnan(y)]
        off += abs(len(known) * (100.0 + 50.0 * (hour % 2)) - sum(known))
        measured += sum(known)
    assert rows["community", OURS].metrics.nmae == pytest.approx(off / measured)

    week = rows["pooled", "last_week"]
    assert rows["pooled", OURS].skill_last_week == pytest.approx(1 - pooled.mae_wh / week.metrics.mae_wh)
    assert week.skill_of_caravels == pytest.approx(rows["pooled", OURS].skill_last_week)
    h0 = folder.series[Target.CONSUMPTION]["h0"].wh
    assert rows["h0", "last_week"].metrics.mae_wh == pytest.approx(np.abs(h0[-48:] - h0[-216:-168]).mean())


def test_errors_of_generation_are_told_in_parts_of_what_the_plant_can_do(oracle: Oracle) -> None:
    folder = folder_of(LISBON, date(2025, 5, 1), date(2025, 6, 30), target=Target.GENERATION)
    evaluation = evaluate(folder, Wanted(Target.GENERATION, test_days=2), ())
    rows = {(row.scope, row.method): row for row in rows_of(evaluation)}
    most = np.nanmax(folder.series[Target.GENERATION]["h1"].wh)
    assert rows["h0", OURS].mae_capacity == pytest.approx(rows["h0", OURS].metrics.mae_wh / 500)
    assert rows["h1", OURS].mae_capacity == pytest.approx(rows["h1", OURS].metrics.mae_wh / most)
    home = evaluation.homes[0]
    light = evaluation.daylight
    assert light.sum() == 2 * 15  # midsummer in Lisbon: the sun's middle is up from 06:17 to 20:59
    assert rows["h0", OURS].mae_capacity_daylight == pytest.approx(np.abs(home.mean - home.actual)[light].mean() / 500)
    assert "mean_30_days" in {method for _, method in rows}


def test_homes_with_too_little_are_named_and_left_out(oracle: Oracle) -> None:
    folder = folder_of(LISBON, date(2025, 5, 1), date(2025, 6, 30), 4)
    homes = folder.series[Target.CONSUMPTION]
    homes["h1"].wh[: -24 * 10] = np.nan
    homes["h2"].wh[-24 * 5 :] = np.nan
    found = evaluate(folder, Wanted(test_days=5), ())
    assert [home.home for home in found.homes] == ["h0", "h3"]
    assert found.left_out == {
        "h1": "120 hours are known before the test days, 336 are needed",
        "h2": "0 hours are known in the test days, 24 are needed",
    }


def test_a_last_day_that_is_not_over_is_no_test_day(oracle: Oracle) -> None:
    folder = folder_of(LISBON, date(2025, 5, 1), date(2025, 6, 30), 1)
    folder.series[Target.CONSUMPTION]["h0"].wh[-1] = np.nan
    assert evaluate(folder, Wanted(test_days=5), ()).last == date(2025, 6, 29)


def test_what_cannot_be_evaluated_is_refused_in_a_sentence(oracle: Oracle) -> None:
    folder = folder_of(LISBON, date(2025, 6, 1), date(2025, 6, 30), 1)
    with pytest.raises(DataWrong, match=r"covers 30 days: too few for 17 test days and two weeks before"):
        evaluate(folder, Wanted(test_days=17), ())
    with pytest.raises(DataWrong, match=r"load_kwh\.csv has no home x, y"):
        evaluate(folder, Wanted(test_days=1, homes=("h0", "x", "y")), ())
    with pytest.raises(DataWrong, match=r"There is no pv_kwh\.csv"):
        evaluate(folder, Wanted(Target.GENERATION), ())
    folder.series[Target.CONSUMPTION]["h0"].wh[:] = np.nan
    with pytest.raises(DataWrong, match="holds no known value"):
        evaluate(folder, Wanted(), ())


def test_files_hold_every_figure_and_nothing_that_is_no_json(oracle: Oracle, tmp_path: Path) -> None:
    folder = folder_of(LISBON, date(2025, 5, 1), date(2025, 6, 30))
    evaluation = evaluate(folder, Wanted(test_days=2, homes=("h1",)), ())
    rows = rows_of(evaluation)
    table, document = write_evaluation(evaluation, rows, tmp_path / "out")
    with table.open(newline="") as file:
        written = list(csv.DictReader(file))
    content = json.loads(document.read_text())
    assert len(written) == len(content["rows"]) == 3 * 6  # h1, pooled, community; caravels and five naive methods
    assert content["homes"] == ["h1"]
    assert content["hours_by_method"] == {"h1": {"mean_7_days": 48}}
    assert float(written[0]["mae"]) == pytest.approx(rows[0].metrics.mae_wh / 1000, abs=1e-6)
    assert list(content["result"]) == [
        "mae", "nmae", "nrmse", "mase", "energy_ratio", "community_nmae", "cover80", "skill_last_week", "skill_mean7",
    ]  # fmt: skip
    assert content["result"] == result_line(rows)


@pytest.mark.parametrize("target", [Target.CONSUMPTION, Target.GENERATION])
@pytest.mark.parametrize("horizon", list(Horizon))
def test_what_came_after_the_issue_changes_nothing(target: Target, horizon: Horizon) -> None:
    def forecasts(folder: DataFolder) -> Evaluation:
        return evaluate(folder, Wanted(target, horizon, test_days=1), ())

    folder = folder_of(LISBON, date(2025, 5, 1), date(2025, 6, 30), 1, target)
    before = forecasts(folder).homes[0]
    changed = 24 if horizon is Horizon.DAY_AHEAD else 1
    folder.series[target]["h0"].wh[-changed:] += 5_000.0
    after = forecasts(folder).homes[0]
    assert before.mean.tolist() == after.mean.tolist()
    assert before.low.tolist() == after.low.tolist()
    assert {name: wh.tolist() for name, wh in before.naive.items()} == {
        name: wh.tolist() for name, wh in after.naive.items()
    }


def test_homes_are_the_same_in_a_pool_of_processes() -> None:
    folder = folder_of(LISBON, date(2025, 6, 1), date(2025, 6, 30), 4)
    done: list[str] = []
    found = evaluate(folder, Wanted(test_days=2), (), done.append)
    alone = evaluate(folder, Wanted(test_days=2, homes=("h3",)), ())
    assert done == ["h0", "h1", "h2", "h3"]
    assert found.homes[3].mean.tolist() == alone.homes[0].mean.tolist()

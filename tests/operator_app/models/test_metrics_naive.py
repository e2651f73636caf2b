"""The naive methods: the reference's table to the third decimal, and small cases hour by hour."""

from datetime import date, timedelta

import numpy as np
import pytest

from caravels_operator.common.forecasting.forecast import Horizon, Target
from caravels_operator.common.forecasting.generation.sun import hours_of_sun
from caravels_operator.common.forecasting.series import Calendar, Floats, Series
from caravels_operator.common.forecasting.weather import Site
from caravels_operator.common.periods import HOUR_S, day_end, day_start, local_instant
from caravels_operator.models.data_folder import read_data_folder
from caravels_operator.models.metrics import Metrics, daily_scale, metrics_of, together
from caravels_operator.models.naive import asked, naive_forecasts
from caravels_operator.virtual.measured import shared_data_folder

LISBON = Calendar("Europe/Lisbon")
REFERENCE = {  # MAE, nMAE, nRMSE, MASE, day energy, community: reference forecasting, section 2
    "last_day": (".771", ".528", ".773", "1.29", ".217", ".189"),
    "last_week": (".813", ".556", ".806", "1.38", ".292", ".250"),
    "same_weekdays_4": (".701", ".480", ".676", "1.18", ".255", ".218"),
    "mean_7_days": (".658", ".450", ".625", "1.11", ".217", ".186"),
    "mean_28_days": (".653", ".447", ".624", "1.10", ".233", ".196"),
}


def hours(first: date, last: date, zone: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(day_start(first, zone), day_end(last, zone), HOUR_S, dtype=np.int64)


def fontana(horizon: Horizon) -> dict[str, tuple[Metrics, float]]:
    """Each naive method's figures over the last 56 days, and the community's nMAE."""
    shared = shared_data_folder()
    if shared is None:
        pytest.skip("the shared data set fontana17 is not there")
    folder = read_data_folder(shared / "fontana17")
    zone, homes = folder.calendar.zone, folder.series[Target.CONSUMPTION]
    starts = hours(date(2017, 6, 5), date(2017, 7, 30), zone)
    days = folder.calendar.hours(int(starts[0]), starts.size).day
    noons = [local_instant(date.fromordinal(day) - timedelta(days=1), 720, zone) for day in days.tolist()]
    wanted = asked(folder.calendar, starts, np.array(noons) if horizon is Horizon.DAY_AHEAD else starts)
    said = [
        naive_forecasts(home, folder.calendar, wanted, Target.CONSUMPTION, horizon, None) for home in homes.values()
    ]
    first, end = int(starts[0]), int(starts[-1]) + HOUR_S
    actual = np.array([home.between(first, end) for home in homes.values()])
    scale = np.array([daily_scale(home, first) for home in homes.values()])
    found = {}
    for name in said[0]:
        forecast = np.array([each[name] for each in said])
        community = metrics_of(*together(actual, forecast), np.ones(1), days)
        found[name] = metrics_of(actual, forecast, scale, days), community.nmae
    return found


def test_the_reference_table_comes_out_to_its_last_decimal() -> None:
    found = fontana(Horizon.DAY_AHEAD)
    table = {}
    for name in REFERENCE:
        of, community = found[name]
        shown = [f"{each:.3f}" for each in (of.mae_wh / 1000, of.nmae, of.nrmse, of.day_nmae, community)]
        shown.insert(3, f"{of.mase:.2f}")
        table[name] = tuple(each.removeprefix("0") for each in shown)
    assert table == REFERENCE
    assert f"{found['last_day'][0].mean_wh / 1000:.3f}" == "1.461"


def test_hour_ahead_the_reference_comes_out_too() -> None:
    found = fontana(Horizon.HOUR_AHEAD)
    shown = {name: f"{of.mae_wh / 1000:.3f}" for name, (of, _) in found.items()}
    assert (shown["last_hour"], shown["half_last_hour_half_7_days"]) == ("0.624", "0.558")


def history(first: date, days: int, zone: str, seed: int = 1) -> Series:
    start, end = day_start(first, zone), day_end(first + timedelta(days=days - 1), zone)
    wh = np.random.default_rng(seed).integers(0, 1000, (end - start) // HOUR_S).astype(float)
    return Series(start, wh)


@pytest.mark.parametrize("zone", ["Etc/GMT-2", "Asia/Kolkata"])
@pytest.mark.parametrize("issue_hour", [0, 12, 23])
def test_means_take_the_last_known_values_of_the_clocks_hour(zone: str, issue_hour: int) -> None:
    calendar, day = Calendar(zone), date(2025, 5, 20)
    series = history(date(2025, 4, 1), 60, zone)
    series.wh[np.random.default_rng(2).random(series.wh.size) < 0.3] = np.nan
    starts = hours(day, day, zone)
    issue = local_instant(day - timedelta(days=1), issue_hour * 60, zone)
    found = naive_forecasts(
        series,
        calendar,
        asked(calendar, starts, np.full(24, issue)),
        Target.CONSUMPTION,
        Horizon.DAY_AHEAD,
        None,
    )
    for hour in range(24):
        of_hour = series.until(issue).wh[hour::24]
        latest = of_hour[np.isfinite(of_hour)][::-1]
        assert found["last_day"][hour] == pytest.approx(latest[0])
        assert found["mean_7_days"][hour] == pytest.approx(latest[:7].mean())
        assert found["mean_28_days"][hour] == pytest.approx(latest[:28].mean())
        weeks = of_hour[((starts[0] - series.first) // HOUR_S // 24) % 7 :: 7]
        assert found["last_week"][hour] == pytest.approx(weeks[np.isfinite(weeks)][-1])
        assert found["same_weekdays_4"][hour] == pytest.approx(weeks[np.isfinite(weeks)][-4:].mean())


def test_a_day_on_which_clocks_change_has_its_own_hours() -> None:
    # Lisbon: 01:00 comes twice on 26 October 2025 and is skipped on 30 March.
    series = history(date(2025, 9, 1), 70, "Europe/Lisbon")
    starts = hours(date(2025, 10, 27), date(2025, 10, 27), "Europe/Lisbon")
    wanted = asked(LISBON, starts, np.full(24, starts[0]))
    twice = series.between(day_start(date(2025, 10, 26), "Europe/Lisbon"), int(starts[0]))
    found = naive_forecasts(series, LISBON, wanted, Target.CONSUMPTION, Horizon.DAY_AHEAD, None)["last_day"]
    assert found.tolist() == [twice[0], (twice[1] + twice[2]) / 2, *twice[3:]]

    series = history(date(2025, 2, 1), 70, "Europe/Lisbon")
    starts = hours(date(2025, 3, 31), date(2025, 3, 31), "Europe/Lisbon")
    skipped = series.between(day_start(date(2025, 3, 29), "Europe/Lisbon"), int(starts[0]))
    found = naive_forecasts(
        series,
        LISBON,
        asked(LISBON, starts, np.full(24, starts[0])),
        Target.CONSUMPTION,
        Horizon.DAY_AHEAD,
        None,
    )["last_day"]
    assert found.tolist() == [skipped[24], skipped[1], *skipped[25:]]  # at 01:00 the day before that had one


def test_a_clear_sky_is_kept_for_the_next_hour_and_the_night_is_nothing() -> None:
    site, zone = Site(38.72, -9.14), "Etc/UTC"
    starts = hours(date(2025, 6, 20), date(2025, 6, 20), zone)
    before = history(date(2025, 5, 1), 50, zone)
    clear = hours_of_sun(site, int(starts[0]) - HOUR_S, 25).clear_w_m2
    today: Floats = 3.0 * clear[1:]
    series = Series(before.first, np.concatenate((before.wh, today)))
    found = naive_forecasts(
        series,
        Calendar(zone),
        asked(Calendar(zone), starts, starts),
        Target.GENERATION,
        Horizon.HOUR_AHEAD,
        site,
    )
    high = clear[:-1] > 50
    np.testing.assert_allclose(found["clear_sky_persistence"][high], today[high])
    assert (found["clear_sky_persistence"][clear[1:] == 0] == 0).all()
    assert high.sum() >= 12
    assert found["last_hour"][1:].tolist() == today[:-1].tolist()
    assert "mean_30_days" in found


def test_where_nothing_was_known_nothing_is_said_to_come() -> None:
    starts = hours(date(2025, 6, 20), date(2025, 6, 20), "Europe/Lisbon")
    wanted = asked(LISBON, starts, starts)
    nothing = Series(int(starts[0]), np.full(24, np.nan))
    found = naive_forecasts(nothing, LISBON, wanted, Target.CONSUMPTION, Horizon.HOUR_AHEAD, None)
    assert all((wh == 0).all() and wh.size == 24 for wh in found.values())

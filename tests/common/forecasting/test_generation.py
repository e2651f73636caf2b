"""Forecasts of generation: what always holds, what is known when, whom the judge believes, and what breaks."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caravels_operator.common.forecasting.forecast import Forecast, Horizon, Method, Reason, Target
from caravels_operator.common.forecasting.generation.forecaster import GenerationForecaster
from caravels_operator.common.forecasting.generation.sun import hours_of_sun
from caravels_operator.common.forecasting.series import Calendar, Floats, Series
from caravels_operator.common.forecasting.weather import Site, SolarForecast, WeatherForecast
from caravels_operator.common.periods import DAY_S, HOUR_S

from .plants import MARCH, SITE, ZONE, Plant, plant

DAY_AHEAD, HOUR_AHEAD = Horizon.DAY_AHEAD, Horizon.HOUR_AHEAD


def noon_before(day: int) -> int:
    return MARCH + (day - 1) * DAY_S + 12 * HOUR_S


def ahead(
    made: Plant,
    day: int,
    forecaster: GenerationForecaster | None = None,
    *,
    weather: tuple[WeatherForecast, ...] | None = None,
    solar: tuple[SolarForecast, ...] = (),
    hours: int = 24,
) -> Forecast:
    """The forecast of a day, from the noon before."""
    who = forecaster or GenerationForecaster(SITE)
    said = made.weather if weather is None else weather
    return who.forecast(made.series, ZONE, DAY_AHEAD, noon_before(day), MARCH + day * DAY_S, hours, said, solar)


def holds(found: Forecast, hours: int) -> None:
    """What is true of any forecast."""
    assert found.target is Target.GENERATION
    for values in (found.mean_wh, found.p10_wh, found.p50_wh, found.p90_wh):
        assert values.shape == (hours,)
        assert np.isfinite(values).all()
        assert (values >= 0.0).all()
    assert (found.p10_wh <= found.p50_wh).all()
    assert (found.p50_wh <= found.p90_wh).all()


def alike(one: Forecast, other: Forecast) -> None:
    """Two forecasts say the same, up to the last bits."""
    for name in ("mean_wh", "p10_wh", "p50_wh", "p90_wh"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-6, atol=0.01)
    assert (one.basis.method, one.basis.source, one.basis.reasons) == (
        other.basis.method, other.basis.source, other.basis.reasons,
    )  # fmt: skip


def over_days(made: Plant, first: int, last: int, **others: object) -> tuple[Floats, Floats, list[Forecast]]:
    """What was forecast and what came, by day, from one forecaster."""
    who = GenerationForecaster(SITE)
    found = [ahead(made, day, who, **others) for day in range(first, last)]  # type: ignore[arg-type]
    return np.array([one.mean_wh for one in found]), made.days[first:last], found


# What always holds

SERIES = st.lists(
    st.one_of(st.floats(0, 5_000), st.sampled_from([0.0, -50.0, np.nan, np.inf, 1e300, 3.7])), min_size=0, max_size=60
)


@settings(max_examples=60)
@given(
    start=SERIES,
    days=st.integers(0, 45),
    wh=st.floats(0, 1e6),
    site=st.sampled_from([None, SITE, Site(78.0, 15.0), Site(-35.0, 149.0), Site(0.0, 180.0)]),
    zone=st.sampled_from(["Europe/Lisbon", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Chatham"]),
    horizon=st.sampled_from(list(Horizon)),
    issue_hour=st.integers(0, 24),
    ahead_hours=st.integers(0, 60),
    hours=st.integers(0, 50),
    said=st.lists(st.floats(allow_nan=True, allow_infinity=False, width=32), min_size=30, max_size=30),
)
def test_there_are_always_as_many_values_as_were_asked_for(
    start: list[float], days: int, wh: float, site: Site | None, zone: str, horizon: Horizon, issue_hour: int,
    ahead_hours: int, hours: int, said: list[float],
) -> None:  # fmt: skip
    minute = {"Asia/Kolkata": 1_800, "Pacific/Chatham": 900}.get(zone, 0)
    first = MARCH + minute
    sun = np.maximum(np.sin((np.arange(24 * days) - 6) / 12 * np.pi), 0.0) * wh
    series = Series(first, np.concatenate((np.array(start, float), sun)))
    now = series.end
    weather = [WeatherForecast(now - k * DAY_S, now - k * DAY_S, *(np.array(said),) * 3) for k in range(0, days, 3)]
    solar = [SolarForecast("Solcast", now - k * DAY_S, now - k * DAY_S, np.array(said)) for k in range(0, days, 2)]
    found = GenerationForecaster(site, issue_hour).forecast(
        series, Calendar(zone), horizon, now, now + ahead_hours * HOUR_S, hours, weather, solar
    )
    holds(found, hours)
    assert (found.first, found.issued_at, found.horizon) == (now + ahead_hours * HOUR_S, now, horizon)


def test_an_issue_hour_is_an_hour_of_the_day() -> None:
    with pytest.raises(ValueError, match="25"):
        GenerationForecaster(SITE, 25)


def test_at_night_there_is_nothing_and_never_more_than_was_shown() -> None:
    made = plant(1, 80)
    _, _, found = over_days(made, 30, 80)
    sun = hours_of_sun(SITE, MARCH, 24 * 80).elevation.reshape(80, 24)
    for day, one in enumerate(found, 30):
        holds(one, 24)
        assert one.p90_wh[sun[day] < -2.5].max() == 0.0
        # The sun climbs from March to May: the cap grows with it, by less than a sixth in a week.
        assert one.p90_wh.max() <= 1.05 * 1.16 * np.nanmax(made.days[: day - 1])


def test_without_a_place_hours_that_never_showed_anything_are_night() -> None:
    made = plant(2, 60)
    found = GenerationForecaster(None).forecast(
        made.series, ZONE, DAY_AHEAD, noon_before(60), MARCH + 60 * DAY_S, 24, made.weather
    )
    never = made.days.max(axis=0) == 0.0
    assert never.sum() >= 8
    assert found.p90_wh[never].max() == 0.0
    assert found.mean_wh[10:14].min() > 100.0


def test_an_offset_at_night_is_not_forecast() -> None:
    made = plant(2, 60)
    humming = replace(made, series=Series(MARCH, made.series.wh + 6.0))
    sun = hours_of_sun(SITE, MARCH + 60 * DAY_S, 24).elevation
    assert ahead(humming, 60).mean_wh[sun < -2.5].max() == 0.0


def test_a_place_on_the_other_side_of_the_earth_is_not_believed() -> None:
    made = plant(3, 60)
    wrong = GenerationForecaster(Site(47.0, -165.0))
    alike(ahead(made, 60, wrong), ahead(made, 60, GenerationForecaster(None)))


# What is known when


def test_nothing_measured_or_said_later_is_looked_at() -> None:
    made = plant(4, 70)
    services = tuple(
        SolarForecast(
            "Solcast", MARCH + day * DAY_S + 8 * HOUR_S, MARCH + day * DAY_S, made.days[day : day + 2].ravel()
        )
        for day in range(69)
    )
    known = ahead(made, 60, solar=services)
    issued_at = noon_before(60)
    wh = made.series.wh.copy()
    wh[(issued_at - MARCH) // HOUR_S :] = 9_999.0
    weather = tuple(
        one if one.issued_at <= issued_at else replace(one, cloud_cover=one.cloud_cover * 0 + 100)
        for one in made.weather
    )
    later = tuple(one if one.issued_at <= issued_at else replace(one, wh=one.wh * 0 + 7_777.0) for one in services)
    changed = ahead(Plant(Series(MARCH, wh), weather), 60, solar=later)
    assert known.basis == changed.basis
    np.testing.assert_array_equal(known.mean_wh, changed.mean_wh)
    np.testing.assert_array_equal(known.p90_wh, changed.p90_wh)


def test_the_latest_forecast_of_the_weather_counts() -> None:
    made = plant(5, 60)
    issued_at = noon_before(60)
    day = np.full(48, np.nan)

    def corrected(cloud: float, at: int) -> Forecast:
        said = WeatherForecast(at, MARCH + 59 * DAY_S, np.full(48, cloud), day, day)
        return ahead(made, 60, weather=(said, *made.weather))

    clear, overcast = corrected(0.0, issued_at - 60), corrected(100.0, issued_at - 60)
    assert clear.mean_wh.sum() > 1.5 * overcast.mean_wh.sum()
    # One second after the issue, and one that an issue of the same morning overrides, change nothing.
    alike(corrected(100.0, issued_at + 1), ahead(made, 60))
    alike(corrected(100.0, issued_at - 7 * HOUR_S), ahead(made, 60))


@pytest.mark.parametrize("weather", [True, False])
def test_a_forecaster_that_has_lived_long_says_what_a_new_one_says(*, weather: bool) -> None:
    made = plant(6, 120)
    said = made.weather if weather else ()
    old = GenerationForecaster(SITE)
    for day in range(40, 100):
        found = ahead(made, day, old, weather=said)
        if day % 9 == 0:
            alike(found, ahead(made, day, weather=said))
    for hour in range(0, 30, 3):
        now = MARCH + 101 * DAY_S + hour * HOUR_S
        arguments = (made.series, ZONE, HOUR_AHEAD, now, now, 2, said)
        alike(old.forecast(*arguments), GenerationForecaster(SITE).forecast(*arguments))


def test_an_old_hour_that_is_corrected_is_noticed() -> None:
    made = plant(7, 80)
    old = GenerationForecaster(SITE)
    before = ahead(made, 70, old)
    wh = made.series.wh.copy()
    wh[45 * 24 : 55 * 24] *= 0.5
    corrected = replace(made, series=Series(MARCH, wh))
    after = ahead(corrected, 70, old)
    alike(after, ahead(corrected, 70))
    assert np.abs(after.mean_wh - before.mean_wh).max() > 1.0
    alike(ahead(made, 70, old), before)


# How good it is


def test_with_weather_it_clearly_beats_the_mean_and_knows_it() -> None:
    predicted, measured, found = over_days(plant(8, 110), 60, 110)
    blind, _, _ = over_days(plant(8, 110), 60, 110, weather=())
    assert np.abs(predicted - measured).mean() < 0.75 * np.abs(blind - measured).mean()
    skill = found[-1].basis.skill
    assert skill is not None
    assert skill.over_mean_7_days > 0.2
    assert skill.over_last_week > 0.3
    assert skill.days == 28
    assert found[-1].basis.method is Method.SITE_MODEL
    assert found[-1].basis.reasons == ()


def test_the_band_holds_what_it_says() -> None:
    inside = []
    for seed in (9, 10, 11):
        _, measured, found = over_days(plant(seed, 130), 70, 130)
        low, high = (np.array([getattr(one, name) for one in found]) for name in ("p10_wh", "p90_wh"))
        by_day = high > 0.0
        inside.append(((measured >= low) & (measured <= high))[by_day].mean())
    assert 0.72 <= np.mean(inside) <= 0.88


def service(made: Plant, error: float, *, days: int, seed: int = 0) -> tuple[SolarForecast, ...]:
    """A service that is off by a share of what comes, by day."""
    chance = np.random.default_rng(seed)
    return tuple(
        SolarForecast(
            "Forecast.Solar",
            MARCH + day * DAY_S + 7 * HOUR_S,
            MARCH + (day + 1) * DAY_S,
            made.days[day + 1] * np.exp(error * chance.standard_normal()),
        )
        for day in range(days - 1)
    )


def test_a_service_is_believed_when_it_is_better_and_only_then() -> None:
    made = plant(12, 90)
    good, bad = ahead(made, 80, solar=service(made, 0.05, days=90)), ahead(made, 80, solar=service(made, 1.2, days=90))
    assert (good.basis.method, good.basis.source) == (Method.WEATHER_SERVICE, "Forecast.Solar")
    assert Reason.NO_WEATHER not in good.basis.reasons
    assert np.abs(good.mean_wh - made.days[80]).mean() < np.abs(bad.mean_wh - made.days[80]).mean()
    assert bad.basis.method is Method.SITE_MODEL
    alike(bad, ahead(made, 80))


def test_a_service_must_have_spoken_of_a_week_first() -> None:
    made = plant(12, 90)
    said = service(made, 0.02, days=90)
    assert ahead(made, 80, solar=said[74:]).basis.method is Method.SITE_MODEL
    assert ahead(made, 80, solar=said[50:]).basis.method is Method.WEATHER_SERVICE


def test_a_service_is_all_there_is_on_the_first_day() -> None:
    made = plant(13, 3)
    said = service(made, 0.0, days=3)
    found = GenerationForecaster(SITE).forecast(
        Series(MARCH, np.zeros(0)), ZONE, DAY_AHEAD, noon_before(1), MARCH + DAY_S, 24, (), said
    )
    np.testing.assert_allclose(found.mean_wh, made.days[1], atol=0.01)
    assert found.basis.method is Method.WEATHER_SERVICE


def test_the_next_hour_beats_the_day_before_and_the_last_hour() -> None:
    made = plant(14, 110)
    who = GenerationForecaster(SITE)
    first = 95 * 24
    moved = np.array([_next(made, who, MARCH + hour * HOUR_S).mean_wh[0] for hour in range(first, 110 * 24)])
    day_ahead, measured, _ = over_days(made, 95, 110)
    measured = measured.ravel()
    clear = hours_of_sun(SITE, MARCH, 24 * 110).clear_w_m2
    ratio = np.where(clear[first - 1 : -1] > 20.0, clear[first:] / np.maximum(clear[first - 1 : -1], 20.0), 1.0)
    persistence = made.series.wh[first - 1 : -1] * np.minimum(ratio, 3.0)
    error = np.abs(moved - measured).mean()
    assert error < 0.90 * np.abs(day_ahead.ravel() - measured).mean()
    assert error < 0.90 * np.abs(persistence - measured).mean()


def _next(made: Plant, who: GenerationForecaster, now: int) -> Forecast:
    return who.forecast(made.series, ZONE, HOUR_AHEAD, now, now, 2, made.weather)


# What breaks


def test_a_home_without_a_plant_generates_nothing() -> None:
    never = GenerationForecaster(SITE).forecast(Series(MARCH, np.zeros(0)), ZONE, DAY_AHEAD, MARCH, MARCH, 24)
    zeros = GenerationForecaster(SITE).forecast(
        Series(MARCH, np.zeros(960)), ZONE, DAY_AHEAD, noon_before(40), MARCH, 3
    )
    assert (never.basis.method, never.basis.reasons) == (Method.NOTHING, (Reason.FEW_DAYS, Reason.STALE))
    assert (zeros.basis.method, zeros.basis.reasons) == (Method.NOTHING, ())
    assert never.mean_wh.tolist() == [0.0] * 24
    assert zeros.p90_wh.tolist() == [0.0] * 3


def test_the_first_days() -> None:
    made = plant(15, 40)
    young = {day: ahead(made, day) for day in (1, 2, 5, 13, 15, 16, 30)}
    assert young[1].basis.method is Method.MEAN_SO_FAR
    assert young[5].basis.method is Method.MEAN_7_DAYS
    assert {day for day, found in young.items() if Reason.FEW_DAYS in found.basis.reasons} == {1, 2, 5, 13}
    assert young[16].basis.method is Method.SITE_MODEL
    # Of the first morning alone: the afternoon has its share of the sun, the night nothing.
    assert young[1].mean_wh[14] > 0.5 * young[1].mean_wh[10] > 0.0
    assert young[1].mean_wh[:5].max() == 0.0


@pytest.mark.parametrize(("weather", "given"), [(True, False), (False, True)])
def test_it_says_that_no_weather_is_known(*, weather: bool, given: bool) -> None:
    made = plant(16, 50)
    found = ahead(made, 50, weather=made.weather if weather else ())
    assert (Reason.NO_WEATHER in found.basis.reasons) is given
    assert Reason.NO_WEATHER in ahead(made, 50, hours=72).basis.reasons  # the morning's forecast ends with day 50


def test_gaps_and_silence_are_said() -> None:
    made = plant(17, 60)
    wh = made.series.wh.copy()
    wh[40 * 24 : 44 * 24] = np.nan
    torn = ahead(replace(made, series=Series(MARCH, wh)), 60)
    assert torn.basis.reasons == (Reason.GAPS,)
    silent = ahead(replace(made, series=made.series.until(MARCH + 57 * DAY_S)), 60)
    assert Reason.STALE in silent.basis.reasons
    holds(silent, 24)
    assert np.abs(silent.mean_wh - made.days[59]).mean() < made.days.max()


@pytest.mark.parametrize("value", [0.0, 1_234.5])
def test_a_dead_sensor_is_said_and_not_learnt(value: float) -> None:
    made = plant(18, 60)
    wh = made.series.wh.copy()
    wh[55 * 24 : 60 * 24] = value
    dead = ahead(replace(made, series=Series(MARCH, wh)), 60)
    blank = wh.copy()
    blank[55 * 24 :] = np.nan
    assert Reason.DEAD_SENSOR in dead.basis.reasons
    expected = ahead(replace(made, series=Series(MARCH, blank)), 60).mean_wh
    np.testing.assert_allclose(dead.mean_wh, expected, rtol=0.05, atol=20.0)


def test_a_plant_that_is_off_for_two_weeks_is_believed() -> None:
    made = plant(18, 80)
    wh = made.series.wh.copy()
    wh[60 * 24 :] = 0.0
    off = ahead(replace(made, series=Series(MARCH, wh)), 78)
    assert Reason.DEAD_SENSOR not in off.basis.reasons
    assert off.mean_wh.sum() < 0.15 * made.days[50:60].sum(axis=1).mean()


@pytest.mark.parametrize("factor", [2.5, 0.4])
def test_a_plant_that_grew_or_shrank_is_followed_within_two_weeks(factor: float) -> None:
    made = plant(19, 90)
    wh = made.series.wh.copy()
    wh[60 * 24 :] *= factor
    changed = replace(made, series=Series(MARCH, wh))
    predicted, measured, _ = over_days(changed, 74, 88)
    assert predicted.sum() == pytest.approx(measured.sum(), rel=0.20)


def test_a_spike_of_a_meter_is_not_learnt() -> None:
    made = plant(20, 60)
    wh = made.series.wh.copy()
    wh[50 * 24 + 12] = 4e6
    spiked = ahead(replace(made, series=Series(MARCH, wh)), 60)
    clean = ahead(made, 60)
    assert np.abs(spiked.mean_wh - clean.mean_wh).max() < 0.1 * clean.mean_wh.max()


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Lisbon", datetime(2025, 3, 30, tzinfo=UTC), 23),
        ("Europe/Lisbon", datetime(2025, 10, 25, 23, tzinfo=UTC), 25),
    ],
)
def test_days_on_which_clocks_change(zone: str, day: datetime, hours: int) -> None:
    site, calendar = Site(38.7, -9.1), Calendar(zone)
    first = int(day.timestamp())
    start = first - 60 * DAY_S
    clear = hours_of_sun(site, start, 60 * 24 + hours)
    series = Series(start, clear.clear_w_m2[: 60 * 24] * 4.0)
    found = GenerationForecaster(site).forecast(series, calendar, DAY_AHEAD, first - 12 * HOUR_S, first, hours)
    holds(found, hours)
    np.testing.assert_allclose(found.mean_wh, clear.clear_w_m2[60 * 24 :] * 4.0, rtol=0.05, atol=60.0)


def test_beyond_the_polar_circle() -> None:
    site, calendar = Site(69.6, 18.9), Calendar("Europe/Oslo")
    start = int(datetime(2024, 9, 30, 22, tzinfo=UTC).timestamp())
    sun = hours_of_sun(site, start, 400 * 24).clear_w_m2 * 4.0
    who = GenerationForecaster(site)

    def day(number: int) -> Floats:
        first = start + number * DAY_S
        issued_at = first - 12 * HOUR_S
        return who.forecast(Series(start, sun), calendar, DAY_AHEAD, issued_at, first, 24).mean_wh

    assert day(80).max() == 0.0
    bright = day(250)
    assert bright.min() > 0.0
    np.testing.assert_allclose(bright, sun[250 * 24 :][:24], rtol=0.1, atol=100.0)
    returned = day(140)
    assert 0.5 < returned.sum() / sun[140 * 24 :][:24].sum() < 1.5


def test_a_week_ahead_and_the_rest_of_today() -> None:
    made = plant(21, 60)
    now = MARCH + 50 * DAY_S + 10 * HOUR_S
    found = GenerationForecaster(SITE).forecast(made.series, ZONE, DAY_AHEAD, now, now, 14 + 7 * 24, made.weather)
    holds(found, 14 + 7 * 24)
    days = found.mean_wh[14:].reshape(7, 24).sum(axis=1)
    assert days.min() > 0.3 * days.max()

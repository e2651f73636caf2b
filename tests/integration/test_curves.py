"""Forecasts as actions and the websocket tell them: every hour with its band, from now on, with what it rests on."""

from typing import Any

from homeassistant.core import HomeAssistant

from custom_components.caravels.common.forecasting.forecast import Horizon, Reason, Target
from custom_components.caravels.curves import forecast_document

from .agent_states import ZONE, at
from .made_forecasts import HOUR_S, little, made, rows_from, six


async def test_a_curve_has_its_band_and_what_it_rests_on(hass: HomeAssistant) -> None:
    await hass.config.async_set_time_zone(ZONE)
    told = forecast_document("Casa", rows_from(at(9), 1), [made(at(9), 50, begin_wh=1_000)], at(10), 1)
    assert told == {
        "home": "Casa",
        "rows": [
            {
                "start": "2026-07-07T09:00:00+01:00",
                "end": "2026-07-07T10:00:00+01:00",
                "net_kwh": -0.099,
                "net_wh": -99,
                "consumption_kwh": 0.001,
                "consumption_wh": 1,
                "generation_kwh": 0.1,
                "generation_wh": 100,
            }
        ],
        "forecasts": [
            {
                "target": "consumption",
                "horizon": "day_ahead",
                "issued_at": "2026-07-07T08:59:00+01:00",
                "method": "model",
                "source": "2026.11",
                "days": 93,
                "reasons": [],
                "skill": {
                    "over_last_week_percent": 18.5,
                    "over_mean_7_days_percent": -3.1,
                    "coverage_percent": 80.1,
                    "mean_error_kwh": 0.312,
                    "mean_error_wh": 312,
                    "days": 28,
                },
                "hours": [
                    {
                        "start": "2026-07-07T10:00:00+01:00",
                        "end": "2026-07-07T11:00:00+01:00",
                        "mean_kwh": 1.001,
                        "mean_wh": 1_001,
                        "p10_kwh": 0.991,
                        "p10_wh": 991,
                        "p50_kwh": 1.001,
                        "p50_wh": 1_001,
                        "p90_kwh": 1.021,
                        "p90_wh": 1_021,
                    }
                ],
            }
        ],
    }


def told_forecasts(*arguments: Any) -> list[dict[str, Any]]:
    """Return the forecasts of a document."""
    forecasts: Any = forecast_document("Casa", *arguments)["forecasts"]
    return list(forecasts)


def test_all_six_are_told_as_far_as_they_reach() -> None:
    told = told_forecasts([], six(at(9), 50), at(9), 24)
    hours = {(one["target"], one["horizon"]): len(one["hours"]) for one in told}
    assert hours == {
        (target, horizon): 24 if horizon is Horizon.DAY_AHEAD else 2 for target in Target for horizon in Horizon
    }
    late = told_forecasts([], six(at(9), 2), at(9) + 5 * HOUR_S, 24)
    assert [one["hours"] for one in late] == [[]] * 8


def test_what_is_not_known_is_none() -> None:
    (told,) = told_forecasts([], [made(at(9), 1, basis=little(Reason.STALE, Reason.GAPS))], at(9), 1)
    assert (told["source"], told["skill"], told["reasons"]) == (None, None, ["stale", "gaps"])
    assert forecast_document("Casa", [], [], at(9), 1) == {"home": "Casa", "rows": [], "forecasts": []}

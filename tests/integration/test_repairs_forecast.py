"""When forecasts rest on too little people are told what to do, not on the first day, and only as long as it is so."""

from datetime import timedelta

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.caravels.common.forecasting.forecast import Basis, Horizon, Reason, Target
from custom_components.caravels.const import DOMAIN
from custom_components.caravels.repairs import FORECAST_ISSUES, update_forecast_issues, watch_meters
from custom_components.caravels.views import ForecastView, forecast_view

from .agent_states import ZONE, at
from .conftest import METERS
from .made_forecasts import GOOD_BASIS, little, made

WITH_GENERATION = {**METERS, "generation": [{"id": "sensor.roof", "share": 1_000}]}
GRID = "sensor.grid_import, sensor.grid_export"


@pytest.fixture
def entry(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> MockConfigEntry:
    """A home of two days ago."""
    entry = MockConfigEntry(domain=DOMAIN, title="Vizinhos", data={"journal": "0", "meters": WITH_GENERATION})
    entry.add_to_hass(hass)
    freezer.tick(timedelta(days=2))
    return entry


def seen(use: Basis = GOOD_BASIS, roof: Basis = GOOD_BASIS) -> ForecastView:
    forecasts = [made(at(9), 50, Target.CONSUMPTION, basis=use), made(at(9), 50, Target.GENERATION, basis=roof)]
    return forecast_view([], forecasts, [], ZONE, at(9))


def shown(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    return {str(issue.translation_key): issue for issue in ir.async_get(hass).issues.values() if issue.active}


@pytest.mark.parametrize(("reason", "key"), FORECAST_ISSUES.items())
async def test_each_reason_comes_with_its_meters_and_goes_by_itself(
    hass: HomeAssistant, entry: MockConfigEntry, reason: Reason, key: str
) -> None:
    update_forecast_issues(hass, entry, seen())
    assert shown(hass) == {}
    for _ in range(2):
        update_forecast_issues(hass, entry, seen(use=little(reason, days=5)))
        assert shown(hass).keys() == {key}
    issue = shown(hass)[key]
    assert (issue.severity, issue.is_fixable) == (ir.IssueSeverity.WARNING, False)
    assert issue.translation_placeholders == {"home": "Vizinhos", "meters": GRID, "days": "5"}
    for language in ("en", "pt"):
        texts = await async_get_translations(hass, language, "issues", {DOMAIN})
        text = texts[f"component.{DOMAIN}.issues.{key}.description"].format(**issue.translation_placeholders)
        assert GRID in text
        assert texts[f"component.{DOMAIN}.issues.{key}.title"].format(**issue.translation_placeholders)
    update_forecast_issues(hass, entry, seen())
    assert shown(hass) == {}


async def test_the_meters_of_both_quantities_are_named_and_the_fewest_days(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    few = Reason.FEW_DAYS
    update_forecast_issues(hass, entry, seen(roof=little(few, days=9)))
    assert shown(hass)["forecast_few_days"].translation_placeholders == {
        "home": "Vizinhos",
        "meters": "sensor.roof",
        "days": "9",
    }
    update_forecast_issues(hass, entry, seen(use=little(few, Reason.GAPS, days=4), roof=little(few, days=9)))
    assert shown(hass).keys() == {"forecast_few_days", "forecast_gaps"}
    assert shown(hass)["forecast_few_days"].translation_placeholders == {
        "home": "Vizinhos",
        "meters": f"{GRID}, sensor.roof",
        "days": "4",
    }


async def test_on_the_first_day_nobody_is_told(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    entry = MockConfigEntry(domain=DOMAIN, title="Vizinhos", data={"journal": "0", "meters": dict(METERS)})
    entry.add_to_hass(hass)
    poor = seen(use=little(*FORECAST_ISSUES, days=0))
    freezer.tick(timedelta(hours=23))
    update_forecast_issues(hass, entry, poor)
    assert shown(hass) == {}
    freezer.tick(timedelta(hours=2))
    update_forecast_issues(hass, entry, poor)
    assert shown(hass).keys() == set(FORECAST_ISSUES.values())


async def test_what_nobody_can_mend_is_no_repair(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    calm = little(Reason.NO_WEATHER, Reason.CHANGED, Reason.NO_DEVICES)
    update_forecast_issues(hass, entry, seen(use=calm, roof=calm))
    soon = made(at(9), 2, Target.CONSUMPTION, Horizon.HOUR_AHEAD, little(Reason.STALE))
    update_forecast_issues(hass, entry, forecast_view([], [soon], [], ZONE, at(9)))
    assert shown(hass) == {}


async def test_an_entry_that_is_unloaded_says_nothing(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    for name in ("sensor.grid_import", "sensor.grid_export", "sensor.roof"):
        hass.states.async_set(name, "1")
    entry.async_on_unload(watch_meters(hass, entry))
    update_forecast_issues(hass, entry, seen(use=little(Reason.GAPS)))
    assert shown(hass).keys() == {"forecast_gaps"}
    await entry._async_process_on_unload(hass)
    assert shown(hass) == {}

"""Holidays, place and devices of a home, as Home Assistant has them."""

import json
from datetime import date
from pathlib import Path
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.caravels.common.forecasting.flexibility.devices import FlexibleDevice
from custom_components.caravels.const import DOMAIN
from custom_components.caravels.outlook import DATA_DEVICES, HomeAssistantOutlook
from custom_components.caravels.outlook.public_holidays import HolidayCalendar, holidays_of

from .conftest import METERS

NEW_YEAR, FREEDOM_DAY, REPUBLIC = date(2026, 1, 1), date(2026, 4, 25), date(2026, 10, 5)


def outlook(hass: HomeAssistant, member_id: str = "") -> HomeAssistantOutlook:
    entry = MockConfigEntry(domain=DOMAIN)
    entry.add_to_hass(hass)
    return HomeAssistantOutlook(hass, entry, member_id)


def test_holidays_lie_between_two_days_both_included(tmp_path: Path) -> None:
    calendar = HolidayCalendar(tmp_path / "holidays")
    assert calendar.between("PT", FREEDOM_DAY, REPUBLIC) >= {FREEDOM_DAY, REPUBLIC, date(2026, 5, 1)}
    assert NEW_YEAR not in calendar.between("PT", FREEDOM_DAY, REPUBLIC)
    assert calendar.between("PT", date(2026, 4, 26), date(2026, 4, 30)) == frozenset()
    assert date(2026, 7, 4) in calendar.between("US", date(2026, 7, 1), date(2026, 7, 31))
    assert calendar.between(None, NEW_YEAR, REPUBLIC) == calendar.between("XX", NEW_YEAR, REPUBLIC) == frozenset()


def test_the_library_is_asked_once_and_not_again_after_a_restart(tmp_path: Path) -> None:
    file, first, last = tmp_path / "holidays", date(2025, 12, 1), date(2026, 1, 31)
    where = "custom_components.caravels.outlook.public_holidays.holidays_of"
    with patch(where, side_effect=holidays_of) as asked:
        found = [HolidayCalendar(file).between("PT", first, last) for _ in range(2)]
        assert found[0] == found[1] == {date(2025, 12, 1), date(2025, 12, 8), date(2025, 12, 25), NEW_YEAR}
        calendar = HolidayCalendar(file)
        assert date(2027, 1, 1) in calendar.between("PT", NEW_YEAR, date(2027, 2, 1))
        assert asked.call_count == 1, "a year more than needed was asked for"
        assert date(2030, 1, 1) in calendar.between("PT", date(2030, 1, 1), date(2030, 1, 1))
        assert calendar.between("PT", first, last) == found[0]
        assert asked.call_count == 2
        calendar.between("ES", first, last)
        assert asked.call_count == 3, "of another country nothing is kept"


def test_a_damaged_file_is_written_anew_and_one_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    file = tmp_path / "holidays"
    for content in ("", "{", "[]", '{"country": "PT"}', '{"country": "PT", "years": {"2026": ["then"]}}'):
        file.write_text(content)
        assert NEW_YEAR in HolidayCalendar(file).between("PT", NEW_YEAR, NEW_YEAR)
        assert NEW_YEAR.isoformat() in json.loads(file.read_text())["years"]["2026"]
    assert NEW_YEAR in HolidayCalendar(tmp_path / "no" / "folder").between("PT", NEW_YEAR, NEW_YEAR)


async def test_country_and_place_are_home_assistant_s_own(hass: HomeAssistant) -> None:
    hass.config.country = "PT"
    hass.config.latitude, hass.config.longitude = 37.1, -8.4
    home = outlook(hass)
    days = await hass.async_add_executor_job(home.holidays, FREEDOM_DAY, FREEDOM_DAY)
    assert days == {FREEDOM_DAY}
    site = home.site()
    assert site is not None
    assert (site.latitude, site.longitude) == (37.1, -8.4)
    hass.config.country = None
    assert await hass.async_add_executor_job(home.holidays, FREEDOM_DAY, FREEDOM_DAY) == frozenset()
    hass.config.latitude = hass.config.longitude = 0
    assert home.site() is None


async def test_devices_are_those_of_the_member(hass: HomeAssistant) -> None:
    assert outlook(hass, "m01").devices() == ()
    heater = FlexibleDevice("heater", 2_000, 4_000, 7, 0, 360, 3, None)
    declared: dict[str, tuple[FlexibleDevice, ...]] = {"m01": (heater,)}
    hass.data[DATA_DEVICES] = declared
    assert outlook(hass, "m01").devices() == (heater,)
    assert outlook(hass, "m02").devices() == outlook(hass).devices() == ()


async def test_what_is_kept_of_holidays_goes_with_the_last_home(hass: HomeAssistant) -> None:
    hass.config.country = "PT"
    file = Path(hass.config.path(".storage", "caravels.holidays"))
    entries = [MockConfigEntry(domain=DOMAIN, data={"journal": name * 32, "meters": METERS}) for name in "ab"]
    for entry in entries:
        entry.add_to_hass(hass)
    home = HomeAssistantOutlook(hass, entries[0], "")
    await hass.async_add_executor_job(home.holidays, FREEDOM_DAY, FREEDOM_DAY)
    for entry, stays in zip(entries, (True, False), strict=True):
        assert file.exists()
        await hass.config_entries.async_remove(entry.entry_id)
        await hass.async_block_till_done()
        assert file.exists() == stays

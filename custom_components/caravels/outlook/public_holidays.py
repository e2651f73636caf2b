"""The public holidays of the country that Home Assistant is in.

The library that knows them takes 13 MB of memory: what it said is kept in a file, so that it is loaded once a year.
"""

import logging
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any, Final

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.json import save_json
from homeassistant.util.json import JsonObjectType, load_json_object

FILE: Final = "caravels.holidays"
"""In Home Assistant's folder `.storage`."""
MARGIN_YEARS: Final = 1
"""Asked for besides, so that a new year needs nothing new at once."""
_ONE_AT_A_TIME: Final = Lock()
"""The library must not be imported by two threads at once."""

_LOGGER = logging.getLogger(__name__)


class HolidayCalendar:
    """The holidays of a country, from a file and, for years that are not in it, from the library. It blocks."""

    def __init__(self, file: Path) -> None:
        """Use a file, made if it is not there; several calendars may use the same."""
        self._file = file
        self._country = ""
        self._days: dict[int, frozenset[date]] = {}

    def between(self, country: str | None, first: date, last: date) -> frozenset[date]:
        """Return the holidays from one day to another, both included; none where the country is not known."""
        if country is None:
            return frozenset()
        with _ONE_AT_A_TIME:
            years = range(first.year, last.year + 1)
            if self._lacks(country, years):
                self._country, self._days = country, _kept(self._file, country)
            if self._lacks(country, years):
                wider = range(years.start, years.stop + MARGIN_YEARS)
                self._days |= holidays_of(country, wider)
                _keep(self._file, country, self._days)
            found = frozenset[date]().union(*(self._days[year] for year in years))
        return frozenset(day for day in found if first <= day <= last)

    def _lacks(self, country: str, years: range) -> bool:
        return country != self._country or not self._days.keys() >= set(years)


def holidays_of(country: str, years: range) -> dict[int, frozenset[date]]:
    """Return the holidays of a country (ISO 3166) by year: none if it is not known."""
    from holidays import country_holidays  # noqa: PLC0415  # costly, and only where nothing is kept

    try:
        days = frozenset(country_holidays(country, years=years))
    except NotImplementedError:
        days = frozenset()
    return {year: frozenset(day for day in days if day.year == year) for year in years}


def _kept(file: Path, country: str) -> dict[int, frozenset[date]]:
    """Return what is kept of a country; nothing where the file is not there, or not as it was written."""
    try:
        content: Any = load_json_object(file)
        if content.get("country") != country:
            return {}
        return {int(year): frozenset(map(date.fromisoformat, days)) for year, days in content["years"].items()}
    except HomeAssistantError, AttributeError, KeyError, TypeError, ValueError:
        return {}


def _keep(file: Path, country: str, days: dict[int, frozenset[date]]) -> None:
    years = {str(year): [day.isoformat() for day in sorted(some)] for year, some in sorted(days.items())}
    content: JsonObjectType = {"country": country, "years": years}  # type: ignore[dict-item]  # lists are invariant
    try:
        save_json(str(file), content)
    except HomeAssistantError as error:
        _LOGGER.debug("The holidays could not be kept: %s", error)

"""What is known around a home when it forecasts: holidays, weather, what services say of the sun, devices.

What services said is journalled as it was issued: a forecast can only be learnt from what was forecast.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final

from ..forecasting.flexibility.devices import FlexibleDevice
from ..forecasting.series import Calendar
from ..forecasting.weather import Site, SolarForecast, WeatherForecast
from ..periods import DAY_S, HOUR_S, local_day, local_hour
from .history import HISTORY_DAYS
from .journal import Journal
from .ports import Ports

_AHEAD: Final = timedelta(days=16)
_BACK: Final = timedelta(days=HISTORY_DAYS + 2)
_NOON: Final = 12
_FRESH_S: Final = 2 * DAY_S
"""Of what is older, only what was said by noon is looked at: days are forecast from it."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known around a home at one moment.

    Attributes:
        calendar: its clock and holidays.
        site: where it is, or None.
        weather, solar: what was said, oldest first, as far as it is of use.
        devices: its flexible devices as they are now.
    """

    calendar: Calendar
    site: Site | None = None
    weather: tuple[WeatherForecast, ...] = ()
    solar: tuple[SolarForecast, ...] = ()
    devices: tuple[FlexibleDevice, ...] = ()


class Lookout:
    """Looks around: at weather and sun once an hour, at holidays once a day, at devices every time."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._around: Surroundings | None = None
        self._day: date | None = None
        self._hour = -1

    async def look(self, zone: str) -> Surroundings:
        """Return what is known now; the same object while nothing has changed.

        Raises:
            JournalUnusable: what was said could not be journalled.
        """
        now, outlook = self._ports.clock.now(), self._ports.outlook
        around = self._around
        if around is None or around.calendar.zone != zone or self._day != local_day(now, zone):
            around = await self._new_day(zone, now)
        if self._hour != now // HOUR_S:
            around = await self._new_hour(around, now)
            self._hour = now // HOUR_S
        site, devices = outlook.site(), tuple(outlook.devices())
        if (site, devices) != (around.site, around.devices):
            around = Surroundings(around.calendar, site, around.weather, around.solar, devices)
        self._around = around
        return around

    async def _new_day(self, zone: str, now: int) -> Surroundings:
        day, outlook = local_day(now, zone), self._ports.outlook
        holidays = await self._ports.executor.run(partial(outlook.holidays, day - _BACK, day + _AHEAD))
        calendar = Calendar(zone, holidays)
        before = self._around
        if before is not None and before.calendar == calendar:
            calendar = before.calendar
        since = now - HISTORY_DAYS * DAY_S
        weather, solar = await self._ports.journal.run(
            lambda journal: (journal.outlooks.weather(since), journal.outlooks.solar(since))
        )
        self._day = day
        weather = [one for one in weather if _is_of_use(one.issued_at, now, zone)]
        solar = [one for one in solar if _is_of_use(one.issued_at, now, zone)]
        if before is not None and not weather and not solar and calendar is before.calendar:
            return before
        return Surroundings(calendar, weather=tuple(weather), solar=tuple(solar))

    async def _new_hour(self, around: Surroundings, now: int) -> Surroundings:
        """Return it with what services say now, journalled."""
        zone, outlook = around.calendar.zone, self._ports.outlook
        latest = await outlook.weather()
        weather = [] if latest is None or latest.issued_at > now else [latest]
        solar = [one for one in await outlook.solar() if one.issued_at <= now]
        heard_weather = {one.issued_at for one in around.weather}
        heard_solar = {(one.source, one.issued_at) for one in around.solar}
        weather = [one for one in weather if one.issued_at not in heard_weather]
        solar = [one for one in solar if (one.source, one.issued_at) not in heard_solar]
        if not weather and not solar:
            return around
        await self._ports.journal.run(partial(_keep, weather, solar, zone))
        return Surroundings(
            around.calendar,
            around.site,
            tuple(sorted((*around.weather, *weather), key=lambda one: one.issued_at)),
            tuple(sorted((*around.solar, *solar), key=lambda one: one.issued_at)),
            around.devices,
        )


def _keep(weather: Sequence[WeatherForecast], solar: Sequence[SolarForecast], zone: str, journal: Journal) -> None:
    for one in weather:
        journal.outlooks.put_weather(one, zone)
    for said in solar:
        journal.outlooks.put_solar(said, zone)


def _is_of_use(issued_at: int, now: int, zone: str) -> bool:
    return issued_at > now - _FRESH_S or local_hour(issued_at, zone) < _NOON

"""The agent's clock: Home Assistant's time and its point-in-time timers."""

from collections.abc import Callable
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from .common.member.ports import Timer


class HomeAssistantClock:
    """Wall time as Home Assistant has it."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Use the timers of a Home Assistant."""
        self._hass = hass

    def now(self) -> int:
        """Return the present [Unix s]."""
        return int(dt_util.utcnow().timestamp())

    def call_at(self, when: int, action: Callable[[], None]) -> Timer:
        """Run `action` once, at or soon after `when` [Unix s]."""

        @callback
        def due(_now: datetime) -> None:
            action()

        return _PointInTime(async_track_point_in_utc_time(self._hass, due, dt_util.utc_from_timestamp(when)))


class _PointInTime:
    def __init__(self, cancel: CALLBACK_TYPE) -> None:
        self._cancel: CALLBACK_TYPE | None = cancel

    def cancel(self) -> None:
        """See `Timer`: Home Assistant's own may be called but once."""
        if self._cancel:
            self._cancel()
            self._cancel = None

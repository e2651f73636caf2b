"""The tables of a member's journal for what was expected: by others of weather and sun, by the home of itself.

Training needs what was forecast, not what came; people and tests need to see what was said when.
"""

import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from ..forecasting.forecast import Forecast, Horizon, Method, Target
from ..forecasting.series import Floats
from ..forecasting.weather import SolarForecast, WeatherForecast
from .journal_tables import Table
from .records import LARGEST_WH, Issue

_WEATHER: Final = "weather"
_SOLAR: Final = "solar"
_NOON: Final = 12


class Outlooks(Table):
    """What services said of the weather and of the home's generation: the last of each morning and each afternoon.

    A day-ahead forecast is made from what was said by noon; hourly issues of a year would be 12 times as many.
    """

    def put_weather(self, weather: WeatherForecast, zone: str) -> None:
        """Keep a weather forecast in place of an earlier one of the same half of the local day in `zone`."""
        body = _packed([weather.cloud_cover, weather.temperature, weather.humidity])
        self._put(_WEATHER, "", weather.issued_at, weather.first, body, zone)

    def put_solar(self, solar: SolarForecast, zone: str) -> None:
        """Keep what a service said of the generation, in the same way, by service."""
        self._put(_SOLAR, solar.source, solar.issued_at, solar.first, _packed([solar.wh]), zone)

    def weather(self, since: int) -> list[WeatherForecast]:
        """Return the weather forecasts issued from `since` [Unix s] on, ascending by issue."""
        rows = self._issued(_WEATHER, since)
        return [WeatherForecast(issued_at, first, *_unpacked(body, 3)) for _, issued_at, first, body in rows]

    def solar(self, since: int) -> list[SolarForecast]:
        """Return what services said of the generation from `since` [Unix s] on, ascending by issue."""
        rows = self._issued(_SOLAR, since)
        return [SolarForecast(source, issued_at, first, *_unpacked(body, 1)) for source, issued_at, first, body in rows]

    def _put(self, kind: str, source: str, issued_at: int, first: int, body: bytes, zone: str) -> None:
        local = datetime.fromtimestamp(issued_at, ZoneInfo(zone))
        half_day = 2 * local.toordinal() + (local.hour >= _NOON)
        self._do(
            "INSERT OR REPLACE INTO outlooks VALUES (?, ?, ?, ?, ?, ?)", kind, source, half_day, issued_at, first, body
        )

    def _issued(self, kind: str, since: int) -> list[tuple[str, int, int, bytes]]:
        return self._all(
            "SELECT source, issued_at, first, body FROM outlooks WHERE kind = ? AND issued_at >= ? ORDER BY issued_at",
            *(kind, since),
        )


class Expectations(Table):
    """The home's own forecasts by time of issue, each target and horizon."""

    def put(self, forecasts: Iterable[Forecast]) -> None:
        """Keep forecasts, rounded to the Wh; a later one of the same issue replaces the earlier one."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO expectations VALUES (?, ?, ?, ?, ?, ?)",
            [
                (one.target.value, one.horizon.value, one.issued_at, one.first, one.basis.method.value, _whole(one))
                for one in forecasts
            ],
        )

    def since(self, target: Target, horizon: Horizon, issued_at: int) -> list[Issue]:
        """Return what was said from an instant [Unix s] on, ascending by issue."""
        rows = self._all(
            "SELECT issued_at, first, method, wh FROM expectations"
            " WHERE target = ? AND horizon = ? AND issued_at >= ? ORDER BY issued_at",
            *(target.value, horizon.value, issued_at),
        )
        return [
            Issue(issued_at, first, Method(method), np.frombuffer(zlib.decompress(wh), "<i4").reshape(4, -1))
            for issued_at, first, method, wh in rows
        ]


def _whole(forecast: Forecast) -> bytes:
    wh = np.array((forecast.mean_wh, forecast.p10_wh, forecast.p50_wh, forecast.p90_wh))
    return zlib.compress(np.rint(np.clip(wh, 0, LARGEST_WH)).astype("<i4").tobytes(), 1)


def _packed(columns: list[Floats]) -> bytes:
    return np.array(columns, "<f4").tobytes()


def _unpacked(body: bytes, count: int) -> list[Floats]:
    return list(np.frombuffer(body, "<f4").reshape(count, -1).astype(np.float64))

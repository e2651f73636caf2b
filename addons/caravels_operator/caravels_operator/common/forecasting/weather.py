"""What is known of the weather ahead and of a home's place: inputs of the generation forecast."""

from dataclasses import dataclass

from .series import Floats


@dataclass(frozen=True, slots=True)
class Site:
    """Where a home is [degrees], north and east positive."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class WeatherForecast:
    """What a weather service said at one instant about consecutive hours; nan where it said nothing.

    Attributes:
        issued_at: when it was said [Unix s].
        first: start of the first hour [Unix s].
        cloud_cover: share of the sky [%], shape (m,).
        temperature: of the air [C], shape (m,).
        humidity: relative [%], shape (m,).
    """

    issued_at: int
    first: int
    cloud_cover: Floats
    temperature: Floats
    humidity: Floats


@dataclass(frozen=True, slots=True)
class SolarForecast:
    """What a service said at one instant about a home's own generation.

    Attributes:
        source: the service's name, the same in every forecast of it.
        issued_at: when it was said [Unix s].
        first: start of the first hour [Unix s].
        wh: expected energy [Wh], shape (m,); nan where it said nothing.
    """

    source: str
    issued_at: int
    first: int
    wh: Floats

"""Runs in the `ha-test` environment: Home Assistant's packages, its plugin, no sockets, a real operator beside it."""

import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from freezegun import api as freezegun_api
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, valid_entity_id
from pytest_homeassistant_custom_component.common import MockConfigEntry

from caravels_operator.community.settings import CommunitySettings

# The harness ships a custom_components package of its own: ours must be loaded first to be the one that is found.
from custom_components.caravels.common.member.journal import InlineJournal, Journal
from custom_components.caravels.common.member.pairing import join, new_token, pair
from custom_components.caravels.common.member.records import HomeReading, Membership
from custom_components.caravels.const import DOMAIN
from custom_components.caravels.store import journal_path

from .operator_in_memory import FINGERPRINT, HOME, ZONE, InMemoryOperator, Way

# The plugin has SQLAlchemy tell every statement; the operator's would hide everything else.
logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)

type HomeEntry = Callable[..., Awaitable[MockConfigEntry]]
type SetupHome = Callable[..., Awaitable[MockConfigEntry]]

METERS: Mapping[str, Any] = {
    "grid_import": [{"id": "sensor.grid_import", "share": 1_000}],
    "grid_export": [{"id": "sensor.grid_export", "share": 1_000}],
    "generation": [],
    "battery_charge": [],
    "battery_discharge": [],
    "consumption": [],
}


@pytest.fixture(autouse=True)
def _custom_integrations(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant find the integration; a recorder must be there before it."""
    if "recorder_mock" in request.fixturenames:
        request.getfixturevalue("recorder_mock")
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture
def freezer(freezer: FrozenDateTimeFactory) -> FrozenDateTimeFactory:
    """Freeze time, but leave real dates to the rooms that never ask them for the time: messages are made of them."""
    real = {  # looked up there, because imported names are faked with all others
        freezegun_api.FakeDate: freezegun_api.real_date,
        freezegun_api.FakeDatetime: freezegun_api.real_datetime,
    }
    for name, module in tuple(sys.modules.items()):
        if name.startswith(("caravels_operator.", "custom_components.caravels.common.")):
            for attribute in ("date", "datetime"):
                if (fake := getattr(module, attribute, None)) in real:
                    setattr(module, attribute, real[fake])
    return freezer


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """A configuration folder of the test's own: journals are written there."""
    folder = tmp_path / "config"
    (folder / ".storage").mkdir(parents=True)
    return str(folder)


@pytest.fixture
def community_settings() -> CommunitySettings:
    """The operator's settings; override to change them."""
    return CommunitySettings(name="Vizinhos do Bairro")


@pytest.fixture
async def operator(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, community_settings: CommunitySettings
) -> AsyncIterator[InMemoryOperator]:
    """A running operator, reached by every transport that the integration makes; time stands until it is moved."""
    await hass.config.async_set_time_zone(ZONE)
    hass.config.latitude = hass.config.longitude = 0  # nobody said where: the harness's home is in California
    hass.loop.set_debug(False)  # it would take half the time, and every step of frozen time would look slow to it
    operator = InMemoryOperator(hass, freezer, community_settings)

    def way_of(_hass: HomeAssistant, membership: Membership | None) -> Way | None:
        return Way(operator, membership.addresses, membership.fingerprint) if membership else None

    with (
        patch("custom_components.caravels.runtime.transport_to", way_of),
        patch("custom_components.caravels.runtime.SystemRandom", lambda: Random(3)),
        patch.object(hass.loop, "run_in_executor", operator.run_in_executor(hass.loop.run_in_executor)),
    ):
        await operator.start()
        yield operator
        for entry in hass.config_entries.async_entries(DOMAIN):
            if entry.state is ConfigEntryState.LOADED:
                await hass.config_entries.async_unload(entry.entry_id)
        await operator.settled()
    await operator.stop()
    await operator.ledger.close()


class SteadyMeter:
    """A meter that says the same of every period.

    Attributes:
        reading: (start) -> what is known of that period; None leaves it out.
    """

    reading: Callable[[int], HomeReading | None]

    def __init__(self, _hass: HomeAssistant, _meters: object) -> None:
        """Stand where Home Assistant's meter would."""

    async def start(self) -> None:
        """Nothing to do."""

    async def stop(self) -> None:
        """Nothing to do."""

    async def readings(self, start: int, end: int, period_s: int) -> Sequence[HomeReading]:
        """See `Meter`."""
        found = (type(self).reading(at) for at in range(start, end, period_s))
        return [reading for reading in found if reading is not None]


SUNNY_WH: Final = dict(
    zip(range(8, 18), (500, 1_000, 1_500, 2_000, 2_500, 2_500, 2_000, 1_500, 1_000, 500), strict=True)
)
"""What a roof generates [Wh] in the hours of the local clock; together 15 kWh a day."""


def sunny_home(at: int) -> HomeReading:
    """Return the reading of a home that uses 500 Wh every hour, under such a roof."""
    generation_wh = SUNNY_WH.get(datetime.fromtimestamp(at, ZoneInfo(ZONE)).hour, 0)
    net_wh = 500 - generation_wh
    return HomeReading(at, max(net_wh, 0), max(-net_wh, 0), generation_wh=generation_wh)


@pytest.fixture
def steady_meter() -> Iterator[type[SteadyMeter]]:
    """Every home exports 2 kWh an hour, so it sells; set `reading` to have it otherwise."""

    class Meter(SteadyMeter):
        reading = staticmethod(lambda at: HomeReading(start=at, import_wh=0, export_wh=2_000))

    with patch("custom_components.caravels.runtime.HomeAssistantMeter", Meter):
        yield Meter


@pytest.fixture
def home_entry(hass: HomeAssistant, operator: InMemoryOperator) -> HomeEntry:
    """Make a config entry, by default of ana's home, paired: its journal is there as the config flow leaves it."""
    numbers = count(1)

    async def make(
        *, paired: bool = True, member: str = HOME, meters: Mapping[str, Any] = METERS, **options: Any
    ) -> MockConfigEntry:
        journal = f"{next(numbers):032x}"
        data: dict[str, Any] = {"journal": journal, "meters": dict(meters)}
        if paired:
            await _pair(journal_path(hass, journal), operator, member)
            data |= {"community": operator.settings.name, "member_id": member}
        entry = MockConfigEntry(
            domain=DOMAIN,
            title=operator.settings.name if paired else "Home",
            unique_id=f"{FINGERPRINT}:{member}" if paired else None,
            data=data,
            options={"participate": True, "buy_percent": 0, "sell_percent": 0} | options,
        )
        entry.add_to_hass(hass)
        for source in (source for sources in meters.values() for source in sources):
            if valid_entity_id(source["id"]) and hass.states.get(source["id"]) is None:
                hass.states.async_set(source["id"], "0", {"unit_of_measurement": "kWh", "device_class": "energy"})
        return entry

    return make


async def _pair(path: Path, operator: InMemoryOperator, member: str) -> None:
    journal = Journal(path)
    link, token = await operator.invite(member), new_token()
    paired = await pair(lambda addresses, fingerprint: Way(operator, addresses, fingerprint), link, token)
    await join(InlineJournal(journal), link, token, paired)
    journal.close()
    operator.requests.clear()


@pytest.fixture
def setup_home(hass: HomeAssistant, operator: InMemoryOperator, home_entry: HomeEntry) -> SetupHome:
    """Make a config entry (see `home_entry`), set it up, and wait until it has nothing more to do."""

    async def set_up(**how: Any) -> MockConfigEntry:
        entry = await home_entry(**how)
        await hass.config_entries.async_setup(entry.entry_id)
        await operator.settled()
        return entry

    return set_up

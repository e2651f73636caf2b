"""Two homes of one house share its meters: their parts lie beside each other, also when one of them goes."""

import pytest
from homeassistant.core import HomeAssistant

from custom_components.caravels.metering import Meters, MeterSource

from .conftest import SetupHome, SteadyMeter
from .operator_in_memory import InMemoryOperator


@pytest.fixture
def looked_at(steady_meter: type[SteadyMeter], monkeypatch: pytest.MonkeyPatch) -> list[Meters]:
    """What the homes were started with, in order."""
    started: list[Meters] = []

    class Noting(steady_meter):  # type: ignore[valid-type, misc]  # the fixture makes the class
        def __init__(self, hass: HomeAssistant, meters: Meters) -> None:
            super().__init__(hass, meters)
            started.append(meters)

    monkeypatch.setattr("custom_components.caravels.runtime.HomeAssistantMeter", Noting)
    return started


def part(permille: int) -> dict[str, list[dict[str, object]]]:
    return {
        "grid_import": [{"id": "sensor.shared_import", "share": permille}],
        "grid_export": [{"id": "sensor.shared_export", "share": permille}],
    }


async def test_the_part_that_stays_moves_to_where_the_other_was(
    hass: HomeAssistant, operator: InMemoryOperator, setup_home: SetupHome, looked_at: list[Meters]
) -> None:
    first = await setup_home(meters=part(400))
    await operator.advance(1)  # the one that is older comes first
    await setup_home(paired=False, meters=part(350))
    await setup_home(paired=False, meters={"grid_import": [{"id": "sensor.own"}], "grid_export": []})
    assert looked_at[1].grid_import == (MeterSource("sensor.shared_import", 350, 400),)
    assert await hass.config_entries.async_remove(first.entry_id)
    await operator.settled()
    assert [meters.grid_import for meters in looked_at[3:]] == [(MeterSource("sensor.shared_import", 350, 0),)]

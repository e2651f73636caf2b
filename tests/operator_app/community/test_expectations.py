"""What homes expect, and what is measured inside of them, as it is taken in: kept, latest, refused."""

from typing import Any

import numpy as np
import pytest

from caravels_operator.common.protocol import (
    ErrorCode,
    ForecastAccepted,
    ForecastHorizon,
    ForecastReport,
    Reading,
    ReadingBatch,
    decode,
)
from caravels_operator.common.protocol.paths import FORECASTS
from caravels_operator.ledger import member_forecasts, readings
from tests.operator_app.community.town import CONNECTION_W, DAY, HOUR, Town, code_of, make_town

LIMIT = 3 * CONNECTION_W


def expected(town: Town, **other: Any) -> ForecastReport:
    now = town.clock.now()
    fields: dict[str, Any] = {
        "id": town.new_id(),
        "horizon": ForecastHorizon.DAY_AHEAD,
        "issued_at": now,
        "first": now,
        "consumption_wh": [300, 200],
        "generation_wh": [0, 50],
    }
    return ForecastReport(**fields | other)


async def test_a_report_is_kept_by_its_issue_and_the_latest_counts() -> None:
    town = await make_town()
    now = town.clock.now()
    late = expected(town, issued_at=now, consumption_wh=[1, 2], generation_wh=None, reduction_wh=[3, 4])
    early = expected(town, issued_at=now - HOUR)
    answers = [await town.command("ana", report, FORECASTS) for report in (late, early, late)]
    assert [decode(answer.body, ForecastAccepted).latest for answer in answers] == [True, False, True]
    (kept,) = await town.look(lambda conn: member_forecasts.latest(conn, "day_ahead", now - 2 * HOUR))
    assert (kept.member, kept.issued_at, kept.first, kept.received_at) == ("ana", now, now, now)
    assert kept.consumption_wh.tolist() == [1, 2]
    assert kept.generation_wh is None
    assert kept.reduction_wh is not None
    assert kept.reduction_wh.tolist() == [3, 4]
    assert kept.shifting_wh is None
    rows = (await town.rows())["member_forecasts"]
    assert [row[2] for row in rows] == [now - HOUR, now], "both are kept"
    assert await town.look(lambda conn: member_forecasts.latest(conn, "hour_ahead", 0)) == []


async def test_another_word_of_the_same_issue_takes_its_place() -> None:
    town = await make_town()
    for wh in (7, 8):
        answer = await town.command("ana", expected(town, consumption_wh=[wh], generation_wh=[wh]), FORECASTS)
        assert decode(answer.body, ForecastAccepted).latest
    (kept,) = await town.look(lambda conn: member_forecasts.latest(conn, "day_ahead", 0))
    assert np.array_equal(kept.consumption_wh, [8])


async def test_of_several_issues_in_one_hour_the_last_is_kept() -> None:
    town = await make_town()
    hour = town.clock.now() // HOUR * HOUR
    said = []
    for issued_at, wh in (
        (hour - 10, 1),
        (hour - 20, 2),
        (hour - 5, 3),
        (hour, 4),
        (hour - 5, 5),
        (hour - HOUR - 1, 6),
    ):
        report = expected(town, issued_at=issued_at, consumption_wh=[wh], generation_wh=None)
        answer = await town.command("ana", report, FORECASTS)
        said.append(decode(answer.body, ForecastAccepted).latest)
    assert said == [True, False, True, True, False, False]
    rows = (await town.rows())["member_forecasts"]
    kept = sorted((row[2], int(np.frombuffer(row[5], "<i4")[0])) for row in rows)
    assert kept == [(hour - HOUR - 1, 6), (hour - 5, 5), (hour, 4)]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"horizon": ForecastHorizon.UNKNOWN}, ErrorCode.WRONG_PERIOD),
        ({"first": 1_800}, ErrorCode.WRONG_PERIOD),
        ({"first": 9 * 24 * HOUR}, ErrorCode.WRONG_PERIOD),
        ({"first": -25 * HOUR}, ErrorCode.WRONG_PERIOD),
        ({"issued_at": 901}, ErrorCode.WRONG_PERIOD),
        ({"issued_at": -61 * 24 * HOUR, "first": -61 * 24 * HOUR}, ErrorCode.WRONG_PERIOD),
        ({"consumption_wh": [0, LIMIT + 1]}, ErrorCode.ABOVE_LIMIT),
        ({"generation_wh": [LIMIT + 1, 0]}, ErrorCode.ABOVE_LIMIT),
        ({"shifting_wh": [LIMIT + 1, 0]}, ErrorCode.ABOVE_LIMIT),
    ],
)
async def test_what_cannot_be_is_refused_with_its_code_and_nothing_is_kept(
    wrong: dict[str, Any], code: ErrorCode
) -> None:
    town = await make_town()
    now = town.clock.now()
    wrong = {name: now + value if name in ("first", "issued_at") else value for name, value in wrong.items()}
    answer = await town.command("ana", expected(town, **wrong), FORECASTS)
    assert code_of(answer) is code
    assert (await town.rows())["member_forecasts"] == []


async def test_the_most_that_is_believed_is_taken() -> None:
    town = await make_town()
    at_most = expected(town, issued_at=town.clock.now() + 900, consumption_wh=[LIMIT, 0], generation_wh=[0, LIMIT])
    assert (await town.command("ana", at_most, FORECASTS)).status == 200


async def test_what_happens_inside_a_home_is_kept_beside_its_grid_meter() -> None:
    town = await make_town()
    await town.at(DAY, 120)
    first = town.periods()[0]

    async def send(**other: Any) -> ErrorCode | None:
        reading = Reading(**{"start": first, "import_wh": 10, "export_wh": 0} | other)
        batch = ReadingBatch(id=town.new_id(), period_s=HOUR, readings=[reading])
        answer = await town.command("ana", batch)
        return None if answer.status == 200 else code_of(answer)

    assert await send(generation_wh=LIMIT + 1) is ErrorCode.ABOVE_LIMIT
    assert await send(discharge_wh=LIMIT + 1) is ErrorCode.ABOVE_LIMIT
    assert await send(generation_wh=500, charge_wh=LIMIT, discharge_wh=7) is None
    assert await send(import_wh=11, generation_wh=501) is None
    kept = await town.look(lambda conn: readings.history(conn, "ana", 0))
    assert kept == [readings.Reading(first, 11, 0, "measured", 501, LIMIT, 7)], "what was not told again stays"

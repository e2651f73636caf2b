"""A market price that nobody published is filled by a named rule, and bidders see that it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from caravels_operator.common.periods import day_periods
from caravels_operator.common.protocol import MarketDay, PriceOrigin, decode_push
from caravels_operator.community.settings import CommunitySettings
from caravels_operator.ledger import auctions, outbox, steps
from caravels_operator.prices.source import fill_gaps
from tests.operator_app.community.town import DAY, EVE, GATE, HOUR, MARKET_OPEN, Town, make_town

TOMORROW = DAY + timedelta(days=1)


@dataclass
class Publisher:
    """Publishes prices that differ in every period, up to an instant; or is away."""

    until: int = 2**40
    away: bool = False
    asked: list[int] = field(default_factory=list)

    async def prices(self, starts: Sequence[int], period_s: int) -> Mapping[int, int]:
        self.asked.append(starts[0])
        if self.away:
            raise TimeoutError("the publisher does not answer")
        return {start: price_at(start) for start in starts if start < self.until}


def price_at(start: int) -> int:
    """Return a price that tells which period it is of."""
    return 50_000 + start // 900 % 9_973


async def market_of(town: Town, number: int) -> MarketDay:
    """Return the market day that was pushed to ana as her numbered event."""
    rows = await town.look(lambda conn: outbox.since(conn, "ana", number - 1, 1))
    push = decode_push(rows[0].body)
    assert isinstance(push, MarketDay)
    return push


@pytest.mark.parametrize("period_s", [HOUR, 900])
@pytest.mark.parametrize("market_zone", ["Europe/Lisbon", "Europe/Madrid"])
async def test_the_hour_that_the_publishers_day_lacks_is_the_day_befores(market_zone: str, period_s: int) -> None:
    """OMIE's day is CET: at gate closure the last hour of a day in Lisbon has no price."""
    settings = CommunitySettings(market_zone=market_zone, market_period_s=period_s)
    publisher = Publisher()
    town = await make_town(("ana", "bruno"), settings, publisher)
    await town.at(EVE, MARKET_OPEN)
    await town.operator.runner.run_due()
    starts = day_periods(TOMORROW, market_zone, period_s)
    publisher.until = starts[-1] + period_s - HOUR
    await town.at(DAY, MARKET_OPEN)
    await town.operator.runner.run_due()

    periods = (await market_of(town, 3)).periods
    missing = HOUR // period_s
    assert [row.start for row in periods] == list(starts)
    assert {row.origin for row in periods[:-missing]} == {PriceOrigin.PUBLISHED}
    assert [row.price_micro_kwh for row in periods[:-missing]] == [price_at(start) for start in starts[:-missing]]
    assert {row.origin for row in periods[-missing:]} == {PriceOrigin.PREVIOUS_DAY}
    assert [row.price_micro_kwh for row in periods[-missing:]] == [
        price_at(start - 86_400) for start in starts[-missing:]
    ]


async def test_the_rule_of_the_previous_period() -> None:
    settings = CommunitySettings(price_fill="previous_period")
    starts = day_periods(DAY, "Europe/Lisbon", HOUR)
    town = await make_town(("ana",), settings, Publisher(until=starts[-2]))
    await town.at(EVE, MARKET_OPEN)
    await town.operator.runner.run_due()
    periods = (await market_of(town, 1)).periods
    assert [row.origin for row in periods[-3:]] == [PriceOrigin.PUBLISHED, *[PriceOrigin.PREVIOUS_PERIOD] * 2]
    assert {row.price_micro_kwh for row in periods[-3:]} == {price_at(starts[-3])}


async def test_a_publisher_that_is_away_for_a_day_is_replaced_by_the_day_before() -> None:
    publisher = Publisher()
    town = await make_town(("ana",), prices=publisher)
    await town.at(EVE, MARKET_OPEN)
    await town.operator.runner.run_due()
    publisher.away = True
    await town.at(DAY, MARKET_OPEN)
    await town.operator.runner.run_due()
    periods = (await market_of(town, 3)).periods
    assert {row.origin for row in periods} == {PriceOrigin.PREVIOUS_DAY}
    assert [row.price_micro_kwh for row in periods] == [price_at(row.start - 86_400) for row in periods]


async def test_with_no_price_at_all_the_market_opens_late_and_not_wrong() -> None:
    publisher = Publisher(away=True)
    town = await make_town(("ana", "bruno"), prices=publisher)
    await town.at(EVE, MARKET_OPEN + 5)
    assert await town.look(auctions.open_days) == []
    step = await town.look(lambda conn: steps.get(conn, "prices", DAY.isoformat()))
    assert step is not None
    assert (step.state, step.attempts >= 2, step.last_error) == (
        "pending",
        True,
        "no market price is known for this day or any before it",
    )
    publisher.away = False
    await town.at(EVE, MARKET_OPEN + 20)
    assert await town.look(auctions.open_days) == [DAY]
    assert (await town.command("ana", town.book("ana"))).status == 200


async def test_a_market_that_never_opened_before_its_gate_takes_no_bids_and_is_settled_without() -> None:
    publisher = Publisher(away=True)
    town = await make_town(("ana", "bruno"), prices=publisher)
    await town.at(EVE, GATE + 60)
    assert (await town.command("ana", town.book("ana"))).status == 422
    publisher.away = False
    await town.at(DAY, 12 * 60)
    assert (await town.command("ana", town.book("ana"))).status == 409
    auction = await town.look(lambda conn: auctions.get(conn, DAY))
    assert auction is not None
    assert auction.state == "cleared"
    assert await town.look(lambda conn: auctions.cleared_periods(conn, DAY)) == []


def test_a_fill_of_a_fill_and_the_order_of_the_rules() -> None:
    known = {10_000: 5}
    filled = fill_gaps([10_000, 10_900, 11_800], known, {10_900 - 86_400: 7}, "previous_day")
    assert [(row.micro_kwh, row.origin) for row in filled] == [
        (5, PriceOrigin.PUBLISHED),
        (7, PriceOrigin.PREVIOUS_DAY),
        (7, PriceOrigin.PREVIOUS_PERIOD),
    ]
    with pytest.raises(LookupError):
        fill_gaps([10_000], {}, {}, "previous_day")


async def test_prices_that_come_late_take_the_place_of_the_filled_ones_and_homes_bid_anew() -> None:
    publisher = Publisher()
    town = await make_town(("ana", "bruno"), prices=publisher)
    await town.at(EVE, MARKET_OPEN)
    await town.operator.runner.run_due()
    publisher.away = True
    await town.at(DAY, MARKET_OPEN + 15)
    assert {row.origin for row in (await market_of(town, 3)).periods} == {PriceOrigin.PREVIOUS_DAY}
    assert (await town.command("ana", town.book("ana", day=TOMORROW))).status == 200
    publisher.away = False
    await town.at(DAY, MARKET_OPEN + 21)
    again = await market_of(town, 4)
    starts = day_periods(TOMORROW, "Europe/Lisbon", HOUR)
    assert [(row.price_micro_kwh, row.origin) for row in again.periods] == [
        (price_at(start), PriceOrigin.PUBLISHED) for start in starts
    ]
    assert (again.day, again.last_revision) == (TOMORROW, 1), "what was bid stays until it is replaced"
    asked = len(publisher.asked)
    await town.at(DAY, GATE)
    assert len(publisher.asked) == asked, "asked no more"
    book = town.book("ana", day=TOMORROW, revision=2)
    assert (await town.command("ana", book)).status == 409


async def test_prices_are_asked_for_again_until_shortly_before_the_gate() -> None:
    publisher = Publisher()
    town = await make_town(("ana",), prices=publisher)
    await town.at(EVE, MARKET_OPEN)
    await town.operator.runner.run_due()
    publisher.away, publisher.asked = True, []
    await town.at(DAY, GATE + 30)
    await town.operator.runner.run_due()
    # at 13:30, and every ten minutes until the last one that leaves a quarter of an hour: 14:40
    assert len(publisher.asked) == 1 + 7
    assert not [step for step in await town.look(steps.failing) if step.kind == "prices_again"]
    auction = await town.look(lambda conn: auctions.get(conn, TOMORROW))
    assert auction is not None
    assert auction.state == "cleared"
    assert (await town.look(lambda conn: outbox.last_seq(conn, "ana"))) == 4, "prices and result of two days"

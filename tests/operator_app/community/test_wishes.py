"""Wishes, from the command to the replay: friends trade first, it costs nobody anything, and what was cleared stays."""

from collections import Counter
from collections.abc import AsyncIterator

import msgspec
import pytest
from sqlalchemy import Connection

from caravels_operator.api.call import Response
from caravels_operator.common.protocol import (
    AuctionResult,
    ErrorCode,
    Side,
    Wishes,
    WishesAccepted,
    decode,
    encode,
)
from caravels_operator.common.protocol.paths import WISHES, result_path
from caravels_operator.community.replay import replay
from caravels_operator.community.settings import CommunitySettings
from caravels_operator.community.wishes import gather, mutual, preferences_of
from caravels_operator.ledger import auctions, members, transactions, wishes
from caravels_operator.market.auction import AuctionRules
from tests.operator_app.community.town import DAY, EVE, GATE, MARKET_OPEN, Town, code_of, make_town

SETTINGS = CommunitySettings(auction=AuctionRules(assignment="preferred"))
SELLERS, BUYERS = ("ana", "bruno", "eva"), ("clara", "dinis", "filipa")


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    """A town that asks whom its members prefer; its market for DAY is open."""
    town = await make_town((*SELLERS, *BUYERS), SETTINGS)
    await town.at(EVE, MARKET_OPEN)
    yield town
    await town.ledger.close()


async def wish(town: Town, member: str, *friends: str, wants_green: bool = False) -> Response:
    """Send a member's wishes."""
    body = encode(Wishes(id=town.new_id(), friends=list(friends), wants_green=wants_green))
    return await town.send("PUT", WISHES, body, town.tokens[member])


async def place(town: Town, member: str, zone: str, *, green: bool) -> None:
    """Say where a member's energy comes from."""
    assert await town.ledger.run(lambda conn: members.set_origin(conn, member, zone, green=green))


async def trade(town: Town, wh: int = 300) -> Counter[tuple[str, str]]:
    """Let every seller and every buyer bid the same; return the energy of each pair [Wh], seller first."""
    for member in SELLERS + BUYERS:
        side, price = (Side.SELL, 50_000) if member in SELLERS else (Side.BUY, 150_000)
        assert (await town.command(member, town.book(member, side, wh, price))).status == 200
    await town.at(EVE, GATE)
    await town.operator.runner.run_due()
    return await traded(town)


async def traded(town: Town) -> Counter[tuple[str, str]]:
    pairs: Counter[tuple[str, str]] = Counter()
    for row in await town.look(lambda conn: transactions.of_day(conn, DAY)):
        pairs[row.seller, row.buyer] += row.wh
    return pairs


async def test_wishes_are_stored_once_and_replaced(town: Town) -> None:
    body = encode(Wishes(id=town.new_id(), friends=["clara", "nobody-here"], wants_green=True))
    first = await town.send("PUT", WISHES, body, town.tokens["ana"])
    assert decode(first.body, WishesAccepted) == WishesAccepted(stored_at=town.clock.now())
    town.clock.move_to(town.clock.now() + 60)
    assert await wish(town, "ana", "bruno") != first
    assert await town.send("PUT", WISHES, body, town.tokens["ana"]) == first, "the answer of a command that was done"
    assert await town.look(wishes.all) == [wishes.Wishes("ana", ("bruno",), False, town.clock.now())]


async def test_an_answer_says_nothing_about_who_exists(town: Town) -> None:
    answers = [await wish(town, "ana", friend) for friend in ("clara", "nobody-here", "ana")]
    assert {(answer.status, answer.body) for answer in answers} == {(200, answers[0].body)}


@pytest.mark.parametrize("friends", [[f"m{n}" for n in range(51)], ["Ana"], ["../x"], [7], None, "ana"])
async def test_wishes_that_cannot_be_read(town: Town, friends: object) -> None:
    raw = {"type": "wishes", "id": town.new_id(), "friends": friends, "wants_green": False}
    answer = await town.send("PUT", WISHES, msgspec.json.encode(raw), town.tokens["ana"])
    assert code_of(answer) is ErrorCode.MALFORMED
    assert await town.look(wishes.all) == []


def test_only_who_name_each_other_are_friends() -> None:
    named = {"a": ("b", "c", "a", "z", "b"), "b": ("a",), "c": ("b",), "d": ()}
    assert mutual(named) == (("a", "b"),)
    assert mutual({"a": ("b", "c"), "c": ("a", "b"), "b": ("c", "a")}) == (("a", "b"), ("a", "c"), ("b", "c"))


async def test_what_the_engine_is_told(town: Town) -> None:
    await wish(town, "ana", "filipa", "clara", wants_green=True)
    await wish(town, "clara", "ana")
    await wish(town, "filipa", wants_green=True)
    await place(town, "bruno", "north", green=True)
    await place(town, "dinis", "north", green=False)
    await place(town, "eva", "south", green=False)
    names = ["ana", "bruno", "clara", "dinis", "eva"]
    gathered = await town.look(lambda conn: gather(conn, names))
    told = preferences_of(gathered, names)
    assert told.friends == {(0, 2), (2, 0)}
    assert told.green.tolist() == [False, True, False, False, False]
    assert told.wants_green.tolist() == [True, False, False, False, False]
    assert told.zone.tolist() == [-1, 0, -3, 0, 1], "who has no zone is near nobody"
    assert "filipa" not in gathered, "who does not trade is not in it"


async def test_friends_are_matched_first(town: Town) -> None:
    pairs = {"ana": "filipa", "bruno": "clara", "eva": "dinis"}
    for one, other in pairs.items():
        await wish(town, one, other)
        await wish(town, other, one)
    assert await trade(town) == dict.fromkeys(pairs.items(), 24 * 300)


async def test_who_names_alone_changes_nothing(town: Town) -> None:
    async def alone(**named: str) -> Counter[tuple[str, str]]:
        other = await make_town((*SELLERS, *BUYERS), SETTINGS)
        await other.at(EVE, MARKET_OPEN)
        for member, friend in named.items():
            await wish(other, member, friend)
        return await trade(other)

    before = await trade(town)
    assert await alone(ana="clara", bruno="dinis", eva="filipa", clara="bruno") == before


async def test_green_and_the_own_zone_come_first(town: Town) -> None:
    await place(town, "ana", "", green=True)
    await wish(town, "dinis", wants_green=True)
    for member in ("eva", "filipa"):
        await place(town, member, "north", green=False)
    pairs = await trade(town)
    assert pairs == {("ana", "dinis"): 7_200, ("eva", "filipa"): 7_200, ("bruno", "clara"): 7_200}


async def test_nobody_pays_gets_or_trades_another_amount_than_under_corner() -> None:
    books = {"ana": 700, "bruno": 450, "eva": 300, "clara": 800, "dinis": 350, "filipa": 200}
    views = []
    for rules in (AuctionRules(), AuctionRules(assignment="preferred")):
        town = await make_town((*SELLERS, *BUYERS), CommunitySettings(auction=rules))
        await town.at(EVE, MARKET_OPEN)
        for one, other in (("eva", "filipa"), ("ana", "clara"), ("bruno", "dinis")):
            await wish(town, one, other, wants_green=True)
            await wish(town, other, one, wants_green=True)
        for member, wh in books.items():
            side, price = (Side.SELL, 50_000) if member in SELLERS else (Side.BUY, 150_000)
            assert (await town.command(member, town.book(member, side, wh, price))).status == 200
        await town.at(EVE, GATE)
        await town.operator.runner.run_due()
        results = {name: decode((await town.get(name, result_path(DAY))).body, AuctionResult) for name in books}
        views.append((results, await traded(town)))
    (plain, plain_pairs), (chosen, chosen_pairs) = views
    assert chosen_pairs != plain_pairs
    for name in books:
        assert chosen[name].periods == plain[name].periods
        by_period = [Counter[int](), Counter[int]()]
        for told, result in zip(by_period, (plain[name], chosen[name]), strict=True):
            for row in result.trades:
                told[row.start] += row.wh
        assert by_period[0] == by_period[1]
        assert by_period[0].total() > 0
        # at this price every Wh costs whole micro-units: no rounding of more or fewer transactions is in the way
        assert {one.price_micro_kwh % 1_000 for one in chosen[name].periods} == {0}
        assert sum(one.micro for one in chosen[name].trades) == sum(one.micro for one in plain[name].trades) > 0


async def test_what_was_cleared_is_cleared_again_whatever_is_wished_since(town: Town) -> None:
    for one, other in (("ana", "filipa"), ("filipa", "ana")):
        await wish(town, one, other)
    pairs = await trade(town)
    before = await town.look(lambda conn: auctions.get(conn, DAY))
    for one, other in (("ana", "dinis"), ("dinis", "ana"), ("filipa", "bruno"), ("bruno", "filipa")):
        await wish(town, one, other, wants_green=True)
    await place(town, "eva", "north", green=True)

    def again(conn: Connection) -> list[str]:
        return list(replay(conn, town.settings))

    assert await town.look(again) == []
    assert await town.look(lambda conn: auctions.get(conn, DAY)) == before
    assert await traded(town) == pairs
    assert before is not None
    assert before.preferences is not None
    assert msgspec.json.decode(before.preferences)["friends"] == [["ana", "filipa"]]


async def test_nothing_is_gathered_under_corner() -> None:
    town = await make_town((*SELLERS, *BUYERS))
    await town.at(EVE, MARKET_OPEN)
    await wish(town, "ana", "filipa")
    await wish(town, "filipa", "ana")
    await trade(town)
    auction = await town.look(lambda conn: auctions.get(conn, DAY))
    assert auction is not None
    assert auction.preferences is None

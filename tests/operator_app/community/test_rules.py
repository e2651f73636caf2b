"""The rules that an operator can choose, from the books to the bill."""

import pytest

from caravels_operator.common.quantities import money_micro
from caravels_operator.community.settings import CommunitySettings
from caravels_operator.ledger import entries, settlements, transactions
from caravels_operator.market.auction import AuctionRules
from tests.operator_app.community.town import DAY, Town, make_town

ASK, BID = 80_000, 150_000
"""Limit prices of ana and of everybody else in `trade_a_day` [micro-units per kWh]."""


async def settled_town(**settings: object) -> Town:
    town = await make_town(settings=CommunitySettings(**settings))  # type: ignore[arg-type]
    await town.trade_a_day()
    await town.settle_a_day()
    return town


@pytest.mark.parametrize(("k_permille", "price"), [(0, ASK), (250, 97_500), (500, 115_000), (1_000, BID)])
async def test_under_pair_every_pair_shares_its_own_gain(k_permille: int, price: int) -> None:
    town = await settled_town(auction=AuctionRules(price_rule="pair", pair_k_permille=k_permille))
    trades = await town.look(lambda conn: transactions.of_day(conn, DAY))
    assert len(trades) == 3 * 24
    assert {row.price_micro_kwh for row in trades} == {price}
    assert all(row.micro == money_micro(row.wh, price) for row in trades)
    lines = await town.look(lambda conn: settlements.lines(conn, DAY, 1))
    assert sum(line.trade_micro for line in lines) == 0
    sold = next(line for line in lines if line.member == "ana")
    assert sold.trade_micro == -sum(row.micro for row in trades)
    assert sum((await town.look(entries.balances)).values()) == 0


async def test_the_smallest_trade_leaves_smaller_bids_out() -> None:
    town = await settled_town(auction=AuctionRules(smallest_trade_wh=901))
    assert await town.look(lambda conn: transactions.of_day(conn, DAY)) == []


async def test_fees_are_paid_by_whom_they_are_set_for_and_booked_apart() -> None:
    free = await settled_town()
    charged = await settled_town(buyer_fee_micro_kwh=4_000, seller_fee_micro_kwh=1_000)
    before = {line.member: line for line in await free.look(lambda conn: settlements.lines(conn, DAY, 1))}
    for line in await charged.look(lambda conn: settlements.lines(conn, DAY, 1)):
        assert before[line.member].fees_micro == 0
        due = 4 * line.bought_wh + line.sold_wh
        assert line.fees_micro == due > 0
        assert line.total_micro - line.fees_micro == before[line.member].total_micro
    accounts = await charged.look(entries.balances)
    fees = sum(line.fees_micro for line in await charged.look(lambda conn: settlements.lines(conn, DAY, 1)))
    assert accounts["fees"] == -fees


async def test_strict_nets_nothing_and_costs_more_together() -> None:
    netted = await settled_town()
    strict = await settled_town(strict=True)
    totals = []
    for town in (netted, strict):
        lines = await town.look(lambda conn: settlements.lines(conn, DAY, 1))
        totals.append(sum(line.total_micro for line in lines))
        assert sum(line.trade_micro + line.netting_micro for line in lines) == 0
    assert all(line.netted_in_wh == 0 for line in await strict.look(lambda conn: settlements.lines(conn, DAY, 1)))
    assert totals[1] >= totals[0]

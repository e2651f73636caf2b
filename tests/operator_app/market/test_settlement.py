"""Engines B: every day's energy and money add up, and the checks fail when they should."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caravels_operator.market.auction import AuctionRules, Clearing
from caravels_operator.market.checks import check_settlement
from caravels_operator.market.contracts import contracted, deliveries, price_of_settlement
from caravels_operator.market.no_loss import no_loss, no_loss_postings
from caravels_operator.market.postings import KINDS, PostingKind, Postings
from caravels_operator.market.quality import ESTIMATED, MEASURED, OFFICIAL, fill_missing
from caravels_operator.market.savings import PARTS, alone_micro, savings_by_part
from caravels_operator.market.settlement import Settlement, SettlementDay, SettlementRules, residuals, settle
from caravels_operator.market.statement import statement_of
from caravels_operator.market.transactions import Transactions

from .samples import names, random_day

PERIODS = ((24, 24), (24, 96), (48, 96), (96, 96), (96, 24), (23, 92), (25, 100), (92, 23), (100, 25))
DAYS = [
    pytest.param((periods, strict, misfits), id=f"{periods[0]}-{periods[1]}{'-strict' * strict}{'-misfits' * misfits}")
    for periods, strict, misfits in product(PERIODS, (False, True), (False, True))
]


@pytest.fixture(scope="module", params=DAYS)
def settled(request: pytest.FixtureRequest) -> tuple[SettlementDay, Clearing, Settlement]:
    periods, strict, misfits = request.param
    day, clearing = random_day(27, periods, seed=sum(periods) + strict, strict=strict, misfits=misfits)
    return day, clearing, settle(day, clearing.transactions)


type Settled = tuple[SettlementDay, Clearing, Settlement]


def of_kind(postings: Postings, kind: PostingKind) -> Postings:
    return postings.at(postings.kind == KINDS.index(kind))


def test_every_period_buys_as_much_as_it_sells(settled: Settled) -> None:
    day, clearing, _ = settled
    assert np.array_equal(day.bought_wh.sum(axis=0), day.sold_wh.sum(axis=0))
    assert int(day.bought_wh.sum()) == int(clearing.volume_wh.sum()) > 0


def test_short_less_long_is_metered_less_contracted(settled: Settled) -> None:
    day, _, _ = settled
    short, long = residuals(day)
    metered, contract = day.import_wh - day.export_wh, day.bought_wh - day.sold_wh
    assert np.array_equal(short - long, metered - contract)
    assert ((short > 0) & (long > 0)).any()


def test_energy_is_conserved(settled: Settled) -> None:
    day, _, settlement = settled
    netting = settlement.netting
    short, long = residuals(day)
    assert np.array_equal(short - netting.taken_wh, settlement.residual_import_wh)
    assert np.array_equal(long - netting.given_wh, settlement.residual_export_wh)
    assert (settlement.residual_import_wh >= 0).all()
    assert (settlement.residual_export_wh >= 0).all()
    assert np.array_equal(netting.taken_wh.sum(axis=0), netting.given_wh.sum(axis=0))
    bought, fed_in = settlement.residual_import_wh.sum(axis=0), settlement.residual_export_wh.sum(axis=0)
    assert np.array_equal(bought - fed_in, (day.import_wh - day.export_wh).sum(axis=0))


def test_pairs_are_the_netted_amounts_and_nobody_meets_itself(settled: Settled) -> None:
    day, _, settlement = settled
    netting = settlement.netting
    taken, given_ = np.zeros_like(day.import_wh), np.zeros_like(day.import_wh)
    np.add.at(taken, (netting.taker, netting.period), netting.wh)
    np.add.at(given_, (netting.giver, netting.period), netting.wh)
    assert np.array_equal(taken, netting.taken_wh)
    assert np.array_equal(given_, netting.given_wh)
    assert (netting.wh > 0).all()
    assert (netting.giver != netting.taker).all()
    key = (netting.period * 27 + netting.giver) * 27 + netting.taker
    assert (np.diff(key) > 0).all()
    assert day.rules.strict == (netting.wh.size == 0)


def test_money_is_conserved_and_costs_are_the_postings(settled: Settled) -> None:
    day, _, settlement = settled
    balances = settlement.postings.balances()
    assert sum(balances.values()) == 0
    assert [balances[f"member:{member}"] for member in day.members] == (-settlement.cost_micro.sum(axis=1)).tolist()
    assert (settlement.postings.micro >= 0).all()
    assert not settlement.trade_micro.sum(axis=0).any()
    assert not settlement.netting_micro.sum(axis=0).any()
    assert balances["fees"] == int(settlement.fees_micro.sum()) > 0


def test_the_trades_are_the_auctions(settled: Settled) -> None:
    _, clearing, settlement = settled
    trades = of_kind(settlement.postings, PostingKind.TRADE)
    rows = clearing.transactions
    forward = rows.micro >= 0
    assert np.array_equal(trades.micro, np.abs(rows.micro))
    assert np.array_equal(trades.wh, np.where(forward, rows.wh, -rows.wh))
    assert np.array_equal(trades.payer, np.where(forward, rows.buyer, rows.seller))


def test_the_retailers_check_agrees(settled: Settled) -> None:
    day, clearing, settlement = settled
    assert check_settlement(day, settlement, clearing.transactions) == []


def test_the_same_day_settles_to_the_same_bytes(settled: Settled) -> None:
    day, clearing, settlement = settled
    again = settle(day, clearing.transactions).postings
    assert list(again.rows()) == list(settlement.postings.rows())


def test_no_netted_member_is_worse_off_than_with_its_retailer(settled: Settled) -> None:
    day, _, settlement = settled
    netting = settlement.netting
    price = netting.price_micro_kwh[netting.period]
    assert (day.feed_in_micro_kwh[netting.giver, netting.period] <= price).all()
    assert (price <= day.avoidable_micro_kwh[netting.taker, netting.period]).all()


def test_statements_are_the_members_own_and_sum_to_the_community(settled: Settled) -> None:
    day, _, settlement = settled
    statements = [statement_of(day, settlement, member) for member in range(27)]
    assert sum(statement.total_micro for statement in statements) == int(settlement.cost_micro.sum())
    for member, statement in enumerate(statements):
        energy = (statement.import_wh, statement.export_wh, statement.bought_wh, statement.sold_wh)
        columns = (day.import_wh, day.export_wh, day.bought_wh, day.sold_wh)
        assert energy == tuple(sum(column[member].tolist()) for column in columns)
        assert statement.netted_in_wh - statement.netted_out_wh + statement.residual_import_wh == (
            statement.residual_export_wh + energy[0] - energy[1] - energy[2] + energy[3]
        )
        account = f"member:{day.members[member]}"
        assert settlement.postings.balances()[account] == -statement.total_micro


# --- numbers ----------------------------------------------------------------------------------------------------------


def small_day(**changes: object) -> SettlementDay:
    """One hour of three homes; nothing contracted, nothing metered, but for the changes."""
    cells = np.zeros((3, 1), np.int64)
    day = SettlementDay(
        members=names(3),
        retailers=("north", "north", "south"),
        starts=np.array([1_767_225_600]),
        market_periods=1,
        import_wh=cells,
        export_wh=cells,
        bought_wh=cells,
        sold_wh=cells,
        retail_micro_kwh=cells + 240_000,
        avoidable_micro_kwh=cells + 216_000,
        vat_ppm=cells + 180_000,
        feed_in_micro_kwh=cells + 30_000,
        auction_micro_kwh=np.zeros(1, np.int64),
        traded=np.zeros(1, np.bool_),
        quality=cells.astype(np.int8),
    )
    columns = {
        name: np.array(value).reshape(3, -1) if isinstance(value, list) else value for name, value in changes.items()
    }
    return replace(day, **columns)  # type: ignore[arg-type]  # the columns by name


NO_TRADES = Transactions(*(np.zeros(0, np.int64) for _ in range(6)))


def test_a_home_alone_pays_its_retailer_in_three_legs() -> None:
    settlement = settle(small_day(import_wh=[1_003, 0, 0]), NO_TRADES)
    # 240,720 in all, rounded once: 43,330 VAT (18 %), and the unavoidable tenth without its own VAT.
    assert list(settlement.postings.rows()) == [
        ("retail", 0, "member:m01", "retailer:north", 1_003, 177_651),
        ("unavoidable", 0, "member:m01", "retailer:north", 1_003, 19_739),
        ("tax", 0, "member:m01", "tax", 0, 43_330),
    ]
    assert 177_651 + 19_739 + 43_330 == 1_003 * 240


def test_opposite_residuals_meet_in_the_middle_without_a_trade() -> None:
    day = small_day(import_wh=[1_000, 0, 500], export_wh=[0, 600, 0])
    settlement = settle(day, NO_TRADES)
    assert settlement.netting.price_micro_kwh.tolist() == [123_000]
    assert settlement.netting.taken_wh.tolist() == [[400], [0], [200]]
    assert list(of_kind(settlement.postings, PostingKind.NETTING).rows()) == [
        ("netting", 0, "member:m01", "member:m02", 400, 49_200),
        ("netting", 0, "member:m03", "member:m02", 200, 24_600),
    ]
    assert settlement.residual_import_wh.tolist() == [[600], [0], [300]]
    # The unavoidable part is paid on all that the meter imported.
    assert of_kind(settlement.postings, PostingKind.UNAVOIDABLE).wh.tolist() == [1_000, 500]
    assert of_kind(settlement.postings, PostingKind.FEED_IN).wh.size == 0


@pytest.mark.parametrize(("auction", "price"), [(20_000, 30_000), (99_000, 99_000), (230_000, 216_000)])
def test_the_netting_price_is_the_auctions_clipped(auction: int, price: int) -> None:
    day = small_day(
        import_wh=[1_000, 0, 0], export_wh=[0, 600, 0], auction_micro_kwh=np.array([auction]), traded=np.array([True])
    )
    assert settle(day, NO_TRADES).netting.price_micro_kwh.tolist() == [price]


def test_a_member_that_fits_no_price_is_left_out() -> None:
    day = small_day(import_wh=[1_000, 0, 0], export_wh=[0, 600, 300], feed_in_micro_kwh=[30_000, 300_000, 40_000])
    settlement = settle(day, NO_TRADES)
    assert settlement.netting.given_wh.tolist() == [[0], [0], [300]]
    assert settlement.netting.price_micro_kwh.tolist() == [128_000]
    assert settlement.feed_in_micro.tolist() == [[0], [-180_000], [0]]


def test_a_member_both_short_and_long_does_not_trade_with_itself() -> None:
    alone = settle(small_day(import_wh=[500, 0, 0], export_wh=[300, 0, 0]), NO_TRADES)
    assert alone.netting.wh.size == 0
    assert (alone.residual_import_wh[0, 0], alone.residual_export_wh[0, 0]) == (500, 300)
    other = settle(small_day(import_wh=[500, 0, 100], export_wh=[300, 200, 0]), NO_TRADES)
    pairs = zip(other.netting.giver.tolist(), other.netting.taker.tolist(), other.netting.wh.tolist(), strict=True)
    assert list(pairs) == [(0, 2, 100), (1, 0, 200)]


def test_the_obligation_is_kept_whatever_happened() -> None:
    """The paper's example (section II.C): who sold and did not deliver buys it from its retailer."""
    day = small_day(
        sold_wh=[500, 0, 0], bought_wh=[0, 500, 0], import_wh=[0, 500, 0], rules=SettlementRules(strict=True)
    )
    settlement = settle(day, NO_TRADES)
    assert settlement.residual_import_wh.tolist() == [[500], [0], [0]]
    # Not metered, so without the unavoidable part: 500 Wh at 0.216.
    assert settlement.retail_micro.tolist() == [[108_000], [12_000], [0]]


def test_a_negative_feed_in_price_is_paid_by_the_member() -> None:
    settlement = settle(small_day(export_wh=[400, 0, 0], feed_in_micro_kwh=[-5_000, 30_000, 30_000]), NO_TRADES)
    assert list(settlement.postings.rows()) == [("feed_in", 0, "member:m01", "retailer:north", -400, 2_000)]
    free = settle(small_day(export_wh=[400, 0, 0], feed_in_micro_kwh=[0, 0, 0]), NO_TRADES)
    assert list(free.postings.rows()) == [("feed_in", 0, "retailer:north", "member:m01", 400, 0)]


def test_the_local_fee_is_on_what_each_bought_and_sold_in_a_market_period() -> None:
    one = np.array([0, 0])
    trades = Transactions(one, one, np.array([1, 2]), np.array([333, 444]), one + 100_000, np.array([33_300, 44_400]))
    rules = SettlementRules(buyer_fee_micro_kwh=4_001, seller_fee_micro_kwh=1_000)
    day = small_day(
        import_wh=[0, 333, 444], export_wh=[777, 0, 0], bought_wh=[0, 333, 444], sold_wh=[777, 0, 0], rules=rules
    )
    settlement = settle(day, trades)
    assert list(of_kind(settlement.postings, PostingKind.LOCAL_FEE).rows()) == [
        ("local_fee", 0, "member:m01", "fees", 777, 777),
        ("local_fee", 0, "member:m02", "fees", 333, 1_332),
        ("local_fee", 0, "member:m03", "fees", 444, 1_776),
    ]
    assert settlement.fees_micro.tolist() == [[777], [1_332], [1_776]]
    assert check_settlement(day, settlement, trades) == []


def test_a_day_of_the_wrong_shape_or_sign_is_refused() -> None:
    with pytest.raises(ValueError, match="import_wh has shape"):
        small_day(import_wh=np.zeros((2, 1), np.int64))
    with pytest.raises(ValueError, match="export_wh is negative"):
        small_day(export_wh=[-1, 0, 0])


# --- market and settlement periods ------------------------------------------------------------------------------------


def test_a_trade_is_split_by_the_cumulative_rule() -> None:
    one = np.ones(1, np.int64)
    trade = Transactions(one, one * 0, one * 2, one * 1_003, one * 100_000, one * 100_300)
    due = deliveries(trade, 24, 96)
    assert (due.period.tolist(), due.wh.tolist()) == ([4, 5, 6, 7], [250, 251, 251, 251])
    tiny = deliveries(replace(trade, wh=one * 2), 24, 96)
    assert (tiny.period.tolist(), tiny.wh.tolist()) == ([5, 7], [1, 1])
    bought, sold = contracted(due, 3, 96)
    assert (bought[2, 4:8].tolist(), sold[0, 4:8].tolist()) == ([250, 251, 251, 251],) * 2
    with pytest.raises(ValueError, match="do not fit"):
        deliveries(trade, 24, 36)


def test_the_price_of_an_hour_of_quarters_weighs_by_volume() -> None:
    price, volume = np.array([100, 200, 0, 0, 0, 0, 0, 0]), np.array([30, 70, 0, 0, 0, 0, 0, 0])
    hourly, traded = price_of_settlement(price, volume, 2)
    assert (hourly.tolist(), traded.tolist()) == ([170, 0], [True, False])
    quarterly, traded = price_of_settlement(np.array([100, 0]), np.array([5, 0]), 8)
    assert (quarterly.tolist(), traded.tolist()) == ([100] * 4 + [0] * 4, [True] * 4 + [False] * 4)


# --- checks that can fail ---------------------------------------------------------------------------------------------


def planted(settlement: Settlement, kind: PostingKind, column: str) -> Settlement:
    """Return the settlement with one unit too much in one posting of a kind."""
    changed = getattr(settlement.postings, column).copy()
    changed[int(np.argmax(settlement.postings.kind == KINDS.index(kind)))] += 1
    return replace(settlement, postings=replace(settlement.postings, **{column: changed}))


@pytest.mark.parametrize(
    ("kind", "column", "what"),
    [
        (PostingKind.RETAIL, "micro", "retail micro of "),
        (PostingKind.RETAIL, "wh", "retail wh of "),
        (PostingKind.UNAVOIDABLE, "micro", "unavoidable micro of "),
        (PostingKind.UNAVOIDABLE, "wh", "unavoidable wh of "),
        (PostingKind.TAX, "micro", "tax micro"),
        (PostingKind.FEED_IN, "micro", "feed_in micro of "),
        (PostingKind.FEED_IN, "wh", "feed_in wh of "),
        (PostingKind.TRADE, "micro", "trade micro of "),
        (PostingKind.NETTING, "micro", "balance of "),
        (PostingKind.LOCAL_FEE, "micro", "fee micro of "),
    ],
)
def test_one_unit_too_much_is_found(kind: PostingKind, column: str, what: str) -> None:
    day, clearing = random_day(27, (24, 96), seed=1)
    settlement = planted(settle(day, clearing.transactions), kind, column)
    found = check_settlement(day, settlement, clearing.transactions)
    assert any(one.what.startswith(what) and abs(one.found - one.expected) == 1 for one in found)


def test_a_wrong_allocation_is_found() -> None:
    day, clearing = random_day(27, (24, 24), seed=2)
    settlement = settle(day, clearing.transactions)
    wh = settlement.netting.wh.copy()
    wh[0] += 1
    broken = replace(settlement, netting=replace(settlement.netting, wh=wh))
    assert check_settlement(day, broken, clearing.transactions)
    residual = settlement.residual_import_wh.copy()
    residual[3, 5] += 1
    broken = replace(settlement, residual_import_wh=residual)
    found = check_settlement(day, broken, clearing.transactions)
    assert [one.what for one in found] == ["retailers' net Wh in period 5"]


def test_contracts_that_are_not_the_transactions_are_found() -> None:
    day, clearing = random_day(27, (24, 24), seed=3)
    bought = day.bought_wh.copy()
    bought[np.unravel_index(int(bought.argmax()), bought.shape)] -= 1
    changed = replace(day, bought_wh=bought)
    found = check_settlement(changed, settle(changed, clearing.transactions), clearing.transactions)
    assert {one.what.split(" of ")[0] for one in found} > {"bought wh"}


# --- the month: no_loss, savings --------------------------------------------------------------------------------------


def month(*, strict: bool) -> tuple[list[int], list[int]]:
    """Return what 28 days of bad forecasts cost every member alone, and settled before fees."""
    alone, settled_ = np.zeros(27, np.int64), np.zeros(27, np.int64)
    for seed in range(28):
        day, clearing = random_day(27, (24, 24), seed, strict=strict, missed_wh=3_000)
        settlement = settle(day, clearing.transactions)
        alone += alone_micro(day.import_wh, day.export_wh, day.retail_micro_kwh, day.feed_in_micro_kwh).sum(axis=1)
        settled_ += settlement.before_fees_micro.sum(axis=1)
    return alone.tolist(), settled_.tolist()


@pytest.mark.parametrize("strict", [False, True])
def test_after_no_loss_nobody_paid_more_than_alone(strict: bool) -> None:
    before, after = (np.array(cost) for cost in month(strict=strict))
    payment = no_loss(before, after)
    lost = after > before
    assert bool(lost.any()) == strict
    assert int(payment.sum()) == 0
    assert (after + payment <= before).all()
    assert np.array_equal((after + payment)[lost], before[lost])
    postings = no_loss_postings(names(27), payment)
    assert sum(postings.balances().values()) == 0
    assert postings.balances()["community"] == 0
    assert [postings.balances()[f"member:{name}"] for name in names(27)] == (-payment).tolist()


def test_netting_first_saves_more_than_the_bare_rule() -> None:
    alone, netted = month(strict=False)
    _, bare = month(strict=True)
    assert sum(netted) < sum(bare) < sum(alone)


def test_gains_that_do_not_suffice_are_shared_pro_rata_to_the_losses() -> None:
    payment = no_loss(np.array([100, 100, 100, 100]), np.array([90, 160, 130, 100]))
    assert payment.tolist() == [10, -7, -3, 0]
    assert no_loss(np.array([5, 5]), np.array([9, 5])).tolist() == [0, 0]
    assert no_loss(np.array([100, 100, 100]), np.array([70, 80, 105])).tolist() == [3, 2, -5]


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12)), min_size=1, max_size=40))
def test_no_loss_moves_money_from_gains_to_losses_only(costs: list[tuple[int, int]]) -> None:
    alone, settled_ = np.array(costs, np.int64).T
    payment = no_loss(alone, settled_)
    assert int(payment.sum()) == 0
    gain = alone - settled_
    assert ((payment <= np.maximum(gain, 0)) & (payment >= np.minimum(gain, 0))).all()
    if int(gain.sum()) >= 0:
        assert (settled_ + payment <= alone).all()


def test_the_parts_of_a_saving_sum_to_it() -> None:
    chance = np.random.default_rng(1)
    alone, traded = chance.integers(-(10**9), 10**9, (2, 27))
    after_fees = traded + chance.integers(0, 10**6, 27)
    parts = savings_by_part(alone, [alone, traded, traded, after_fees])
    assert tuple(parts) == PARTS
    assert np.array_equal(sum(parts.values()), alone - after_fees)
    assert not parts["shared_storage"].any()
    assert not parts["response"].any()
    with pytest.raises(ValueError, match="4 parts, not 2"):
        savings_by_part(alone, [alone, traded])


def test_without_a_community_the_settled_day_costs_what_it_costs_alone() -> None:
    day, _ = random_day(27, (24, 24), seed=4, strict=True)
    nothing = np.zeros_like(day.bought_wh)
    settlement = settle(replace(day, bought_wh=nothing, sold_wh=nothing), NO_TRADES)
    alone = alone_micro(day.import_wh, day.export_wh, day.retail_micro_kwh, day.feed_in_micro_kwh)
    assert np.array_equal(settlement.cost_micro, alone)


# --- missing data -----------------------------------------------------------------------------------------------------


def test_missing_readings_are_estimated_and_flagged() -> None:
    metered, exported, forecast = np.array([[5, 9, 9]]), np.array([[1, 9, 9]]), np.array([[70, 20, -30]])
    quality = np.array([[OFFICIAL, MEASURED, MEASURED]], np.int8)
    result = fill_missing(metered, exported, quality, np.array([[True, False, False]]), forecast)
    assert [column.tolist() for column in result] == [[[5, 20, 0]], [[1, 0, 30]], [[OFFICIAL, ESTIMATED, ESTIMATED]]]
    day = small_day(quality=np.array([[ESTIMATED], [MEASURED], [OFFICIAL]], np.int8))
    settlement = settle(day, NO_TRADES)
    assert settlement.quality.tolist() == [[ESTIMATED], [MEASURED], [OFFICIAL]]
    assert [statement_of(day, settlement, member).estimated_periods for member in range(3)] == [1, 0, 0]


def test_the_pair_rule_settles_as_well() -> None:
    day, clearing = random_day(27, (24, 96), seed=6, rules=AuctionRules(price_rule="pair"))
    settlement = settle(day, clearing.transactions)
    assert check_settlement(day, settlement, clearing.transactions) == []
    assert sum(settlement.postings.balances().values()) == 0

"""Checks of a settled day by code of their own, so that an error on either side shows (engines B.3).

Nothing here is shared with the settlement: plain integers, member by member, from the meters, the contracts and the
final allocation of pairs to what every retailer must see.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from .accounts import TAX, retailer_account
from .postings import PostingKind
from .settlement import Settlement, SettlementDay
from .transactions import Transactions

_ENERGY_KINDS = (PostingKind.RETAIL, PostingKind.UNAVOIDABLE, PostingKind.FEED_IN)


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Something that does not add up."""

    what: str
    expected: int
    found: int


def check_settlement(day: SettlementDay, settlement: Settlement, transactions: Transactions) -> list[Discrepancy]:
    """Return everything about a settled day that does not add up; empty when all is well."""
    return [*_retailers(day, settlement), *_identities(day, settlement), *_trades(day, settlement, transactions)]


def _retailers(day: SettlementDay, settlement: Settlement) -> Iterator[Discrepancy]:
    """Every retailer's legs, and the tax, to the Wh and the micro-unit."""
    yield from _differences(_expected_legs(day, settlement), _posted_legs(day, settlement))


def _expected_legs(day: SettlementDay, settlement: Settlement) -> Counter[str]:
    taken, given = _allocation(settlement)
    legs: Counter[str] = Counter()
    for member, retailer in enumerate(day.retailers):
        for period in range(day.starts.size):
            cell = (member, period)
            imported, exported = int(day.import_wh[cell]), int(day.export_wh[cell])
            bought, sold = int(day.bought_wh[cell]), int(day.sold_wh[cell])
            lacked = (imported - min(imported, bought)) + (sold - min(sold, exported)) - taken[cell]
            left = (bought - min(imported, bought)) + (exported - min(sold, exported)) - given[cell]
            avoidable = int(day.avoidable_micro_kwh[cell])
            fixed = imported * (int(day.retail_micro_kwh[cell]) - avoidable)
            gross = _rounded(lacked * avoidable + fixed, 1_000)
            tax = _rounded(gross * int(day.vat_ppm[cell]), 1_000_000)
            fixed = _rounded(fixed, 1_000)
            fixed -= _rounded(fixed * int(day.vat_ppm[cell]), 1_000_000)
            legs.update(
                {
                    f"{PostingKind.RETAIL} wh of {retailer}": lacked,
                    f"{PostingKind.RETAIL} micro of {retailer}": gross - tax - fixed,
                    f"{PostingKind.UNAVOIDABLE} wh of {retailer}": imported,
                    f"{PostingKind.UNAVOIDABLE} micro of {retailer}": fixed,
                    f"{PostingKind.TAX} micro": tax,
                    f"{PostingKind.FEED_IN} wh of {retailer}": left,
                    f"{PostingKind.FEED_IN} micro of {retailer}": _rounded(
                        left * int(day.feed_in_micro_kwh[cell]), 1_000
                    ),
                }
            )
    return legs


def _allocation(settlement: Settlement) -> tuple[Counter[tuple[int, int]], Counter[tuple[int, int]]]:
    """Return what each (member, period) took and gave in netted pairs [Wh]."""
    netting = settlement.netting
    taken: Counter[tuple[int, int]] = Counter()
    given: Counter[tuple[int, int]] = Counter()
    for period, giver, taker, wh in zip(netting.period, netting.giver, netting.taker, netting.wh, strict=True):
        given[int(giver), int(period)] += int(wh)
        taken[int(taker), int(period)] += int(wh)
    return taken, given


def _posted_legs(day: SettlementDay, settlement: Settlement) -> Counter[str]:
    names = {retailer_account(name): name for name in day.retailers}
    legs: Counter[str] = Counter()
    for kind, _, payer, payee, wh, micro in settlement.postings.rows():
        if kind == PostingKind.TAX:
            legs[f"{kind} micro"] += micro if payee == TAX else -micro
        elif kind in _ENERGY_KINDS:
            outward = payee in names
            retailer = names[payee if outward else payer]
            sign = 1 if outward != (kind == PostingKind.FEED_IN) else -1
            legs[f"{kind} wh of {retailer}"] += sign * wh
            legs[f"{kind} micro of {retailer}"] += sign * micro
    return legs


def _identities(day: SettlementDay, settlement: Settlement) -> Iterator[Discrepancy]:
    """Bought from retailers less fed in is imports less exports, in every period; contracts cancel."""
    net = (settlement.residual_import_wh - settlement.residual_export_wh).sum(axis=0).tolist()
    metered = (day.import_wh - day.export_wh).sum(axis=0).tolist()
    contracts = (day.bought_wh - day.sold_wh).sum(axis=0).tolist()
    yield from _differences(
        {
            **{f"retailers' net Wh in period {period}": wh for period, wh in enumerate(metered)},
            **{f"contracts' net Wh in period {period}": 0 for period in range(len(contracts))},
        },
        {
            **{f"retailers' net Wh in period {period}": wh for period, wh in enumerate(net)},
            **{f"contracts' net Wh in period {period}": wh for period, wh in enumerate(contracts)},
        },
    )


def _trades(day: SettlementDay, settlement: Settlement, transactions: Transactions) -> Iterator[Discrepancy]:
    """Members pay each other what the transactions say, contracts are their Wh, and costs are the postings."""
    expected: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for seller, buyer, wh, micro in zip(
        *(column.tolist() for column in (transactions.seller, transactions.buyer, transactions.wh, transactions.micro)),
        strict=True,
    ):
        expected[f"sold wh of {day.members[seller]}"] += wh
        expected[f"bought wh of {day.members[buyer]}"] += wh
        expected[f"trade micro of {day.members[seller]}"] += micro
        expected[f"trade micro of {day.members[buyer]}"] -= micro
    for member, micro in _expected_fees(day, transactions):
        expected[f"fee micro of {day.members[member]}"] += micro
    for member, name in enumerate(day.members):
        found[f"sold wh of {name}"] = int(day.sold_wh[member].sum())
        found[f"bought wh of {name}"] = int(day.bought_wh[member].sum())
        expected[f"balance of {name}"] = -int(settlement.cost_micro[member].sum())
    for kind, _, payer, payee, _, micro in settlement.postings.rows():
        for account, signed in ((payer, -micro), (payee, micro)):
            if account.startswith("member:"):
                found[f"balance of {account.removeprefix('member:')}"] += signed
                if kind == PostingKind.TRADE:
                    found[f"trade micro of {account.removeprefix('member:')}"] += signed
                if kind == PostingKind.LOCAL_FEE:
                    found[f"fee micro of {account.removeprefix('member:')}"] -= signed
    yield from _differences(expected, found)


def _expected_fees(day: SettlementDay, transactions: Transactions) -> Iterator[tuple[int, int]]:
    """Yield each member's fee on what it bought, and on what it sold, in each market period."""
    for parties, fee in (
        (transactions.buyer, day.rules.buyer_fee_micro_kwh),
        (transactions.seller, day.rules.seller_fee_micro_kwh),
    ):
        traded: Counter[tuple[int, int]] = Counter()
        for member, period, wh in zip(
            parties.tolist(), transactions.period.tolist(), transactions.wh.tolist(), strict=True
        ):
            traded[member, period] += wh
        for (member, _), wh in traded.items():
            yield member, _rounded(wh * fee, 1_000)


def _differences(
    expected: Counter[str] | dict[str, int], found: Counter[str] | dict[str, int]
) -> Iterator[Discrepancy]:
    for what in sorted({*expected, *found}):
        if expected.get(what, 0) != found.get(what, 0):
            yield Discrepancy(what, expected.get(what, 0), found.get(what, 0))


def _rounded(value: int, unit: int) -> int:
    """Return value / unit, rounded half up."""
    return (2 * value + unit) // (2 * unit)

"""Sharing coefficients: whole numbers that sum to one, never more than the meters show."""

from collections import Counter

import numpy as np
import pytest

from caravels_operator.market.coefficients import GRID, sharing_coefficients
from caravels_operator.market.contracts import Deliveries, deliveries
from caravels_operator.market.netting import Netting, no_netting
from caravels_operator.market.settlement import settle

from .samples import random_day


@pytest.mark.parametrize("decimals", [0, 2, 4, 6])
@pytest.mark.parametrize(
    ("periods", "strict"), [((24, 24), False), ((24, 96), False), ((96, 24), True), ((25, 100), False)]
)
def test_the_coefficients_of_a_seller_sum_to_one(periods: tuple[int, int], strict: bool, decimals: int) -> None:
    day, clearing = random_day(27, periods, seed=decimals, strict=strict)
    netting = settle(day, clearing.transactions).netting
    rows = sharing_coefficients(
        deliveries(clearing.transactions, *periods), netting, day.import_wh, day.export_wh, decimals
    )
    total: Counter[tuple[int, int]] = Counter()
    received: Counter[tuple[int, int]] = Counter()
    for row in rows:
        assert row.units > 0
        assert row.buyer != row.seller
        total[row.period, row.seller] += row.units
        received[row.period, row.buyer] += row.units * int(day.export_wh[row.seller, row.period])
    assert set(total.values()) == {10**decimals}
    assert set(total) == {(int(period), int(seller)) for seller, period in zip(*np.nonzero(day.export_wh), strict=True)}
    keys = [(row.period, row.seller, row.buyer) for row in rows]
    assert keys == sorted(set(keys))
    if decimals == 6:  # no buyer is allotted more than it imported, but for the last decimal of each seller
        for (period, buyer), units in received.items():
            if buyer != GRID:
                assert units <= (int(day.import_wh[buyer, period]) + 1) * 10**6 + int(day.export_wh[:, period].sum())


def columns(*rows: tuple[int, int, int, int]) -> Deliveries:
    return Deliveries(*(np.array(column, np.int64) for column in zip(*rows, strict=True)))


def test_coefficients_with_their_numbers() -> None:
    due = columns((0, 0, 1, 600), (0, 0, 2, 300), (0, 1, 2, 100))
    import_wh, export_wh = np.array([[0], [500], [400]]), np.array([[700], [0], [0]])
    rows = sharing_coefficients(due, no_netting(3, 1), import_wh, export_wh, 3)
    # 900 Wh sold of 700 injected: 467 and 233; member 1 imported 500, so both fit; nothing is left for the grid.
    assert [(row.seller, row.buyer, row.units) for row in rows] == [(0, 1, 667), (0, 2, 333)]
    rows = sharing_coefficients(due, no_netting(3, 1), import_wh - [[0], [150], [0]], export_wh, 3)
    assert [(row.seller, row.buyer, row.units) for row in rows] == [(0, GRID, 167), (0, 1, 500), (0, 2, 333)]
    assert sharing_coefficients(due, no_netting(3, 1), import_wh, export_wh * 0, 3) == []


def test_netted_energy_is_allocated_beside_the_contracted() -> None:
    due = columns((0, 0, 1, 300))
    period, giver, taker, wh = np.array([(0, 0, 1, 100), (0, 0, 2, 200)], np.int64).T
    nothing = np.zeros((3, 1), np.int64)
    netting = Netting(nothing, nothing, nothing[0], period, giver, taker, wh)
    rows = sharing_coefficients(due, netting, np.array([[0], [400], [500]]), np.array([[1_000], [0], [0]]), 3)
    assert [(row.seller, row.buyer, row.units) for row in rows] == [(0, GRID, 400), (0, 1, 400), (0, 2, 200)]

"""Batteries in self-consumption: energy and limits with ==, over random homes, against a plain second reckoning."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from caravels_operator.virtual.batteries import empty, full, self_consume
from caravels_operator.virtual.scenario import Battery, Storage, load_scenario

STORAGE = load_scenario("paper").storage
flows = st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 5_000)), min_size=1, max_size=60)
banks = st.lists(st.builds(Battery, st.integers(1, 20_000), st.integers(1, 8_000)), min_size=1, max_size=4)


@given(flows, banks, st.sampled_from([900, 1_800, 3_600]), st.integers(0, 100))
def test_energy_is_conserved_and_limits_hold(
    flow: list[tuple[int, int]], bank: list[Battery], period_s: int, level: int
) -> None:
    load, pv = (np.array(column, dtype=np.int64) for column in zip(*flow, strict=True))
    units = tuple(bank)
    low, high = empty(units, STORAGE), full(units, STORAGE)
    if any(lower > upper for lower, upper in zip(low, high, strict=True)):
        return  # a unit too small to have a band in whole Wh
    stored = begin = tuple(lo + (hi - lo) * level // 100 for lo, hi in zip(low, high, strict=True))
    for period in range(len(load)):
        one = self_consume(load[period : period + 1], pv[period : period + 1], units, STORAGE, period_s, stored)
        taken, given_, bought, sold = (
            int(series[0]) for series in (one.charge_wh, one.discharge_wh, one.import_wh, one.export_wh)
        )
        assert bought - sold == load[period] - pv[period] + taken - given_
        assert min(taken, given_) == 0
        assert min(bought, sold) == 0
        assert 0 <= taken <= max(0, pv[period] - load[period])
        assert 0 <= given_ <= max(0, load[period] - pv[period])
        assert max(taken, given_) <= sum(unit.power_w * period_s // 3_600 for unit in units)
        assert all(lo <= now <= hi for lo, now, hi in zip(low, one.stored_wh, high, strict=True))
        change = sum(one.stored_wh) - sum(stored)
        lost = (taken - given_) - change
        assert 0.05 * taken - 1e-6 <= lost <= 0.05 * taken + len(units) if taken else True
        assert given_ * (1 / 0.95 - 1) - 1e-6 <= lost <= given_ / 0.95 - given_ + 2 * len(units) if given_ else True
        stored = one.stored_wh
    whole = self_consume(load, pv, units, STORAGE, period_s, begin)
    assert whole.stored_wh == stored


def test_a_day_by_hand() -> None:
    """A unit of 1,000 Wh at 400 W from its low end: fills to 950 Wh in three hours, empties in three."""
    unit = (Battery(1_000, 400),)
    load = np.array([0, 0, 0, 0, 300, 300, 300, 300], dtype=np.int64)
    pv = np.array([500, 500, 500, 500, 0, 0, 0, 0], dtype=np.int64)
    flow = self_consume(load, pv, unit, STORAGE, 3_600, (100,))
    assert flow.charge_wh.tolist() == [400, 400, 95, 0, 0, 0, 0, 0]  # 380 + 380 + 90 = 850 stored
    assert flow.discharge_wh.tolist() == [0, 0, 0, 0, 300, 300, 207, 0]  # 316 + 316, then 218 * 0.95 = 207.1
    assert flow.export_wh.tolist() == [100, 100, 405, 500, 0, 0, 0, 0]
    assert flow.import_wh.tolist() == [0, 0, 0, 0, 0, 0, 93, 300]
    assert flow.stored_wh == (100,)


def test_equal_units_share_evenly_and_a_small_one_as_far_as_it_can() -> None:
    equal = (Battery(2_400, 1_200),) * 3
    half = self_consume(np.array([0]), np.array([900]), equal, STORAGE, 3_600, empty(equal, STORAGE))
    assert half.stored_wh == (240 + 285,) * 3
    mixed = (Battery(10_000, 100), Battery(10_000, 5_000))
    flow = self_consume(np.array([0]), np.array([1_000]), mixed, STORAGE, 3_600, (1_000, 1_000))
    assert flow.charge_wh.tolist() == [1_000]
    assert flow.stored_wh == (1_000 + 95, 1_000 + 855)


def test_a_full_and_an_empty_battery_do_nothing() -> None:
    unit = (Battery(3_600, 1_800),)
    more = self_consume(np.array([0]), np.array([800]), unit, STORAGE, 900, full(unit, STORAGE))
    less = self_consume(np.array([800]), np.array([0]), unit, STORAGE, 900, empty(unit, STORAGE))
    assert (more.export_wh.tolist(), more.charge_wh.tolist()) == ([800], [0])
    assert (less.import_wh.tolist(), less.discharge_wh.tolist()) == ([800], [0])


def test_the_limits_come_from_the_scenario() -> None:
    storage = Storage(1_000_000, 1_000_000, 0, 1_000_000, 0, True, True, 0, 0)
    unit = (Battery(1_000, 1_000),)
    flow = self_consume(np.array([0, 1_500]), np.array([1_500, 0]), unit, storage, 3_600, (0,))
    assert flow.charge_wh.tolist() == [1_000, 0]
    assert flow.discharge_wh.tolist() == [0, 1_000]

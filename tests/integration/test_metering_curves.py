"""From registers and powers to energies of periods, without Home Assistant: edges, gaps, belief, rounding."""

from itertools import accumulate, pairwise
from random import Random

import pytest
from homeassistant.core import State

from custom_components.caravels.common.periods import DAY_S
from custom_components.caravels.common.protocol import Quality
from custom_components.caravels.metering.assembly import first_period
from custom_components.caravels.metering.curves import Amount, Knot, Stretch, counter_energy, power_energy
from custom_components.caravels.metering.live import KEPT, LiveCounter, LivePower
from custom_components.caravels.metering.sources import Kind, MeterSource, Sample, sample_of

SLOT_S = 300
QUARTER_S = 900
MOST_W = 250_000
WHOLE = MeterSource("sensor.x").part
MEASURED, ESTIMATED = Quality.MEASURED, Quality.ESTIMATED


def sample(wh: float, *, falls: bool = False, last_reset: str | None = None) -> Sample:
    return Sample(Kind.ENERGY, wh, falls, last_reset)


def test_random_counters_lose_nothing_in_any_part() -> None:
    chance = Random(7)
    gains = [chance.choice((0.0, 0.25, chance.uniform(0, 400))) for _ in range(2_000)]
    knots = [Knot(place * SLOT_S, wh) for place, wh in enumerate(accumulate(gains, initial=chance.uniform(0, 1e7)))]
    starts = range(0, 2_000 * SLOT_S // QUARTER_S * QUARTER_S, QUARTER_S)
    whole = counter_energy(knots, starts, QUARTER_S, WHOLE, MOST_W).known
    assert sum(amount.wh for amount in whole.values()) == round(knots[starts.stop // SLOT_S].wh) - round(knots[0].wh)
    parts = [MeterSource("sensor.x", share, begins).part for begins, share in ((0, 1), (1, 332), (333, 667))]
    split = [counter_energy(knots, starts, QUARTER_S, part, MOST_W).known for part in parts]
    assert [sum(some[at].wh for some in split) for at in starts] == [whole[at].wh for at in starts]


def test_halves_are_rounded_the_same_however_they_were_summed() -> None:
    for noise in (-1e-9, 0.0, 1e-9):
        knots = [Knot(0, 10.5 + noise), Knot(900, 12.0 - noise), Knot(1_800, 13.5 + noise)]
        known = counter_energy(knots, [0, 900], 900, WHOLE, MOST_W).known
        assert [amount.wh for amount in known.values()] == [1, 2]


def test_a_register_is_not_known_before_its_first_knot_nor_after_its_last() -> None:
    amounts = counter_energy(
        [Knot(100, 5.0), Knot(QUARTER_S, 9.0), Knot(1_900, 30.0)], range(0, 3_600, 900), 900, WHOLE, MOST_W
    )
    assert amounts.known == {QUARTER_S: Amount(19, ESTIMATED)}  # 9 + 21 * 900 / 1000 = 27.9 at its end
    assert counter_energy([], range(0, 3_600, 900), 900, WHOLE, MOST_W).known == {}


@pytest.mark.parametrize(("gain_wh", "believed"), [(250_000 / 4, True), (250_000 / 4 + 1, False)])
def test_a_register_may_rise_by_what_the_connection_carries(gain_wh: float, believed: bool) -> None:
    amounts = counter_energy([Knot(0, 0.0), Knot(900, gain_wh)], [0], 900, WHOLE, MOST_W)
    assert (list(amounts.known), amounts.implausible) == (([0], []) if believed else ([], [0]))


@pytest.mark.parametrize(("hours", "gain_wh", "believed"), [(6, 1_499_999, True), (40, 6_250_001, False)])
def test_a_counter_that_is_read_out_rarely_may_rise_by_all_of_it(hours: int, gain_wh: float, believed: bool) -> None:
    knots = [Knot(hour * 3_600, 0.0) for hour in range(hours)] + [Knot(hours * 3_600, gain_wh)]
    amounts = counter_energy(knots, [(hours - 1) * 3_600], 3_600, WHOLE, MOST_W)
    assert bool(amounts.known) is believed


def test_a_register_that_was_changed_goes_on_from_where_it_is() -> None:
    shown = [5_000_000.0, 5_000_100.0, 20.0, 120.0, 220.0]
    amounts = counter_energy(
        [Knot(place * 900, wh) for place, wh in enumerate(shown)], range(0, 3_600, 900), 900, WHOLE, MOST_W
    )
    assert [amounts.known[at].wh for at in range(0, 3_600, 900)] == [100, 0, 100, 100]


@pytest.mark.parametrize(
    ("covered_s", "amount"),
    [(900, Amount(300, MEASURED)), (892, Amount(300, MEASURED)), (451, Amount(300, ESTIMATED)), (450, None)],
)
def test_a_period_seen_in_part(covered_s: int, amount: Amount | None) -> None:
    stretches = [Stretch(0, 900, 1_200.0, float(covered_s))]
    assert power_energy(stretches, [0, 900], 900, WHOLE, MOST_W).known.get(0) == amount


def test_power_beyond_belief_and_below_zero() -> None:
    stretches = [
        Stretch(0, 900, -50.0, 900.0),
        Stretch(900, 1_800, 250_001.0, 900.0),
        Stretch(1_800, 2_700, 4.0, 900.0),
    ]
    amounts = power_energy(stretches, [0, 900, 1_800], 900, WHOLE, MOST_W)
    assert amounts.known == {0: Amount(0, MEASURED), 1_800: Amount(1, MEASURED)}
    assert amounts.implausible == [900]


def test_a_day_of_power_is_exact_to_the_wh() -> None:
    chance = Random(3)
    watts = [chance.uniform(0, 3) for _ in range(288)]
    stretches = [Stretch(place * SLOT_S, (place + 1) * SLOT_S, power, 300.0) for place, power in enumerate(watts)]
    amounts = power_energy(stretches, range(0, DAY_S, QUARTER_S), QUARTER_S, WHOLE, MOST_W).known
    assert len(amounts) == 96
    assert sum(amount.wh for amount in amounts.values()) == round(sum(watts) / 12)


@pytest.mark.parametrize("period_s", [900, 3_600])
@pytest.mark.parametrize("zone_s", [0, 900, 1_800, 2_700])
def test_a_day_is_rounded_from_the_same_period_on(period_s: int, zone_s: int) -> None:
    day = 20_000 * DAY_S
    periods = range(day - DAY_S + zone_s % period_s, day + 2 * DAY_S, period_s)
    of_day = [at for at in periods if day <= at < day + DAY_S]
    anchors = {first_period(at, period_s) for at in of_day}
    assert len(anchors) == 1
    anchor = anchors.pop()
    assert day - period_s < anchor <= day
    assert anchor in periods


def test_a_counter_seen_live() -> None:
    live = LiveCounter(100.0)
    for at, shown in ((100.0, 1_000.0), (250.0, 1_010.0), (299.9, 1_020.0), (300.0, 1_030.0), (700.0, 50.0)):
        live.take(at, sample(shown))
    live.take(900.0, None)
    live.advance(2_000.0)
    live.take(2_000.0, sample(60.0))
    live.advance(2_100.0)
    record = live.record()
    assert record.origin == (100.0, 1_000.0)
    # what was shown before 900 holds for the five minutes that begin there, as the recorder has it
    assert record.knots == ((300, 1_020.0), (600, 1_030.0), (900, 1_080.0), (1_200, 1_080.0), (2_100, 1_090.0))


@pytest.mark.parametrize(
    ("before", "after", "rose"),
    [
        (sample(1_000), sample(950), -50.0),
        (sample(1_000), sample(899), 899.0),
        (sample(1_000, falls=True), sample(300, falls=True), -700.0),
        (sample(1_000, falls=True, last_reset="a"), sample(300, falls=True, last_reset="b"), 300.0),
        (sample(1_000, falls=True, last_reset="a"), sample(1_300, falls=True, last_reset="b"), 1_300.0),
        (sample(1_000, falls=True, last_reset="a"), sample(300, falls=True), -700.0),
    ],
)
def test_when_a_counter_began_anew(before: Sample, after: Sample, rose: float) -> None:
    live = LiveCounter(0.0)
    live.take(0.0, before)
    live.take(10.0, after)
    live.advance(300.0)
    assert live.record().knots == ((300, 1_000.0 + rose),)


def test_power_seen_live() -> None:
    live = LivePower(100.0)
    for at, watts in ((100.0, 600.0), (200.0, 1_200.0), (450.0, None), (550.0, -30.0)):
        live.take(at, None if watts is None else Sample(Kind.POWER, watts))
    live.advance(600.0)
    assert live.record().stretches == ((0, 300, 900.0, 200.0), (300, 600, (150 * 1_200 - 50 * 30) / 200, 200.0))


def test_two_days_are_kept() -> None:
    counter, power = LiveCounter(0.0), LivePower(0.0)
    counter.take(0.0, sample(1.0))
    power.take(0.0, Sample(Kind.POWER, 1.0))
    for live in (counter, power):
        live.advance(5.0 * DAY_S)
    knots, stretches = counter.record().knots, power.record().stretches
    assert (len(knots), len(stretches)) == (KEPT, KEPT)
    assert knots[-1].at == stretches[-1].end == 5 * DAY_S
    assert {after.at - before.at for before, after in pairwise(knots)} == {SLOT_S}


def test_a_counters_power_is_known_after_ten_minutes_and_while_it_is_there() -> None:
    live = LiveCounter(0.0)
    live.take(0.0, sample(1_000.0))
    live.advance(590.0)
    assert live.watts(590.0) is None
    live.take(640.0, sample(1_034.0))
    assert live.watts(640.0) == 34 * 3_600 / 340  # since 300
    assert live.watts(1_000.0) is None, "nobody advanced it"
    live.take(700.0, None)
    assert live.watts(700.0) is None


@pytest.mark.parametrize(("state_class", "shown"), [("total", -5_000.0), ("total_increasing", None), (None, None)])
def test_only_a_total_may_be_below_zero(state_class: str | None, shown: float | None) -> None:
    attributes = {"unit_of_measurement": "kWh", "state_class": state_class}
    found = sample_of(State("sensor.x", "-5", attributes))
    assert (found.value if found else None) == shown

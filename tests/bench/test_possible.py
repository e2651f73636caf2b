"""What could have been saved, against a linear programme that knows nothing of sorting."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from bench._possible import Ints, least_wh, possible


def linear_programme(imported: Ints, exported: Ints, avoidable: Ints, feed_in: Ints) -> float:
    """The same optimum [micro-units] as a transport problem: flow[i, j] from exporter i to importer j, by period."""
    size, total = len(imported), 0.0
    for t in range(imported.shape[1]):
        gain = np.subtract.outer(-feed_in[:, t], -avoidable[:, t]).ravel()
        gives, takes = np.kron(np.eye(size), np.ones(size)), np.kron(np.ones(size), np.eye(size))
        limits = np.concatenate([exported[:, t], imported[:, t]])
        total -= linprog(-gain, A_ub=np.vstack([gives, takes]), b_ub=limits).fun or 0.0
    return total / 1_000


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 4))
def test_it_is_the_optimum_of_the_transport_problem(seed: int, members: int, periods: int) -> None:
    chance = np.random.default_rng(seed)
    shape = (members, periods)
    imported, exported = (
        chance.integers(0, 3_000, shape),
        chance.integers(0, 3_000, shape) * chance.integers(0, 2, shape),
    )
    avoidable, feed_in = chance.integers(20_000, 200_000, shape), chance.integers(0, 120_000, shape)
    assert (
        abs(
            possible(imported, exported, avoidable, feed_in).micro
            - linear_programme(imported, exported, avoidable, feed_in)
        )
        <= 1
    )


def test_numbers_worked_out_by_hand() -> None:
    imported, exported = np.array([[1_000], [500], [0]]), np.array([[0], [0], [1_200]])
    avoidable, feed_in = np.array([[144_000], [216_000], [144_000]]), np.array([[30_000]] * 3)
    # 500 Wh at 0.186 and 700 Wh at 0.114 EUR/kWh
    result = possible(imported, exported, avoidable, feed_in)
    assert (result.wh, result.micro) == (1_200, 93_000 + 79_800)
    assert least_wh(imported, exported) == 1_200


def test_what_gains_nothing_is_left_out() -> None:
    one = np.array([[1_000]])
    assert possible(one, one, np.array([[30_000]]), np.array([[30_000]])).wh == 0
    assert possible(one, np.zeros_like(one), np.array([[30_000]]), np.array([[0]])).micro == 0

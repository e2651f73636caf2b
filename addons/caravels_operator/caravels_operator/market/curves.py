"""The two step curves of a period, for the picture that everybody knows from a market report (engines A.3)."""

from dataclasses import dataclass

import numpy as np

from .arithmetic import Flags, Ints, running_total
from .orders import Orders


@dataclass(frozen=True, slots=True)
class StepCurve:
    """Energy offered at a price or better; each shape (k,), in order of merit, a price once."""

    price_micro_kwh: Ints
    wh: Ints
    """Energy up to and with this price [Wh]."""


def supply_demand_curve(orders: Orders, period: int) -> tuple[StepCurve, StepCurve]:
    """Return the demand curve (dear to cheap) and the supply curve (cheap to dear) of one period."""
    here = (orders.period == period) & (orders.wh > 0)
    return _curve(orders, here & orders.buy, dear_first=True), _curve(orders, here & ~orders.buy, dear_first=False)


def _curve(orders: Orders, rows: Flags, *, dear_first: bool) -> StepCurve:
    limit = orders.price_micro_kwh[rows]
    order = np.argsort(-limit if dear_first else limit, kind="stable")
    limit, total = limit[order], running_total(orders.wh[rows][order])[1:]
    last = np.flatnonzero(np.append(limit[1:] != limit[:-1], True))[: limit.size]
    return StepCurve(limit[last], total[last])

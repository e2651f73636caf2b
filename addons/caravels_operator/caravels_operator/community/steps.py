"""The one table of steps: what is done when a step of each kind is due."""

from collections.abc import Mapping
from typing import Final

from .forecasts import forecast_day, forecast_hours, keep_forecasts, keep_hours_ahead
from .late_prices import fetch_again, publish_again
from .market_day import close_gate, fetch_prices, publish_prices
from .month import close_month
from .prune import prune
from .runner import StepHandler
from .schedule import StepKind
from .settlement_day import restate_day, settle_day

HANDLERS: Final[Mapping[str, StepHandler]] = {
    StepKind.PRICES: StepHandler(publish_prices, fetch_prices),
    StepKind.PRICES_AGAIN: StepHandler(publish_again, fetch_again),
    StepKind.FORECASTS: StepHandler(keep_forecasts, forecast_day),
    StepKind.HOUR_AHEAD: StepHandler(keep_hours_ahead, forecast_hours),
    StepKind.GATE: StepHandler(close_gate),
    StepKind.SETTLE: StepHandler(settle_day),
    StepKind.RESTATE: StepHandler(restate_day),
    StepKind.MONTH: StepHandler(close_month),
    StepKind.PRUNE: StepHandler(prune),
}

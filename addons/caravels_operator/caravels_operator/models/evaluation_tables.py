"""An evaluation as tables for people."""

import math
from collections import Counter
from collections.abc import Iterable
from typing import Final

from rich.table import Table

from ..common.forecasting.forecast import Target
from .evaluation import Evaluation
from .evaluation_report import COMMUNITY, OURS, POOLED, Row

_COLUMNS: Final = ("mae", "nmae", "nrmse", "mase", "energy_ratio", "day_nmae", "cover80")
_HEADERS: Final = ("MAE kWh/h", "nMAE", "nRMSE", "MASE", "energy", "day nMAE", "cover")


def method_table(rows: Iterable[Row], target: Target) -> Table:
    """Return each method's pooled figures, with the community's nMAE and how much better `caravels` is."""
    table = Table("method", *_HEADERS, "community", "caravels better by", title="Pooled over homes and hours")
    if target is Target.GENERATION:
        table.add_column("% of capacity")
        table.add_column("in daylight")
    _numbers_to_the_right(table)
    community = {row.method: row for row in rows if row.scope == COMMUNITY}
    for row in rows:
        if row.scope != POOLED:
            continue
        cells = [*_shown(row), f"{community[row.method].metrics.nmae:.3f}", _percent(row.skill_of_caravels)]
        if target is Target.GENERATION:
            cells += [f"{100 * row.mae_capacity:.2f}", f"{100 * row.mae_capacity_daylight:.2f}"]
        table.add_row(row.method, *cells)
    return table


def home_table(rows: Iterable[Row], evaluation: Evaluation) -> Table:
    """Return the figures of `caravels` by home, and of the community, and what homes went by."""
    table = Table("home", *_HEADERS, "over last week", "over 7-day mean", title="Members' own forecasts")
    _numbers_to_the_right(table)
    table.add_column("hours by method")
    methods = {home.home: home.methods for home in evaluation.homes}
    methods[POOLED] = sum((Counter(each) for each in methods.values()), Counter[str]())
    for row in rows:
        if row.method == OURS:
            went_by = ", ".join(f"{name} {hours}" for name, hours in methods.get(row.scope, {}).items())
            table.add_row(row.scope, *_shown(row), _percent(row.skill_last_week), _percent(row.skill_mean7), went_by)
    return table


def _shown(row: Row) -> list[str]:
    figures = row.figures()
    values = [float(figures[column]) for column in _COLUMNS]
    return [f"{value:.3f}" if math.isfinite(value) else "" for value in values]


def _percent(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:+.1f} %" if math.isfinite(share) else ""


def _numbers_to_the_right(table: Table) -> None:
    for column in table.columns[1:]:
        column.justify = "right"

"""script/bench forecast: how good members' forecasts are on real homes, apart from the days that models learnt from.

The shared data set fontana17, its last 56 days, by rolling origin, beside every baseline of the reference's table in
the same run. Models are trained by the recipe of the shipped files on what lies before; for `heldout_*` four homes are
left out of training and scored. docs/methods/forecasting.md defines every figure.
"""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from bench._forecast_baselines import learnt_day_ahead, learnt_hour_ahead
from bench._forecast_member import member_figures
from bench._report import machine, print_result, table
from caravels_operator.common.forecasting.forecast import Horizon, Target
from caravels_operator.common.forecasting.series import Floats, Integers
from caravels_operator.models.data_folder import DataFolder, read_data_folder
from caravels_operator.models.evaluation import Evaluation, evaluate, window
from caravels_operator.models.evaluation_report import COMMUNITY, OURS, POOLED, rows_of
from caravels_operator.models.metrics import Metrics, metrics_of, together
from caravels_operator.models.rolling_origin import Files, Wanted
from caravels_operator.models.training import train
from caravels_operator.virtual.measured import shared_data_folder

DATA_SET: Final = "fontana17"
NEW_HOMES: Final = ("h13", "h14", "h16", "h17")
DAY_AHEAD: Final = Wanted()
BARS: Final = {
    "da_mae": 0.632,
    "da_community_nmae": 0.170,
    "ha_mae": 0.551,
    "six_ms": 20,
    "mb_beyond_numpy": 10,
    "state_kb": 200,
}
SHORT: Final = {
    "mean_7_days": "mean7",
    "mean_28_days": "mean28",
    "mean_30_days": "mean30",
    "same_weekdays_4": "weekdays4",
    "half_last_hour_half_7_days": "half_last_hour",
}

type Figures = dict[str, tuple[Metrics, float]]
"""By method: the figures over homes and hours, and the community's nMAE."""


def main() -> int:
    """Run; exit code 1 where a bar is missed."""
    shared = shared_data_folder()
    if shared is None or not (shared / DATA_SET).is_dir():
        print(f"The data set {DATA_SET} is not there: set CARAVELS_SHARED to the folder with data/.", file=sys.stderr)
        return 1
    os.environ |= {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }  # of the processes to come: they share the cores
    begun = time.perf_counter()
    folder = read_data_folder(shared / DATA_SET)
    print(f"{DATA_SET}, last {DAY_AHEAD.test_days} days, {machine()}\n")
    result = {**_consumption(folder), **_generation(folder), **member_figures(folder)}
    missed = [f"{key} {result[key]} > {most}" for key, most in BARS.items() if round(result[key], 3) > most]
    if result["pv_nmae_no_weather"] > result["mean7_pv_nmae"]:
        missed.append("generation without weather is worse than the mean of 7 days")
    print(f"{time.perf_counter() - begun:.0f} s in all. Bars missed: {', '.join(missed) or 'none'}.")
    print_result(result)
    return 1 if missed else 0


def _consumption(folder: DataFolder) -> dict[str, float]:
    """Return the figures of consumption: ours and every baseline's."""
    files, without_new = (_train(folder, left_out) for left_out in ((), NEW_HOMES))
    day = evaluate(folder, DAY_AHEAD, files)
    midnight = evaluate(folder, Wanted(issue_hour=24), files)
    hour = evaluate(folder, Wanted(horizon=Horizon.HOUR_AHEAD), files)
    new = evaluate(folder, Wanted(homes=NEW_HOMES), without_new)
    kwh, weekday = whole_days(folder)
    of_day = _figures(day, learnt_day_ahead(kwh, weekday, DAY_AHEAD.test_days, DAY_AHEAD.issue_hour))
    of_hour = _figures(hour, learnt_hour_ahead(kwh, weekday, DAY_AHEAD.test_days))
    of_midnight, of_new = _figures(midnight, {}), _figures(new, {})
    for title, figures in (
        ("Day-ahead, issued 12:00", of_day),
        ("Day-ahead, issued 24:00", of_midnight),
        ("Hour-ahead", of_hour),
        ("Day-ahead of homes that were not learnt from", of_new),
    ):
        print(_table(title, figures), end="\n\n")
    ours = of_day[OURS][0]
    pooled = next(row for row in rows_of(day) if (row.scope, row.method) == (POOLED, OURS))
    return {
        "da_mae": _kwh(ours.mae_wh),
        "da_nrmse": round(ours.nrmse, 4),
        "da_community_nmae": round(of_day[OURS][1], 4),
        "da_energy_ratio": round(ours.energy_ratio, 4),
        "da24_mae": _kwh(of_midnight[OURS][0].mae_wh),
        "ha_mae": _kwh(of_hour[OURS][0].mae_wh),
        "cover80": round(pooled.cover80, 4),
        "heldout_da_mae": _kwh(of_new[OURS][0].mae_wh),
        **_baselines("da", of_day),
        **_baselines("da24", of_midnight),
        **_baselines("ha", of_hour),
        **_baselines("heldout_da", of_new),
        **{f"{name}_da_community_nmae": nmae for name, nmae in _communities(of_day).items()},
    }


def _generation(folder: DataFolder) -> dict[str, float]:
    """Return the figures of generation without a weather forecast: the set has a synthetic one alone."""
    figures = _figures(evaluate(folder, Wanted(Target.GENERATION), ()), {})
    print(_table("Generation, day-ahead, issued 12:00, without weather", figures), end="\n\n")
    return {
        "pv_nmae_no_weather": round(figures[OURS][0].nmae, 4),
        **{f"{_short(name)}_pv_nmae": round(of.nmae, 4) for name, (of, _) in figures.items() if name != OURS},
    }


def _train(folder: DataFolder, left_out: Sequence[str]) -> Files:
    """Return models of what lies before the test days."""
    homes = {name: one for name, one in folder.series[Target.CONSUMPTION].items() if name not in left_out}
    return tuple(train(homes, folder.calendar, until=window(folder, DAY_AHEAD)[0]).items())


def whole_days(folder: DataFolder) -> tuple[Floats, Integers]:
    """Return what was consumed on the set's whole days [kWh], shape (homes, days, 24), and their weekdays."""
    homes = list(folder.series[Target.CONSUMPTION].values())
    shown = folder.calendar.hours(homes[0].first, homes[0].wh.size)
    begin, end = (int(np.flatnonzero(shown.hour == edge)[place]) for edge, place in ((0, 0), (23, -1)))
    wh = np.array([home.wh[begin : end + 1] for home in homes])
    return wh.reshape(len(homes), -1, 24) / 1_000, shown.weekday[begin:end:24]


def _figures(evaluation: Evaluation, learnt: Mapping[str, Floats]) -> Figures:
    """Return everyone's figures: ours, the naive methods', and those of learnt baselines [kWh] (homes, days, 24)."""
    rows = rows_of(evaluation)
    community = {row.method: row.metrics.nmae for row in rows if row.scope == COMMUNITY}
    found = {row.method: (row.metrics, community[row.method]) for row in rows if row.scope == POOLED}
    actual = np.array([home.actual for home in evaluation.homes])
    scale = np.array([home.scale for home in evaluation.homes])
    for name, kwh in learnt.items():
        said = kwh.reshape(actual.shape) * 1_000
        of_sum = metrics_of(*together(actual, said), np.ones(1), evaluation.day)
        found[name] = metrics_of(actual, said, scale, evaluation.day), of_sum.nmae
    return found


def _table(title: str, figures: Figures) -> str:
    header = (title, "MAE kWh/h", "nMAE", "nRMSE", "MASE", "energy", "day nMAE", "community")
    rows = []
    for name, (of, community) in figures.items():
        values = (of.mae_wh / 1_000, of.nmae, of.nrmse, of.mase, of.energy_ratio, of.day_nmae, community)
        rows.append([name, *(f"{value:.3f}" for value in values)])
    return table(header, rows)


def _baselines(kind: str, figures: Figures) -> dict[str, float]:
    return {f"{_short(name)}_{kind}_mae": _kwh(of.mae_wh) for name, (of, _) in figures.items() if name != OURS}


def _communities(figures: Figures) -> dict[str, float]:
    return {_short(name): round(nmae, 4) for name, (_, nmae) in figures.items() if name != OURS}


def _short(name: str) -> str:
    return SHORT.get(name, name)


def _kwh(wh: float) -> float:
    return round(wh / 1_000, 4)


if __name__ == "__main__":
    sys.exit(main())

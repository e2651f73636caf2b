"""An evaluation as figures, and as CSV and JSON: for each home, pooled and for the community, of the members' own
forecasts and of each naive method. In files and tables energies are kWh an hour.
"""

import csv
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..common.forecasting.forecast import Target
from ..common.forecasting.series import Floats
from .evaluation import Evaluation
from .metrics import Metrics, coverage, metrics_of, skill, together
from .naive import LAST_WEEK, MEAN_7
from .rolling_origin import HomeForecasts

OURS: Final = "caravels"
POOLED: Final = "pooled"
COMMUNITY: Final = "community"
CSV_FILE: Final = "evaluation.csv"
JSON_FILE: Final = "evaluation.json"
_WH_A_KWH: Final = 1_000.0


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one method for one home, for all together, or for their sum; nan where one cannot be told.

    Attributes:
        scope: a home's name, `pooled` or `community`.
        method: `caravels` is what a member runs; the others are naive.
        cover80: share of hours inside the band; of `caravels`, of homes.
        skill_last_week, skill_mean7: 1 - MAE / MAE of the same hour last week, of the mean of 7 days.
        skill_of_caravels: 1 - MAE of `caravels` / MAE of this method.
        mae_capacity, mae_capacity_daylight: MAE / capacity, mean over homes, in all hours and in those with the sun
            up; of generation.
    """

    scope: str
    method: str
    metrics: Metrics
    cover80: float = math.nan
    skill_last_week: float = math.nan
    skill_mean7: float = math.nan
    skill_of_caravels: float = math.nan
    mae_capacity: float = math.nan
    mae_capacity_daylight: float = math.nan

    def figures(self) -> dict[str, float | str]:
        """Return everything by name; energies in kWh an hour."""
        metrics = self.metrics
        return {
            "scope": self.scope,
            "method": self.method,
            "hours": metrics.hours,
            "mean": metrics.mean_wh / _WH_A_KWH,
            "mae": metrics.mae_wh / _WH_A_KWH,
            "nmae": metrics.nmae,
            "nrmse": metrics.nrmse,
            "mase": metrics.mase,
            "energy_ratio": metrics.energy_ratio,
            "day_nmae": metrics.day_nmae,
            "cover80": self.cover80,
            "skill_last_week": self.skill_last_week,
            "skill_mean7": self.skill_mean7,
            "skill_of_caravels": self.skill_of_caravels,
            "mae_capacity": self.mae_capacity,
            "mae_capacity_daylight": self.mae_capacity_daylight,
        }


def rows_of(evaluation: Evaluation) -> list[Row]:
    """Return the figures of the homes, then pooled, then of the community; of each first those of `caravels`."""
    homes = evaluation.homes
    rows = [row for home in homes for row in _scope(home.home, (home,), evaluation)]
    return [*rows, *_scope(POOLED, homes, evaluation), *_community(evaluation)]


def _scope(scope: str, homes: tuple[HomeForecasts, ...], evaluation: Evaluation) -> list[Row]:
    actual = np.array([home.actual for home in homes])
    scale = np.array([home.scale for home in homes])
    said = _methods(homes)
    found = {name: metrics_of(actual, forecast, scale, evaluation.day) for name, forecast in said.items()}
    low, high = (np.array([getattr(home, edge) for home in homes]) for edge in ("low", "high"))
    cover = coverage(actual, low, high)
    capacity = np.array([home.capacity_wh for home in homes])
    rows = []
    for name, forecast in said.items():
        of_capacity = np.abs(forecast - actual) / np.where(capacity > 0.0, capacity, np.nan)[:, None]
        is_generation = evaluation.wanted.target is Target.GENERATION
        rows.append(
            _row(
                scope,
                name,
                found,
                cover80=cover if name == OURS else math.nan,
                mae_capacity=_mean(of_capacity) if is_generation else math.nan,
                mae_capacity_daylight=_mean(of_capacity[:, evaluation.daylight]) if is_generation else math.nan,
            )
        )
    return rows


def _community(evaluation: Evaluation) -> list[Row]:
    """Return the figures of the sum over homes."""
    actual = np.array([home.actual for home in evaluation.homes])
    found = {}
    for name, forecast in _methods(evaluation.homes).items():
        total, expected = together(actual, forecast)
        found[name] = metrics_of(total, expected, np.array([evaluation.community_scale]), evaluation.day)
    return [_row(COMMUNITY, name, found) for name in found]


def _methods(homes: Iterable[HomeForecasts]) -> dict[str, Floats]:
    """Return what each method said, shape (homes, hours)."""
    by_home = [{OURS: home.mean, **home.naive} for home in homes]
    return {name: np.array([said[name] for said in by_home]) for name in by_home[0]}


def _row(scope: str, name: str, found: Mapping[str, Metrics], **more: float) -> Row:
    own = found[name].mae_wh
    return Row(
        scope,
        name,
        found[name],
        skill_last_week=skill(own, found[LAST_WEEK].mae_wh),
        skill_mean7=skill(own, found[MEAN_7].mae_wh),
        skill_of_caravels=skill(found[OURS].mae_wh, own),
        **more,
    )


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else math.nan


def result_line(rows: Iterable[Row]) -> dict[str, float | None]:
    """Return the last printed line: the pooled figures of `caravels`; None where one cannot be told."""
    ours = {row.scope: row.figures() for row in rows if row.method == OURS}
    pooled = ours[POOLED]
    keys = ("mae", "nmae", "nrmse", "mase", "energy_ratio")
    named = {key: pooled[key] for key in keys}
    named["community_nmae"] = ours[COMMUNITY]["nmae"]
    named |= {key: pooled[key] for key in ("cover80", "skill_last_week", "skill_mean7")}
    return {key: _rounded(value) for key, value in named.items()}


def write_evaluation(evaluation: Evaluation, rows: Iterable[Row], folder: Path) -> tuple[Path, Path]:
    """Write all figures as CSV and as JSON; return the files."""
    figures = [{key: _cell(value) for key, value in row.figures().items()} for row in rows]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / CSV_FILE).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(figures[0]))
        writer.writeheader()
        writer.writerows(figures)
    wanted = evaluation.wanted
    content: dict[str, Any] = {
        "target": wanted.target.value,
        "horizon": wanted.horizon.value,
        "issue_hour": wanted.issue_hour,
        "first_day": evaluation.first.isoformat(),
        "last_day": evaluation.last.isoformat(),
        "homes": [home.home for home in evaluation.homes],
        "left_out": dict(evaluation.left_out),
        "notes": list(evaluation.notes),
        "hours_by_method": {home.home: dict(home.methods) for home in evaluation.homes},
        "result": result_line(rows),
        "rows": figures,
    }
    (folder / JSON_FILE).write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", "utf-8")
    return folder / CSV_FILE, folder / JSON_FILE


def _cell(value: float | str) -> float | str | None:
    return _rounded(value) if isinstance(value, float) else value


def _rounded(value: float | str) -> float | None:
    return round(float(value), 6) if math.isfinite(float(value)) else None

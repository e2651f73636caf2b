"""script/bench flexibility: forecasts of what devices could reduce or shift, over the scenario's four windows.

docs/methods/forecasting.md defines reduction, shifting and every figure.
"""

from math import isnan

from bench._forecast_flexibility import Scores, flexibility_ms, flexibility_scores
from bench._report import machine, print_result, table
from caravels_operator.virtual.houses import build_houses
from caravels_operator.virtual.measured import shared_data_folder
from caravels_operator.virtual.scenario import load_scenario

_COLUMNS = ("nmae", "nrmse", "energy_ratio", "worst_energy_ratio", "community_nmae", "cover80", "above_p90")
_SHORT = {"day_ahead": "", "hour_ahead": "ha_"}


def main() -> int:
    """Measure and print."""
    scenario = load_scenario("paper")
    houses = build_houses(scenario, shared_data_folder())
    print(f"{len(houses)} virtual homes, {len(scenario.bench_starts)} windows of 28 days, {machine()}\n")
    scores = flexibility_scores(scenario, houses)
    rows = [(" ".join(key).replace("_", "-"), *map(_text, _values(score))) for key, score in sorted(scores.items())]
    print(table(["", *(column.replace("_", " ") for column in _COLUMNS)], rows), "\n")
    result: dict[str, object] = {}
    for (kind, horizon, way), score in scores.items():
        prefix = f"{_SHORT[horizon]}{kind}" + ("" if way == "declared" else f"_{way}")
        result[f"{prefix}_nmae"] = round(score.nmae, 4)
        result[f"{prefix}_nrmse"] = round(score.nrmse, 4)
        result[f"{prefix}_bias"] = round(score.energy_ratio - 1, 4)
        result[f"{prefix}_community_nmae"] = round(score.community_nmae, 4)
        if not isnan(score.cover80):
            result[f"{prefix}_cover80"] = round(score.cover80, 4)
            result[f"{prefix}_above_p90"] = round(score.above_p90, 4)
    result["flexibility_ms"] = round(flexibility_ms(scenario), 3)
    print_result(result)
    return 0


def _values(score: Scores) -> list[float]:
    return [float(getattr(score, column)) for column in _COLUMNS]


def _text(value: float) -> str:
    return "-" if isnan(value) else f"{value:.3f}"


if __name__ == "__main__":
    raise SystemExit(main())

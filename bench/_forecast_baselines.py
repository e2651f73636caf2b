"""The learnt baselines of the reference's table (forecasting, section 2), trained on what lies before the test days.

Energies are kWh, of shape (homes, days, 24). Each trains in one thread; their seeds are fixed.
"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Final

import numpy as np
from lightgbm import LGBMRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench._forecast_rows import HOURS, Rows, day_ahead_rows, hour_ahead_rows
from caravels_operator.common.forecasting.series import Floats, Integers

LAGS: Final = 48
_NETWORKS: Final = 3

type Regressor = Any
"""fit(inputs, target) and predict(inputs), as scikit-learn and LightGBM have them."""
type Make = Callable[[], Regressor]


def learnt_day_ahead(kwh: Floats, weekday: Integers, test_days: int, issue_hour: int) -> dict[str, Floats]:
    """Return what each baseline says of the last days, shape (homes, test_days, 24), by its name.

    Args:
        kwh: what was measured, without gaps.
        weekday: of each day, 0 is Monday, shape (days,).
        test_days: how many of the last days.
        issue_hour: hours of the day before that are known when a day is forecast.
    """
    rows = day_ahead_rows(kwh, weekday, issue_hour)
    forest, neighbours = (RandomForestRegressor, "rf"), (KNeighborsRegressor, "knn")
    with ProcessPoolExecutor(2) as pool:  # the long ones a home at a time, beside the pooled ones
        tasks = {
            name: [pool.submit(recursive, kind, home, weekday, test_days, issue_hour) for home in kwh]
            for kind, name in (forest, neighbours)
        }
        found = {
            "lightgbm_home": of_each_home(rows, test_days, lambda: _boosted(100, 15)),
            "lightgbm_global": pooled(rows, test_days, lambda: _boosted(200, 31)),
            "lightgbm_global_l1": pooled(rows, test_days, lambda: _boosted(200, 31, objective="l1")),
            "ridge": pooled(rows, test_days, lambda: make_pipeline(StandardScaler(), Ridge(100.0))),
            "mlp": np.mean([pooled(rows, test_days, _network(seed)) for seed in range(_NETWORKS)], axis=0),
        }
        return found | {name: np.array([one.result() for one in each]) for name, each in tasks.items()}


def learnt_hour_ahead(kwh: Floats, weekday: Integers, test_days: int) -> dict[str, Floats]:
    """Return what LightGBM says of each hour at its start; arguments as of `learnt_day_ahead`."""
    rows = hour_ahead_rows(kwh, weekday)
    return {"lightgbm": pooled(rows, test_days, lambda: _boosted(200, 31))}


def pooled(rows: Rows, test_days: int, make: Make) -> Floats:
    """Return what one model of all homes says of the last days [kWh], shape (homes, test_days, 24)."""
    width = rows.inputs.shape[-1]
    before, test = rows.inputs[:, :-test_days], rows.inputs[:, -test_days:]
    model = make().fit(before.reshape(-1, width), rows.target[:, :-test_days].ravel())
    return _energies(model.predict(test.reshape(-1, width)), rows, test_days)


def of_each_home(rows: Rows, test_days: int, make: Make) -> Floats:
    """Return what a model of each home's own says of the last days [kWh], shape (homes, test_days, 24)."""
    width = rows.inputs.shape[-1]
    said = [
        make()
        .fit(inputs[:-test_days].reshape(-1, width), target[:-test_days].ravel())
        .predict(inputs[-test_days:].reshape(-1, width))
        for inputs, target in zip(rows.inputs, rows.target, strict=True)
    ]
    return _energies(np.concatenate(said), rows, test_days)


def _energies(said: Floats, rows: Rows, test_days: int) -> Floats:
    shape = (rows.scale.shape[0], test_days, HOURS)
    return np.maximum(said.reshape(shape), 0.0) * rows.scale[:, -test_days:, None]


def recursive(kind: type[Regressor], home: Floats, weekday: Integers, test_days: int, issue_hour: int) -> Floats:
    """Return what a home's own model of the last 48 hours says [kWh], shape (test_days, 24), hour after hour from its
    own forecasts of the hours between, as EMHASS does. Neighbours are given the lags alone (the clock makes them
    worse: 0.867 with EMHASS's six numbers of the date against 0.761), trees the weekday and the hour as well.
    """
    flat = home.ravel()
    clock = np.stack((np.repeat(weekday, HOURS), np.tile(np.arange(HOURS), weekday.size)), axis=-1).astype(float)
    is_forest = kind is RandomForestRegressor
    clock = clock if is_forest else clock[:, :0]
    model = _forest() if is_forest else kind(n_neighbors=5)
    first = flat.size - test_days * HOURS
    hours = np.arange(LAGS, first)
    model.fit(np.hstack((flat[hours[:, None] - 1 - np.arange(LAGS)], clock[hours])), flat[hours])
    issued = first + HOURS * np.arange(test_days) - (HOURS - issue_hour)
    lags = flat[issued[:, None] - 1 - np.arange(LAGS)]
    said = []
    for ahead in range(2 * HOURS - issue_hour):
        value = model.predict(np.hstack((lags, clock[issued + ahead])))
        lags = np.hstack((value[:, None], lags[:, :-1]))
        said.append(value)
    return np.stack(said[-HOURS:], axis=-1)


def _forest() -> Regressor:
    return RandomForestRegressor(30, max_features="sqrt", min_samples_leaf=2, random_state=0, n_jobs=1)


def _boosted(trees: int, leaves: int, objective: str = "l2") -> Regressor:
    return LGBMRegressor(
        objective=objective,
        n_estimators=trees,
        num_leaves=leaves,
        learning_rate=0.04,
        min_child_samples=100,
        subsample=0.7,
        subsample_freq=1,
        colsample_bytree=0.5,
        random_state=0,
        n_jobs=1,
        verbose=-1,
    )


def _network(seed: int) -> Make:
    return lambda: make_pipeline(
        StandardScaler(),
        MLPRegressor(hidden_layer_sizes=(48, 24), alpha=0.1, batch_size=512, max_iter=8, random_state=seed),
    )

"""What exporters write is computed as onnxruntime computes it, on a thousand rows."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import skl2onnx.common._container
from sklearn.ensemble import (
    BaggingRegressor,
    ExtraTreesRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
    VotingRegressor,
)
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeRegressor

import caravels_operator.common.forecasting
from caravels_operator.common.forecasting.onnx import read_numpy

from .files import FEATURES, by_onnxruntime, lightgbm_file, sklearn_file

ROWS = 1_000
TOLERANCE = 1e-4
BUNDLED = sorted((Path(caravels_operator.common.forecasting.__file__).parent / "bundled").glob("*.onnx"))


def network(activation: str = "relu", *layers: int) -> MLPRegressor:
    return MLPRegressor(hidden_layer_sizes=layers or (24, 12), activation=activation, max_iter=40, random_state=1)


EXPORTS: dict[str, Callable[[], bytes]] = {
    "linear regression": lambda: sklearn_file(LinearRegression()),
    "ridge": lambda: sklearn_file(Ridge()),
    "ridge of three targets": lambda: sklearn_file(Ridge(), outputs=3),
    "scaled ridge": lambda: sklearn_file(make_pipeline(StandardScaler(), Ridge())),
    "lasso, scaled to ranges": lambda: sklearn_file(make_pipeline(MinMaxScaler(), Lasso(alpha=0.01))),
    "elastic net": lambda: sklearn_file(ElasticNet(alpha=0.01)),
    "network": lambda: sklearn_file(network()),
    "network, tanh": lambda: sklearn_file(network("tanh")),
    "network, logistic": lambda: sklearn_file(network("logistic")),
    "network, linear": lambda: sklearn_file(network("identity")),
    "scaled deep network": lambda: sklearn_file(make_pipeline(StandardScaler(), network("relu", 32, 16, 8))),
    "tree": lambda: sklearn_file(DecisionTreeRegressor(random_state=1)),
    "random forest": lambda: sklearn_file(RandomForestRegressor(30, random_state=1)),
    "random forest of two targets": lambda: sklearn_file(RandomForestRegressor(10, random_state=1), outputs=2),
    "extra trees": lambda: sklearn_file(ExtraTreesRegressor(20, random_state=1)),
    "gradient boosting": lambda: sklearn_file(GradientBoostingRegressor(random_state=1)),
    "vote": lambda: sklearn_file(VotingRegressor([("ridge", Ridge()), ("tree", DecisionTreeRegressor(max_depth=4))])),
    "bag of ridges": lambda: sklearn_file(BaggingRegressor(Ridge(), 5, random_state=1)),
    "LightGBM": lambda: lightgbm_file(100, 31),
    "LightGBM in parts": lambda: lightgbm_file(40, 15, split=10),
    "LightGBM of a quantile": lambda: lightgbm_file(40, 15, objective="quantile", alpha=0.9),
}


def assert_parity(data: bytes, *, unknown: bool = False) -> None:
    """Both engines agree on random rows, on rows of whole numbers, and where asked on rows with gaps."""
    model = read_numpy(data)
    chance = np.random.default_rng(3)
    features = getattr(model, "features", None) or FEATURES
    rows = chance.normal(size=(ROWS, features)).astype(np.float32)
    rows[: ROWS // 10] = np.rint(rows[: ROWS // 10])
    if unknown:
        rows[chance.random(rows.shape) < 0.1] = np.nan
    expected = by_onnxruntime(data, rows).reshape(ROWS, -1)
    found = model.run(rows)
    assert found.dtype == np.float32
    assert found.shape == expected.shape
    assert np.isfinite(expected).all()
    assert np.abs(found - expected).max() <= TOLERANCE


@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS.keys())
def test_exported_models(export: Callable[[], bytes]) -> None:
    assert_parity(export())


@pytest.mark.parametrize("name", ["LightGBM", "LightGBM in parts"])
def test_rows_with_gaps(name: str) -> None:
    assert_parity(EXPORTS[name](), unknown=True)


def test_histogram_gradient_boosting(monkeypatch: pytest.MonkeyPatch) -> None:
    # skl2onnx hands numpy's integers and truths on to onnx, which takes neither: they are made integers on their way.
    make_node = skl2onnx.common._container.make_node

    def make_plain_node(*names: object, **attributes: object) -> object:
        for name, value in attributes.items():
            if isinstance(value, list) and not isinstance(value[0], str | float | np.floating):
                attributes[name] = [int(each) for each in value]
        return make_node(*names, **attributes)

    monkeypatch.setattr(skl2onnx.common._container, "make_node", make_plain_node)
    assert_parity(sklearn_file(HistGradientBoostingRegressor(max_iter=30, random_state=1)))


def test_something_is_bundled() -> None:
    assert BUNDLED


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_bundled_models(path: Path) -> None:
    assert_parity(path.read_bytes())

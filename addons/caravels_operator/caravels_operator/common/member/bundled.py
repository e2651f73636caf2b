"""The models that come with the software: trained on homes of a published set, for any home (docs: forecasting)."""

from importlib.resources import files
from typing import Final

from ..forecasting.consumption.card import check_model
from ..forecasting.forecast import Horizon
from ..forecasting.model import Engine, Model
from .engines import best_engine

FILE_NAMES: Final = {
    Horizon.DAY_AHEAD: "consumption_day_ahead.onnx",
    Horizon.HOUR_AHEAD: "consumption_hour_ahead.onnx",
}


def bundled_files() -> dict[Horizon, bytes]:
    """Return the files. They are read from disk: not from an event loop."""
    folder = files(f"{__package__.rpartition('.')[0]}.forecasting").joinpath("bundled")
    return {horizon: folder.joinpath(name).read_bytes() for horizon, name in FILE_NAMES.items()}


def bundled_models(engine: Engine | None = None) -> dict[Horizon, Model]:
    """Return the models, checked, on the best engine here, or on the one given. Not from an event loop.

    Raises:
        ModelRefused: a file is damaged, or of another version of the software.
    """
    read = engine or best_engine()
    models = {horizon: read(data) for horizon, data in bundled_files().items()}
    for horizon, model in models.items():
        check_model(model, horizon)
    return models

"""What may be offered to homes: a file that every home can run, says what it is, and computes what it says."""

import hashlib
import json
from dataclasses import dataclass

import msgspec

from ..common.forecasting.consumption.card import check_model, read_card
from ..common.forecasting.model import ModelRefused
from ..common.forecasting.onnx import read_numpy
from ..common.member.engines import best_engine
from ..common.member.guarded import guarded
from ..common.member.model_tables import HORIZON_OF_MODEL
from ..common.protocol.forecasting import MAX_MODEL_BYTES, ModelVersion


@dataclass(frozen=True, slots=True)
class CheckedModel:
    """A model file that passed every check that a home makes before it uses one.

    Attributes:
        sha256: of the file [hex].
        card: what the file says of itself, as JSON.
    """

    name: str
    version: str
    sha256: str
    data: bytes
    card: str


def checked(data: bytes) -> CheckedModel:
    """Return a model file as it may be offered: both engines read it, and compute what its card says.

    Most homes have no other engine than numpy's: what that one refuses, they would.

    Raises:
        ModelRefused: it may not; a sentence says why.
    """
    if len(data) > MAX_MODEL_BYTES:
        raise ModelRefused(f"It has {len(data)} bytes; at most {MAX_MODEL_BYTES} are sent to homes.")
    model = read_numpy(data)
    card = read_card(model.metadata)
    if card.name not in HORIZON_OF_MODEL:
        raise ModelRefused(f"It is called {card.name!r}; homes use models by the names {', '.join(HORIZON_OF_MODEL)}.")
    for one in (model, best_engine()(data)):
        guarded(one, check_model(one, HORIZON_OF_MODEL[card.name]))
    try:
        msgspec.convert(card.version, ModelVersion)
    except msgspec.ValidationError as wrong:
        raise ModelRefused(f"Its version {card.version!r} cannot be sent: {wrong}.") from wrong
    return CheckedModel(card.name, card.version, hashlib.sha256(data).hexdigest(), data, json.dumps(card.about()))

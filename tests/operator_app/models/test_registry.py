"""What may be offered to homes: the bundled files may, and whatever homes would refuse is refused here, with why."""

import hashlib
import json

import onnx
import pytest

from caravels_operator.common.forecasting.forecast import Horizon
from caravels_operator.common.forecasting.model import ModelRefused
from caravels_operator.common.member.bundled import bundled_files
from caravels_operator.common.protocol.forecasting import MAX_MODEL_BYTES
from caravels_operator.models.registry import checked
from caravels_operator.models.signing import signer

DATA = bundled_files()[Horizon.DAY_AHEAD]


def changed(**metadata: str) -> bytes:
    """Return the bundled model with other words in its card."""
    model = onnx.load_model_from_string(DATA)
    for entry in model.metadata_props:
        entry.value = metadata.get(entry.key, entry.value)
    return bytes(model.SerializeToString())


def test_what_came_with_the_software_may_be_offered() -> None:
    for horizon, data in bundled_files().items():
        model = checked(data)
        assert model.name == f"consumption_{horizon}"
        assert (model.sha256, model.data) == (hashlib.sha256(data).hexdigest(), data)
        card = json.loads(model.card)
        assert (card["name"], card["version"], card["horizon"]) == (model.name, model.version, horizon.value)


def test_another_version_may_be_offered() -> None:
    assert checked(changed(version="2.0+ours")).version == "2.0+ours"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "."),
        (b"no model at all", "."),
        (DATA[:-200], "."),
        (bytes(MAX_MODEL_BYTES + 1), "bytes; at most"),
        (changed(name="windmill"), "called 'windmill'; homes use models by the names consumption_day_ahead"),
        (changed(name="consumption_hour_ahead"), "is for day_ahead, not for hour_ahead"),
        (changed(version="a b"), "version 'a b' cannot be sent"),
        (changed(version=""), "version '' cannot be sent"),
        (changed(contract="0"), "contract"),
        (changed(features="[]"), "other inputs"),
        (changed(self_test="{}"), "card cannot be read"),
        (changed(self_test=json.dumps({"row": [10**400], "answer": [0]})), "card cannot be read"),
        (changed(self_test="[" * 100_000), "card cannot be read"),
    ],
)
def test_what_homes_would_refuse_is_refused_with_why(data: bytes, why: str) -> None:
    with pytest.raises(ModelRefused, match=why):
        checked(data)


def test_a_model_that_computes_something_else_than_its_card_says_is_refused() -> None:
    model = onnx.load_model_from_string(DATA)
    (said,) = [entry for entry in model.metadata_props if entry.key == "self_test"]
    test = json.loads(said.value)
    said.value = json.dumps(test | {"answer": [test["answer"][0] + 0.01]})
    with pytest.raises(ModelRefused, match="self-test gives"):
        checked(model.SerializeToString())


def test_a_signature_is_the_one_that_rfc_8032_has() -> None:
    """Section 7.1, test 2."""
    secret = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    assert signer(secret).public == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert signer(secret).sign(b"\x72") == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )

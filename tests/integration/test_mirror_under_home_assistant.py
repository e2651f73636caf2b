"""The mirrored common runs under Home Assistant's own versions of Python packages, and says the same as its source."""

import importlib
import json
import pkgutil
from pathlib import Path

import numpy as np
import pytest

import caravels_operator.common.protocol.registry as source
import custom_components.caravels.common
import custom_components.caravels.common.protocol.registry as mirror
from caravels_operator.common.protocol import encode as encode_source
from custom_components.caravels.common.protocol import ProtocolError, encode
from custom_components.caravels.common.quantities import money_micro

GOLDEN = sorted((Path(__file__).resolve().parents[1] / "wire").glob("*.json"))


def test_every_mirrored_module_imports() -> None:
    package = custom_components.caravels.common
    names = [module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    assert len(names) > 10
    for name in names:
        importlib.import_module(name)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_messages_survive_the_mirror(path: Path) -> None:
    data = path.read_bytes()
    message = mirror.decode_any(data)
    assert mirror.tag_of(type(message)) == json.loads(data)["type"]
    assert encode(message) == encode_source(source.decode_any(data))
    assert mirror.decode_any(encode(message)) == message
    assert json.loads(encode(message)) == json.loads(data)


def test_every_message_has_a_golden_file() -> None:
    written = {json.loads(path.read_bytes())["type"] for path in GOLDEN}
    assert {mirror.tag_of(kind) for kind in mirror.MESSAGES} == written


@pytest.mark.parametrize("data", [b"", b"[]", b'{"type":"book"}', b'{"type":"hello","type":"hello"}', b"[" * 100_000])
def test_bad_bytes_are_one_kind_of_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        mirror.decode_any(data)


def test_money_is_rounded_in_integers_under_home_assistants_numpy() -> None:
    energy = np.array([1, 999, 1_500, 3_000_000], dtype=np.int64)
    price = np.array([500, 499, 123_457, 250_000], dtype=np.int64)
    money = money_micro(energy, price)  # type: ignore[arg-type]  # the rule is the same for arrays
    assert np.array_equal(money, [1, 499, 185_186, 750_000_000])
    assert int(money_micro(1_500, 123_457)) == 185_186

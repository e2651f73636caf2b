"""Golden examples of the panel's messages: the browser's tests read the same files."""

import json
from pathlib import Path

import msgspec
import pytest

from caravels_operator.common.protocol.base import snake_case
from caravels_operator.community.refusals import Refusal
from caravels_operator.panel import refusals
from caravels_operator.panel.messages import MESSAGES

FOLDER = Path(__file__).parent


def test_every_message_of_the_panel_has_a_golden_file_and_nothing_else_has() -> None:
    golden = {file.stem for file in FOLDER.glob("*.json")} - {"problems"}
    assert golden == {snake_case(kind.__name__) for kind in MESSAGES}


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_what_is_read_is_written_again(kind: type[msgspec.Struct]) -> None:
    golden = json.loads((FOLDER / f"{snake_case(kind.__name__)}.json").read_bytes())
    compact = json.dumps(golden, separators=(",", ":"), ensure_ascii=False).encode()
    message = msgspec.json.decode(compact, type=kind, strict=True)
    assert msgspec.json.encode(message) == compact
    # every field is there, so that a change of any name or type shows
    tag = {"type"} if kind.__struct_config__.tag else set()
    assert set(golden) == {*tag, *kind.__struct_fields__}


def test_the_browser_knows_every_code_of_a_refusal() -> None:
    """`problems.json` is code and English sentence; the browser's tests ask for a translation of each."""
    golden = json.loads((FOLDER / "problems.json").read_bytes())
    assert golden == {kind.code: kind.sentence for kind in Refusal.all()}
    assert refusals.Internal in Refusal.all()

"""Offers of models: nothing unchecked is used, the last good one stays, and a kill anywhere is made good."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from caravels_operator.common.forecasting.forecast import Horizon
from caravels_operator.common.member import model_store
from caravels_operator.common.member.bundled import bundled_files
from caravels_operator.common.member.engines import best_engine
from caravels_operator.common.member.journal import InlineJournal, Journal
from caravels_operator.common.member.pairing import join
from caravels_operator.common.member.state import ModelState
from caravels_operator.common.protocol import ModelOffer, Paired, PairingLink

from .fakes import DAY, MEMBER, TOKEN, Home, at_home, hello

DAY_AHEAD = "consumption_day_ahead"
FILES = bundled_files()
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"o" * 32)


def public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def offer(
    data: bytes = FILES[Horizon.DAY_AHEAD],
    version: str = "7.0.0",
    name: str = DAY_AHEAD,
    key: Ed25519PrivateKey = KEY,
    **changes: Any,
) -> ModelOffer:
    """Return an offer, signed; `changes` are made after that."""
    digest = sha256(data).hexdigest()
    made = ModelOffer(name=name, version=version, sha256=digest, size=len(data), signature="00" * 64)
    signed = msgspec.structs.replace(made, signature=key.sign(made.signed_bytes()).hex())
    return msgspec.structs.replace(signed, **changes)


def hands_out(home: Home, *offers: ModelOffer, data: bytes = FILES[Horizon.DAY_AHEAD]) -> None:
    for one in offers:
        home.operator.files[one.sha256] = data
        home.operator.push(one)


def of_day_ahead(home: Home) -> ModelState:
    return next(state for state in home.agent.state.models if state.name == DAY_AHEAD)


def ready(home: Home, key: Ed25519PrivateKey | None = KEY, version: int = 3) -> None:
    home.operator.hello = hello(protocol_version=version, model_key=None if key is None else public(key))


async def started(home: Home) -> None:
    ready(home)
    await home.agent.start()
    await home.settle(5)


def test_a_good_model_is_followed_reported_and_there_again_after_a_restart() -> None:
    async def story(home: Home) -> None:
        await started(home)
        hands_out(home, offer())
        await home.settle(5)
        assert of_day_ahead(home) == ModelState(DAY_AHEAD, "7.0.0", bundled=False, offered="7.0.0")
        (report,) = home.operator.model_reports
        assert (report.name, report.version, report.in_use, report.refused) == (DAY_AHEAD, "7.0.0", True, None)
        requests = len(home.operator.requests)
        home.crash()
        home.operator.files.clear()
        home.restart()
        await home.agent.start()
        await home.settle(5)
        assert of_day_ahead(home).version == "7.0.0"
        assert not any("/models/" in path for _, path, _ in home.operator.requests[requests:]), "it has it"
        assert home.agent.state.fault is None

    at_home(story)


def test_a_lower_version_that_is_offered_later_is_followed() -> None:
    async def story(home: Home) -> None:
        await started(home)
        hands_out(home, offer(version="7.0.0"), offer(version="6.1.0"))
        await home.settle(5)
        assert of_day_ahead(home).version == "6.1.0"
        assert [report.version for report in home.operator.model_reports][-1] == "6.1.0"

    at_home(story)


BROKEN = bytearray(FILES[Horizon.DAY_AHEAD])
BROKEN[len(BROKEN) // 2] ^= 0xFF


@pytest.mark.parametrize(
    ("bad", "data", "said"),
    [
        (offer(key=OTHER_KEY), FILES[Horizon.DAY_AHEAD], "signature"),
        (offer(version="8.0.0", signature=offer().signature), FILES[Horizon.DAY_AHEAD], "signature"),
        (offer(), bytes(BROKEN), "not the one that was signed"),
        (offer(), FILES[Horizon.DAY_AHEAD][:-7], "bytes instead of"),
        (offer(FILES[Horizon.HOUR_AHEAD]), FILES[Horizon.HOUR_AHEAD], ""),  # for another horizon
        (offer(b"no model at all"), b"no model at all", ""),
    ],
)
def test_what_is_not_as_it_should_be_is_refused_told_and_the_last_good_one_stays(
    bad: ModelOffer, data: bytes, said: str
) -> None:
    async def story(home: Home) -> None:
        await started(home)
        good = offer(version="5.0.0")
        hands_out(home, good)
        await home.settle(5)
        hands_out(home, bad, data=data)
        await home.settle(5)
        state = of_day_ahead(home)
        assert (state.version, state.offered) == ("5.0.0", bad.version)
        assert state.refused is not None
        assert said in state.refused
        report = home.operator.model_reports[-1]
        assert (report.version, report.in_use) == (bad.version, False)
        assert report.refused == state.refused[:200]
        home.restart()
        await home.agent.start()
        await home.settle(5)
        assert of_day_ahead(home).version == "5.0.0"
        assert home.agent.state.fault is None

    at_home(story)


def test_another_self_test_row_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Drifted:
        """An engine that computes something else."""

        def __init__(self, model: Any) -> None:
            self.metadata = model.metadata
            self._model = model

        def run(self, rows: Any) -> Any:
            return self._model.run(rows) + 0.01

    async def story(home: Home) -> None:
        await started(home)
        await home.agent.forecasts()
        engine = best_engine()
        monkeypatch.setattr(model_store, "best_engine", lambda: lambda data: Drifted(engine(data)))
        hands_out(home, offer())
        await home.settle(5)
        state = of_day_ahead(home)
        assert state.bundled
        assert state.refused

    at_home(story)


def test_the_key_is_pinned_once_and_a_changed_one_is_said() -> None:
    async def story(home: Home) -> None:
        await started(home)
        assert home.journal.run(lambda j: j.state.model_key()) == public(KEY)
        ready(home, OTHER_KEY)
        await home.operator.drop()
        await home.settle(200)
        assert home.journal.run(lambda j: j.state.model_key()) == public(KEY)
        hands_out(home, offer(key=OTHER_KEY))
        await home.settle(5)
        assert of_day_ahead(home).bundled
        assert "another key" in (of_day_ahead(home).refused or "")
        await home.agent.stop()
        paired = Paired(member_id=MEMBER, hello=home.operator.hello)
        await join(InlineJournal(home.journal), PairingLink(("a:1",), "CODE", None), TOKEN, paired)
        home.restart()
        await home.agent.start()
        await home.settle(200)
        assert of_day_ahead(home).version == "7.0.0", "paired again: its people trust the new key"

    at_home(story)


def test_without_a_key_nothing_is_believed() -> None:
    async def story(home: Home) -> None:
        ready(home, None)
        await home.agent.start()
        await home.settle(5)
        hands_out(home, offer())
        await home.settle(5)
        assert of_day_ahead(home).bundled
        assert "with which key" in (of_day_ahead(home).refused or "")

    at_home(story)


class Killed(BaseException):
    """What is left when the power is gone."""


@dataclass
class DyingJournal:
    """A journal whose process is killed before or after one of its transactions."""

    journal: Journal
    dies_at: int
    after: bool
    works: int = 0
    dead: asyncio.Event = field(default_factory=asyncio.Event)

    async def run[T](self, work: Callable[[Journal], T]) -> T:
        if self.dead.is_set():
            await asyncio.Event().wait()
        self.works += 1
        dying = self.works == self.dies_at
        if dying and not self.after:
            self.dead.set()
            await asyncio.Event().wait()
        result = self.journal.run(work)
        if dying:
            self.dead.set()
            await asyncio.Event().wait()
        return result


@pytest.mark.parametrize("after", [False, True])
def test_a_kill_at_each_step_of_following_a_model_is_made_good(after: bool) -> None:
    async def story(home: Home) -> None:
        ready(home)
        hands_out(home, offer())
        for step in range(1, 40):
            port = DyingJournal(home.journal, step, after)
            home.restart(journal_port=port)
            starting = asyncio.ensure_future(home.agent.start())
            await home.settle(5)
            starting.cancel()
            home.crash()
            kept = home.journal.run(lambda j: j.models.all())
            assert all(model.data == FILES[Horizon.DAY_AHEAD] for model in kept.values()), "whole or not at all"
            home.journal.run(lambda j: j.models.drop(DAY_AHEAD))
        home.restart()
        await home.agent.start()
        await home.settle(200)
        assert of_day_ahead(home).version == "7.0.0"
        assert home.operator.model_reports[-1].in_use

    at_home(story)


def test_a_damaged_file_in_the_journal_is_dropped_and_fetched_again() -> None:
    async def story(home: Home) -> None:
        await started(home)
        hands_out(home, offer())
        await home.settle(5)
        await home.agent.stop()
        home.journal.run(lambda j: j._connection.execute("UPDATE models SET data = ?", (bytes(BROKEN),)))
        home.restart()
        await home.agent.start()
        await home.settle(200)
        assert of_day_ahead(home).version == "7.0.0"
        assert home.journal.run(lambda j: j.models.all())[DAY_AHEAD].data == FILES[Horizon.DAY_AHEAD]

    at_home(story)


def test_a_file_that_cannot_be_had_now_is_fetched_later() -> None:
    async def story(home: Home) -> None:
        await started(home)
        home.operator.unreachable = True
        home.operator.push(offer())
        home.operator.files[offer().sha256] = FILES[Horizon.DAY_AHEAD]
        await home.settle(5)
        assert of_day_ahead(home).bundled
        home.operator.unreachable = False
        await home.settle(700)
        assert of_day_ahead(home).version == "7.0.0"

    at_home(story)


def test_once_a_week_the_operator_hears_how_its_model_does() -> None:
    async def story(home: Home) -> None:
        await started(home)
        hands_out(home, offer())
        await home.settle(5)
        assert len(home.operator.model_reports) == 1
        await home.settle(6 * DAY)
        assert len(home.operator.model_reports) == 1
        await home.settle(2 * DAY)
        assert len(home.operator.model_reports) == 2
        assert home.operator.model_reports[-1].in_use

    at_home(story)

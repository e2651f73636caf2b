"""The connection to the operator: versions, snapshot, numbered pushes (architecture 5; reliability R2, R3).

Order of every push: effect and number are journalled in one write, then it is acted on, then acknowledged. So a crash
at any point leads to the same push once more, and its number tells that it was applied.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any, Final, Protocol

from ..periods import local_day
from ..protocol import (
    MAX_PUSH_BYTES,
    OLDEST_SUPPORTED,
    PROTOCOL_VERSION,
    Acknowledge,
    Event,
    Hello,
    MonthStatement,
    OperatorFrame,
    Problem,
    ProtocolError,
    Push,
    Snapshot,
    Statement,
    StreamOpen,
    decode,
    decode_push,
    encode,
)
from ..protocol.errors import ClientTooOld, Forbidden, MalformedMessage, OperatorTooOld, Unauthorised
from ..protocol.paths import HELLO
from .arrivals import store_event, store_snapshot
from .backoff import Backoff
from .journal import Journal
from .ports import Clock, JournalPort, JournalUnusable, OperatorAway, Stream, Transport, WrongFingerprint
from .records import Membership, Progress
from .state import LinkState
from .timing import wait_at_most

SNAPSHOT_WITHIN_S: Final = 60
"""An operator that lets a stream open and says nothing is away."""
STEADY_AFTER_S: Final = 60
"""A connection that lasted this long is no part of a row of failures."""
LOST_DAYS: Final = 7
"""How old a backup may be from which an operator was restored: what it may have lost."""
HOPELESS_WAIT_S: Final = 3_600
"""Longest wait after a refusal that trying again does not heal."""
AWAY_SENTENCE: Final = "The operator cannot be reached. This home keeps its messages and tries again."

_REFUSALS: Final = {
    Unauthorised: LinkState.REJECTED,
    Forbidden: LinkState.REJECTED,
    ClientTooOld: LinkState.INCOMPATIBLE,
    OperatorTooOld: LinkState.INCOMPATIBLE,
}


class Gap(Exception):
    """A push is missing: start again from a snapshot."""


def check_versions(hello: Hello) -> None:
    """Check that both sides understand each other.

    Raises:
        ClientTooOld: this side must be updated.
        OperatorTooOld: the operator must be updated.
    """
    if hello.oldest_supported > PROTOCOL_VERSION:
        raise ClientTooOld(f"version {PROTOCOL_VERSION}, the operator wants {hello.oldest_supported} or later")
    if hello.protocol_version < OLDEST_SUPPORTED:
        raise OperatorTooOld(f"version {hello.protocol_version}, this home wants {OLDEST_SUPPORTED} or later")


class LinkEvents(Protocol):
    """What the link tells the agent, after the journal has it. Nothing here may wait."""

    def link_changed(self, state: LinkState, problem: str | None) -> None:
        """Take note of how things stand with the operator."""

    def time_told(self, operators_now: int) -> None:
        """Take note of what the operator's clock shows [Unix s]."""

    def store_new_epoch(self, journal: Journal, snapshot: Snapshot) -> None:
        """In the transaction of the first snapshot of an epoch: queue what the operator may have lost."""

    def snapshot_taken(self, snapshot: Snapshot, progress: Progress, lost_since: date | None) -> None:
        """Act on a journalled snapshot; `lost_since` is the day from which a restored operator may know less."""

    def push_taken(self, push: Push, progress: Progress, *, applied: bool) -> None:
        """Act on a journalled push; `applied` tells a change of state from a mere notification."""


class Link:
    """Keeps one stream to the operator open."""

    def __init__(
        self,
        clock: Clock,
        journal: JournalPort,
        transport: Transport,
        membership: Callable[[], Membership],
        progress: Progress,
        jitter: Random,
        events: LinkEvents,
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._transport = transport
        self._membership = membership
        self._progress = progress
        self._jitter = jitter
        self._backoff = Backoff(jitter)
        self._events = events
        self._snapshot_at: int | None = None
        self._again = asyncio.Event()
        self._closing: asyncio.Future[None] | None = None

    async def run(self) -> None:
        """Connect, listen, and connect again, for ever."""
        while True:
            self._snapshot_at = None
            self._events.link_changed(LinkState.CONNECTING, None)
            state, problem = await self._one_connection()
            if self._was_steady():
                self._backoff.reset()
            self._events.link_changed(state, problem)
            hopeless = state in (LinkState.REJECTED, LinkState.INCOMPATIBLE)
            wait = self._jitter.randint(HOPELESS_WAIT_S // 2, HOPELESS_WAIT_S) if hopeless else self._backoff.next_s()
            self._again.clear()
            await wait_at_most(self._clock, wait, self._again)

    def try_again(self) -> None:
        """Connect now if this waits: something has changed."""
        self._again.set()

    def _was_steady(self) -> bool:
        return self._snapshot_at is not None and self._clock.now() - self._snapshot_at >= STEADY_AFTER_S

    async def _one_connection(self) -> tuple[LinkState, str | None]:
        """Return how a connection ended and what to tell people."""
        try:
            await self._connect_and_listen()
        except WrongFingerprint as error:
            return LinkState.WRONG_FINGERPRINT, error.sentence
        except ProtocolError as error:
            return _REFUSALS.get(type(error), LinkState.AWAY), error.sentence
        except JournalUnusable as error:
            return LinkState.FAILED_HERE, str(error)
        except OperatorAway, Gap:
            pass
        return LinkState.AWAY, AWAY_SENTENCE

    async def _connect_and_listen(self) -> None:
        self._hear(decode(await self._transport.request("GET", HELLO, b"", None), Hello))
        stream = await self._transport.open_stream(self._membership().token)
        watchdog = self._clock.call_at(self._clock.now() + SNAPSHOT_WITHIN_S, lambda: self._close_if_silent(stream))
        try:
            opening = StreamOpen(protocol_version=PROTOCOL_VERSION, epoch=self._progress.epoch, seq=self._progress.seen)
            await stream.send(encode(opening))
            async for frame in stream.frames():
                await self._take(stream, frame)
        finally:
            watchdog.cancel()
            await stream.close()

    def _close_if_silent(self, stream: Stream) -> None:
        if self._snapshot_at is None:
            self._closing = asyncio.ensure_future(stream.close())

    async def _take(self, stream: Stream, data: bytes) -> None:
        frame: OperatorFrame = decode(data, _FRAME, max_bytes=MAX_PUSH_BYTES)
        match frame:
            case Hello():
                self._hear(frame)
            case Problem():
                raise ProtocolError.of(frame.code, frame.detail)
            case Snapshot():
                await self._take_snapshot(frame)
            case Event():
                await self._take_event(frame)
                await stream.send(encode(Acknowledge(seq=self._progress.seen)))

    async def _take_snapshot(self, snapshot: Snapshot) -> None:
        self._hear(snapshot.hello)
        before, epoch = self._progress, snapshot.hello.epoch
        new_epoch = epoch != before.epoch
        seen = 0 if new_epoch else min(before.seen, snapshot.as_of)
        progress = Progress(epoch, snapshot.as_of, seen, snapshot.balance_micro)
        restored = new_epoch and before.epoch != ""
        lost_since = self._lost_since(snapshot.hello) if restored else None
        await self._journal.run(partial(self._store, snapshot, progress, lost_since))
        self._progress = progress
        self._snapshot_at = self._clock.now()
        self._events.snapshot_taken(snapshot, progress, lost_since)
        self._events.link_changed(LinkState.CONNECTED, None)

    def _hear(self, hello: Hello) -> None:
        check_versions(hello)
        self._events.time_told(hello.now)

    def _lost_since(self, hello: Hello) -> date:
        return local_day(self._clock.now(), hello.market_zone) - timedelta(days=LOST_DAYS)

    def _store(self, snapshot: Snapshot, progress: Progress, lost_since: date | None, journal: Journal) -> None:
        store_snapshot(snapshot, progress, lost_since, journal)
        if lost_since is not None:
            self._events.store_new_epoch(journal, snapshot)

    async def _take_event(self, event: Event) -> None:
        before = self._progress
        if self._snapshot_at is None:
            raise MalformedMessage("a push before the snapshot")
        if event.seq <= before.seen:
            return
        applied = event.seq > before.applied
        if applied and event.seq != before.applied + 1:
            raise Gap(f"push {event.seq} came after {before.applied}")
        push = decode_push(event.body)
        if applied:  # made after the snapshot was, and sent at once
            self._events.time_told(event.at)
        balance = push.balance_micro if applied and isinstance(push, Statement | MonthStatement) else None
        progress = replace(
            before,
            seen=event.seq,
            applied=max(before.applied, event.seq),
            balance_micro=before.balance_micro if balance is None else balance,
        )
        await self._journal.run(partial(store_event, event, push, progress, applied))
        self._progress = progress
        if push is not None:
            self._events.push_taken(push, progress, applied=applied)


_FRAME: Any = OperatorFrame

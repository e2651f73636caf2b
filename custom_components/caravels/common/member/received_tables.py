"""The tables of a member's journal for what its operator sent. Every method is inside the caller's transaction."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from ..protocol import AuctionResult, MarketDay, MonthStatement, Statement, decode, encode
from ..protocol.base import MAX_PUSH_BYTES
from ..protocol.registry import tag_of
from .journal_tables import Table
from .records import Gate, binding_gate

type Document = MarketDay | AuctionResult | Statement | MonthStatement
"""What is kept by the day or the month that it is about."""


def key_of(push: Document) -> str:
    """Return the day or the month that a push is about."""
    return push.month if isinstance(push, MonthStatement) else push.day.isoformat()


def _cut(kind: type[Document], key: str) -> str:
    return key[: len("2026-01")] if kind is MonthStatement else key


def _noon(key: str) -> int:
    day = date.fromisoformat(key if len(key) > len("2026-01") else f"{key}-01")
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())


class Documents(Table):
    """What the operator pushed, the last of each kind and day (or month)."""

    def put(self, push: Document) -> None:
        """Keep what was pushed in place of an earlier one of its kind and day."""
        key = key_of(push)
        self._do(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", tag_of(type(push)), key, _noon(key), encode(push)
        )

    def replace(self, kind: type[Document], pushes: Sequence[Document], since: date | None) -> None:
        """Replace everything of a kind from the oldest of `pushes` on, or from `since` if that is older.

        What is older is history that the operator's snapshots no longer name, and stays.
        """
        keys = [*map(key_of, pushes), *([] if since is None else [since.isoformat()])]
        if keys:
            self._do("DELETE FROM documents WHERE kind = ? AND key >= ?", tag_of(kind), _cut(kind, min(keys)))
        for push in pushes:
            self.put(push)

    def market_days(self, since: date) -> list[MarketDay]:
        """Return the market days from a day on, ascending."""
        return self._of(MarketDay, since.isoformat())

    def results(self, since: date) -> list[AuctionResult]:
        """Return the auction results from a day on, ascending."""
        return self._of(AuctionResult, since.isoformat())

    def statements(self, since: date) -> list[Statement]:
        """Return the settled days from a day on, ascending."""
        return self._of(Statement, since.isoformat())

    def months(self, since: date) -> list[MonthStatement]:
        """Return the settled months from a day's month on, ascending."""
        return self._of(MonthStatement, since.isoformat()[:7])

    def _of[P: (MarketDay, AuctionResult, Statement, MonthStatement)](self, kind: type[P], since: str) -> list[P]:
        rows = self._all("SELECT body FROM documents WHERE kind = ? AND key >= ? ORDER BY key", tag_of(kind), since)
        return [decode(body, kind, max_bytes=MAX_PUSH_BYTES) for (body,) in rows]


class Events(Table):
    """The numbers of what was received."""

    def put(self, epoch: str, seq: int, at: int, kind: str, *, applied: bool) -> None:
        """Note a push; `applied` tells a change of state from a mere notification.

        Raises:
            sqlite3.IntegrityError: the push was noted before.
        """
        self._do("INSERT INTO events VALUES (?, ?, ?, ?, ?)", epoch, seq, at, kind, applied)

    def forget_after(self, epoch: str, seq: int) -> None:
        """Forget the numbers above `seq`: the operator's snapshot ends there, and it uses them anew."""
        self._do("DELETE FROM events WHERE epoch = ? AND seq > ?", epoch, seq)

    def of(self, epoch: str) -> list[tuple[int, str, bool]]:
        """Return number, kind and whether it changed the state, of the pushes of an epoch, ascending."""
        rows = self._all("SELECT seq, kind, applied FROM events WHERE epoch = ? ORDER BY seq", epoch)
        return [(seq, kind, bool(applied)) for seq, kind, applied in rows]


class Gates(Table):
    """The gate of each delivery day that binds this home."""

    def note(self, market: MarketDay, epoch: str) -> None:
        """Take note of what an operator says, in which epoch, of a day's gate."""
        gate = binding_gate(self.since(market.day).get(market.day), market, epoch)
        self._do("INSERT OR REPLACE INTO gates VALUES (?, ?, ?)", market.day.isoformat(), gate.gate_at, gate.epoch)

    def since(self, day: date) -> dict[date, Gate]:
        """Return the gates from a day on."""
        rows = self._all("SELECT day, gate_at, epoch FROM gates WHERE day >= ?", day.isoformat())
        return {date.fromisoformat(key): Gate(gate_at, epoch) for key, gate_at, epoch in rows}

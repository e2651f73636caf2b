"""The tables of a member's journal for models: what the operator has put in force, and the last good file of each."""

from collections.abc import Mapping
from typing import Final

from ..forecasting.forecast import Horizon
from ..protocol import ModelOffer, decode, encode
from .journal_tables import Table
from .records import KeptModel, OfferState

HORIZON_OF_MODEL: Final[Mapping[str, Horizon]] = {
    "consumption_day_ahead": Horizon.DAY_AHEAD,
    "consumption_hour_ahead": Horizon.HOUR_AHEAD,
}
"""What the models that a home uses are for, by the names under which operators offer them."""


class Offers(Table):
    """The operator's latest word on each name, also where this home does not follow it."""

    def put(self, offer: ModelOffer) -> None:
        """Keep an offer in place of an earlier one of its name; the same again changes nothing.

        Names that only newer versions know are left out: a snapshot names them again.
        """
        if offer.name not in HORIZON_OF_MODEL:
            return
        self._do(
            "INSERT INTO offers VALUES (?, ?, NULL, 0) ON CONFLICT (name) DO UPDATE"
            " SET body = excluded.body, refused = NULL, reported_at = 0 WHERE body != excluded.body",
            *(offer.name, encode(offer)),
        )

    def all(self) -> list[OfferState]:
        """Return the offers by name."""
        rows = self._all("SELECT body, refused, reported_at FROM offers ORDER BY name")
        return [OfferState(decode(body, ModelOffer), refused, reported_at) for body, refused, reported_at in rows]

    def settle(self, offer: ModelOffer, refused: str | None) -> None:
        """Record why an offer is not followed, or None: it is. No effect where another one has come."""
        self._do("UPDATE offers SET refused = ? WHERE name = ? AND body = ?", refused, offer.name, encode(offer))

    def reported(self, name: str, at: int) -> None:
        """Record that the operator was told at an instant [Unix s]."""
        self._do("UPDATE offers SET reported_at = ? WHERE name = ?", at, name)


class Models(Table):
    """The last good file of each name."""

    def put(self, name: str, model: KeptModel) -> None:
        """Keep a file that was checked in place of the one before."""
        self._do("INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?)", name, model.version, model.sha256, model.data)

    def all(self) -> dict[str, KeptModel]:
        """Return the files by name."""
        return {name: KeptModel(*row) for name, *row in self._all("SELECT * FROM models ORDER BY name")}

    def drop(self, name: str) -> None:
        """Forget a file that turned out damaged."""
        self._do("DELETE FROM models WHERE name = ?", name)

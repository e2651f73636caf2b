"""What members wish and where their energy comes from, and what of it a clearing goes by (engines A.6).

A friendship is one only where both say so, so nobody is bound to anybody, nor learns who named it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from sqlalchemy import Connection

from ..common.protocol import Wishes, WishesAccepted
from ..ledger import members, wishes
from ..market.arithmetic import Flags

if TYPE_CHECKING:
    from ..market.preferred import Preferences


@dataclass(frozen=True, slots=True)
class Preferred:
    """What counts at a gate, stored with the clearing that went by it; members by id.

    Attributes:
        friends: pairs that name each other, each pair once.
        green: whose generation is renewable.
        wants_green: who prefers that.
        zone: the zone of each member that has one.
    """

    friends: tuple[tuple[str, str], ...]
    green: tuple[str, ...]
    wants_green: tuple[str, ...]
    zone: dict[str, str]


_PREFERRED = msgspec.json.Decoder(Preferred)


def accept(conn: Connection, member: str, asked: Wishes, now: int) -> WishesAccepted:
    """Store a member's wishes in place of its earlier ones; whom it names is not looked up."""
    wishes.put(conn, wishes.Wishes(member, tuple(asked.friends), asked.wants_green, now))
    return WishesAccepted(stored_at=now)


def gather(conn: Connection, names: Sequence[str]) -> str:
    """Return what counts among some members now, as the JSON text of `Preferred`."""
    trading = set(names)
    known = [member for member in members.all(conn) if member.id in trading]
    wished = {wish.member: wish for wish in wishes.all(conn) if wish.member in trading}
    return msgspec.json.encode(
        Preferred(
            friends=mutual({name: wish.friends for name, wish in wished.items()}),
            green=tuple(member.id for member in known if member.green),
            wants_green=tuple(name for name, wish in wished.items() if wish.wants_green),
            zone={member.id: member.zone for member in known if member.zone},
        )
    ).decode()


def mutual(named: dict[str, tuple[str, ...]]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of members that name each other, in order."""
    pairs = {(one, other) for one, others in named.items() for other in others}
    return tuple(sorted((one, other) for one, other in pairs if one < other and (other, one) in pairs))


def preferences_of(preferred: str, names: Sequence[str]) -> Preferences:
    """Return `gather`'s text for the engine, by the index of each member; who has no zone is near nobody."""
    from ..market.preferred import Preferences  # noqa: PLC0415  # scipy takes a second to load and few need it

    told = _PREFERRED.decode(preferred)
    index = {name: m for m, name in enumerate(names)}
    zones = {zone: z for z, zone in enumerate(sorted(set(told.zone.values())))}
    return Preferences(
        friends=frozenset(
            (index[buyer], index[seller])
            for one, other in told.friends
            for buyer, seller in ((one, other), (other, one))
        ),
        green=_among(names, told.green),
        wants_green=_among(names, told.wants_green),
        zone=np.array([zones[told.zone[name]] if name in told.zone else -1 - m for name, m in index.items()], np.int64),
    )


def _among(names: Sequence[str], chosen: Collection[str]) -> Flags:
    return np.array([name in chosen for name in names], np.bool_)

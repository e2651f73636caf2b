"""What a member's journal is made of."""

from dataclasses import dataclass
from enum import StrEnum

from ..protocol import Book, ErrorCode


@dataclass(frozen=True, slots=True)
class Membership:
    """Who this home is to its operator, and how it reaches it.

    Attributes:
        member_id: the pseudonym that the operator gave.
        token: the credential, made by this home.
        addresses: `host:port`, tried in order.
        fingerprint: SHA-256 of the operator's certificate [hex], or None where the system's CAs vouch for it.
        next_token: a token that was sent to replace `token` and is not confirmed yet.
        next_fingerprint: announced by the operator, before its certificate changes.
    """

    member_id: str
    token: str
    addresses: tuple[str, ...] = ()
    fingerprint: str | None = None
    next_token: str | None = None
    next_fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What was received from which operator's life.

    Attributes:
        epoch: the operator's epoch, "" before the first snapshot.
        applied: number up to which pushes are contained in the state.
        seen: number up to which pushes were received one by one and told to people, at most `applied`.
        balance_micro: the balance of the last snapshot [micro-units].
    """

    epoch: str = ""
    applied: int = 0
    seen: int = 0
    balance_micro: int = 0


class BookState(StrEnum):
    """What became of a book of this home."""

    QUEUED = "queued"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REPLACED = "replaced"
    """By a later revision, before it was sent."""


@dataclass(frozen=True, slots=True)
class OwnBook:
    """A book of this home and what became of it.

    Attributes:
        book: the book.
        state: what became of it.
        code: why it was refused.
        epoch: the operator's epoch in which it was answered: after a restore from a backup it may be forgotten.
    """

    book: Book
    state: BookState
    code: ErrorCode | None = None
    epoch: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A command in the offline queue. The same bytes and id are sent until the operator answers.

    Attributes:
        number: place in the queue.
        id: the command's id, also in its body.
        method: HTTP method.
        path: path of the request.
        body: encoded message.
        created_at: when it was made [Unix s].
        due_at: before this it is not sent [Unix s].
    """

    number: int
    id: str
    method: str
    path: str
    body: bytes
    created_at: int
    due_at: int

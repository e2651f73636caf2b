"""Hello, pairing and tokens."""

from ..common.protocol import Message, Paired, PairRequest, RotateToken, TokenRotated
from ..community import leaving, pairing
from ..community.hello import hello_of
from .call import Call


def hello(call: Call) -> Message:
    """Say what this operator is."""
    return hello_of(call.connection, call.context)


def pair(call: Call) -> Message:
    """Exchange a one-time code for the token that the member made."""
    request: PairRequest = call.message
    member = pairing.exchange(call.connection, request, call.now)
    return Paired(member_id=member, hello=hello_of(call.connection, call.context))


def rotate_token(call: Call) -> Message:
    """Replace the member's token; the old one overlaps."""
    request: RotateToken = call.message
    until = pairing.rotate(call.connection, call.context, call.member, request.token, call.now)
    return TokenRotated(old_valid_until=until)


def leave(call: Call) -> Message:
    """Let the member go."""
    return leaving.leave(call.connection, call.member, call.now)

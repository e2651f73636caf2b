"""The codec: one strict way from bytes to messages and back, the same on both sides.

msgspec refuses strings, booleans and floats for integers, NaN, 1e400, bad surrogates and nesting bombs by itself;
what it lets pass, repeated keys and oversized bodies, is refused here (architecture, section 5).
"""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final, dataclass_transform

import msgspec

from .errors import MalformedMessage, MessageTooLarge

MAX_COMMAND_BYTES: Final = 65_536
"""The largest body that an operator reads from a member."""
MAX_PUSH_BYTES: Final = 4_194_304
"""The largest frame that a member reads from its operator (a snapshot)."""

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


def snake_case(name: str) -> str:
    """Return the tag of a message class: `BookAccepted` becomes `book_accepted`."""
    return _WORD_START.sub("_", name).lower()


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=snake_case):
    """Base of everything on the wire: frozen, tagged by `type`, ranges in the field types, unknown keys ignored."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what messages are made of: rows without a tag of their own."""


_ENCODER = msgspec.json.Encoder()


_decoder: Callable[[Any], msgspec.json.Decoder[Any]] = cache(msgspec.json.Decoder)


def encode(message: Message) -> bytes:
    """Return a message as JSON bytes."""
    return _ENCODER.encode(message)


def decode[T](data: bytes, kind: type[T], *, max_bytes: int = MAX_COMMAND_BYTES) -> T:
    """Return the message in `data`, which must be of `kind` (a message class or a union of them).

    A raw part (the body of an `Event`) is checked when it is decoded itself.

    Raises:
        MessageTooLarge: the body is longer than `max_bytes`.
        MalformedMessage: not JSON, not of that kind, out of range, or with a repeated key.
    """
    if len(data) > max_bytes:
        raise MessageTooLarge(f"{len(data)} bytes, at most {max_bytes} are read")
    try:
        message: T = _decoder(kind).decode(data)
        # Our own encoder repeats no key, so what it would have written needs no second look: half the time of reading.
        if _ENCODER.encode(message) != data:
            # Safe after msgspec: what it accepted is not nested deeper than the interpreter allows.
            _KEYS.decode(data.decode())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise MalformedMessage(str(error)) from error
    return message


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key is repeated")


_KEYS: Final = json.JSONDecoder(object_pairs_hook=_refuse_repeated_keys)

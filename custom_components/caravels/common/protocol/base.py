"""The codec: one strict way from bytes to messages and back, the same on both sides.

msgspec refuses strings, booleans and floats for integers, NaN, 1e400 and bad surrogates by itself; what it lets pass,
repeated keys, oversized bodies and nesting bombs under unknown keys, is refused here (architecture, section 5).
"""

import json
import re
from collections.abc import Callable
from functools import cache
from itertools import accumulate
from typing import Any, Final, dataclass_transform

import msgspec

from .errors import MalformedMessage, MessageTooLarge

MAX_COMMAND_BYTES: Final = 65_536
"""The largest body that an operator reads from a member."""
MAX_PUSH_BYTES: Final = 4_194_304
"""The largest frame that a member reads from its operator (a snapshot)."""

MAX_DEPTH: Final = 32
"""The deepest nesting of objects and lists that is read; known messages have 5."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
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
            _refuse_deep_nesting(data)
            _KEYS.decode(data.decode())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise MalformedMessage(str(error)) from error
    return message


def _refuse_deep_nesting(data: bytes) -> None:
    brackets = _STRING.sub(b"", data).translate(None, _ALL_BUT_BRACKETS)
    if max(accumulate(1 if bracket in b"[{" else -1 for bracket in brackets), default=0) > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH}")


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key is repeated")


_KEYS: Final = json.JSONDecoder(object_pairs_hook=_refuse_repeated_keys)

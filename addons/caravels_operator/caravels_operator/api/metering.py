"""Readings."""

from ..common.protocol import Message, ReadingBatch
from ..community import metering
from .call import Call


def put_readings(call: Call) -> Message:
    """Store what a member's meter measured."""
    batch: ReadingBatch = call.message
    accepted, restates = metering.accept(call.connection, call.context, call.member, batch, call.now)
    if restates:
        call.afterwards.append(call.context.steps_changed)
    return accepted

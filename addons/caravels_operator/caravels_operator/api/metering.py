"""Readings."""

from functools import partial

from ..common.protocol import Message, ReadingBatch
from ..community import metering
from .call import Call


def put_readings(call: Call) -> Message:
    """Store what a member's meter measured."""
    batch: ReadingBatch = call.message
    accepted = metering.accept(call.connection, call.context, call.member, batch, call.now)
    call.afterwards.append(partial(call.context.past.changed, accepted.days))
    if accepted.restates:
        call.afterwards.append(call.context.steps_changed.fire)
    return accepted.answer

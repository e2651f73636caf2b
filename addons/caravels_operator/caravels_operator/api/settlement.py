"""Statements."""

from ..common.protocol import Message
from ..community import statements
from .call import Call
from .market import day_of


def statement(call: Call) -> Message:
    """Return the newest version of a day's statement."""
    return statements.statement_for(call.connection, call.member, day_of(call))

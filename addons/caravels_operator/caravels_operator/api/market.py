"""Books, wishes, results and trades."""

from datetime import date

from ..common.protocol import Book, Message
from ..common.protocol.errors import NotFound, WrongDay
from ..common.protocol.market import TradeAnswer
from ..community import bids, results, wishes
from .call import Call


def day_of(call: Call) -> date:
    """Return the delivery day that the path names.

    Raises:
        NotFound: it names no day.
    """
    try:
        return date.fromisoformat(call.parameters["day"])
    except ValueError as error:
        raise NotFound(str(error)) from error


def put_book(call: Call) -> Message:
    """Store a member's bids for a day."""
    book: Book = call.message
    if book.day != day_of(call):
        raise WrongDay("the path names another day than the book")
    return bids.accept(call.connection, call.context, call.member, book, call.now)


def put_wishes(call: Call) -> Message:
    """Store whom a member would rather trade with."""
    return wishes.accept(call.connection, call.member, call.message, call.now)


def result(call: Call) -> Message:
    """Return how a day was cleared, with the caller's own trades."""
    return results.result_for(call.connection, call.member, day_of(call))


def trade(call: Call) -> Message:
    """Return a trade of the caller's; another's does not exist for it."""
    return TradeAnswer(trade=results.trade_for(call.connection, call.member, call.parameters["trade"]))

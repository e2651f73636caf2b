"""Writes to a journal for ever and says on standard output what is stored: made to be killed."""

import sys
from datetime import date, timedelta
from functools import partial
from itertools import count

from caravels_operator.common.member.commands import NO_ID, enqueue
from caravels_operator.common.member.journal import Journal
from caravels_operator.common.member.records import HomeReading, Progress
from caravels_operator.common.protocol import ReadingBatch, Statement


def store(seq: int, journal: Journal) -> None:
    """Store a push with its number, a reading, and the command that sends it."""
    amounts = {name: seq for name in Statement.__struct_fields__ if name not in ("day", "version", "settled_at")}
    day = date(2026, 1, 1) + timedelta(days=seq % 300)
    journal.state.set_progress(Progress("e1", seq, seq))
    journal.events.put("e1", seq, seq, "statement", applied=True)
    journal.documents.put(Statement(day=day, version=seq, settled_at=seq, **amounts))
    reading = HomeReading(seq * 900, seq, 0)
    journal.readings.put(900, [reading])
    enqueue(journal, "m01", ReadingBatch(id=NO_ID, period_s=900, readings=[reading.for_operator()]), seq, seq)


def main(path: str) -> None:
    """Store one number after the other."""
    journal = Journal(path)
    first = journal.run(lambda j: j.state.progress()).applied + 1
    for seq in count(first):
        journal.run(partial(store, seq))
        sys.stdout.write(f"{seq}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])

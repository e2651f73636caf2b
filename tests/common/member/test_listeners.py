"""Who is told of something neither ends what it looks at nor keeps others from being told."""

import pytest

from caravels_operator.common.member.listeners import Listeners


def test_a_fault_of_one_is_logged_and_the_others_are_told(caplog: pytest.LogCaptureFixture) -> None:
    listeners: Listeners[[int]] = Listeners()
    told: list[int] = []

    def fail(number: int) -> None:
        raise ValueError(f"{number} is too much for me")

    listeners.add(fail)
    listeners.add(told.append)
    listeners.tell(7)
    assert told == [7]
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert "7 is too much for me" in str(record.exc_info)


def test_who_left_while_it_was_told_is_told_no_more() -> None:
    listeners: Listeners[[]] = Listeners()
    told: list[str] = []

    def once() -> None:
        told.append("once")
        leave()

    leave = listeners.add(once)
    listeners.tell()
    listeners.tell()
    assert told == ["once"]
    assert not listeners

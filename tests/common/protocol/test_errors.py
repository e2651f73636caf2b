"""Every refusal has a code, a sentence that says what to do, and comes back as the same class."""

import inspect

import pytest

from caravels_operator.common.protocol import ErrorCode, Problem, ProtocolError, decode, encode, errors

KINDS = ProtocolError.all()


def test_every_class_has_its_own_code_and_every_code_a_class() -> None:
    declared = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, ProtocolError) and kind is not ProtocolError
    ]
    assert set(declared) == set(KINDS)
    assert {kind.code for kind in KINDS} | {ErrorCode.UNKNOWN} == set(ErrorCode)
    assert len({kind.code for kind in KINDS}) == len(KINDS)
    assert set(ErrorCode) >= errors.RETRY_LATER


@pytest.mark.parametrize("kind", [*KINDS, ProtocolError], ids=lambda kind: kind.__name__)
def test_a_refusal_survives_the_wire_as_the_same_class(kind: type[ProtocolError]) -> None:
    error = kind("what exactly")
    problem = decode(encode(Problem(code=error.code, sentence=error.sentence, detail=error.detail)), Problem)
    again = ProtocolError.of(problem.code, problem.detail)
    assert type(again) is kind
    assert (str(again), again.detail, again.status) == (str(error), "what exactly", kind.status)


@pytest.mark.parametrize("kind", [*KINDS, ProtocolError], ids=lambda kind: kind.__name__)
def test_sentences_are_sentences_for_people(kind: type[ProtocolError]) -> None:
    assert kind.sentence[0].isupper()
    assert kind.sentence.endswith(".")
    assert len(kind.sentence) > 30
    assert 400 <= kind.status < 600
    assert str(kind()) == kind.sentence


def test_a_code_of_a_newer_side_is_an_unknown_refusal() -> None:
    problem = decode(b'{"type":"problem","code":"moon_phase","sentence":"Wait."}', Problem)
    assert type(ProtocolError.of(problem.code, "x")) is ProtocolError

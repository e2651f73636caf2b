"""What a use case of the operator refuses: a code that the panel translates, and the sentence that says what to do."""

from typing import ClassVar


class Refusal(ValueError):
    """Base of everything that the operator asked for and cannot have.

    Args:
        detail: what exactly was wrong; the sentence for people is the class's own.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    sentence: ClassVar[str] = "Something went wrong at the operator."

    _all: ClassVar[list[type[Refusal]]] = []

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.sentence} ({detail})" if detail else self.sentence)
        self.detail = detail

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        Refusal._all.append(cls)

    @staticmethod
    def all() -> list[type[Refusal]]:
        """Return every class of refusal, in order of declaration."""
        return list(Refusal._all)


class MemberUnknown(Refusal):
    """No member by that pseudonym."""

    code = "member_unknown"
    status = 404
    sentence = "No member has this pseudonym."


class MemberKnown(Refusal):
    """A pseudonym that is taken."""

    code = "member_known"
    status = 409
    sentence = "A member has this pseudonym already. Choose another one."


class MemberRevoked(Refusal):
    """A member that was sent away."""

    code = "member_revoked"
    status = 409
    sentence = "This member was sent away for good. Take the home in under another pseudonym."


class PseudonymWrong(Refusal):
    """Not the shape of a pseudonym."""

    code = "pseudonym_wrong"
    status = 422
    sentence = "A pseudonym is of small letters, digits, - and _, at most 32, and begins with a letter or digit."


class RetailerWrong(Refusal):
    """No name of a retailer, or not the member's."""

    code = "retailer_wrong"
    status = 422
    sentence = "The retailer needs a name of at most 64 characters in one line."


class ConnectionWrong(Refusal):
    """A connection that no home has."""

    code = "connection_wrong"
    status = 422
    sentence = "The connection needs a power from 1 to 1,000,000 W."


class ZoneWrong(Refusal):
    """No name of a zone."""

    code = "zone_wrong"
    status = 422
    sentence = "A zone needs a name of at most 64 characters in one line."


class PersonWrong(Refusal):
    """Personal data that is no line of text."""

    code = "person_wrong"
    status = 422
    sentence = "Name, contact and metering point need at most 200 characters in one line each."


class TariffUnknown(Refusal):
    """A tariff by a name that is not known."""

    code = "tariff_unknown"
    status = 422
    sentence = "No tariff has this name. Choose a known one or enter a new one."


class TariffWrong(Refusal):
    """A tariff by which nobody can be billed, or one that changes the past."""

    code = "tariff_wrong"
    status = 422
    sentence = "This tariff cannot be used. The operator's manual says what belongs into a tariff."


class AddressesMissing(Refusal):
    """Nobody said where homes reach this operator."""

    code = "addresses_missing"
    status = 409
    sentence = "Set the option member_addresses: the addresses at which homes reach this operator. Then restart it."


class DayNotOpen(Refusal):
    """A day without an auction."""

    code = "day_not_open"
    status = 404
    sentence = "There is no auction for this day."


class GateHasClosed(Refusal):
    """A day that was cleared."""

    code = "gate_has_closed"
    status = 409
    sentence = "The auction of this day was cleared already."


class ModelRefusedByOperator(Refusal):
    """A file that is no model, or one by which no home could forecast."""

    code = "model_refused"
    status = 422
    sentence = "This file cannot be used as a model."


class ModelVersionUsed(Refusal):
    """A version that stands for other bytes."""

    code = "model_version_used"
    status = 409
    sentence = "This version of the model was published before with another content. Give the file a new version."


class ModelUnknown(Refusal):
    """A model, or a version of it, that was never published."""

    code = "model_unknown"
    status = 404
    sentence = "No such version of this model was published."

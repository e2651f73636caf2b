"""What the panel itself refuses, before any use case is asked."""

from ..community.refusals import Refusal


class Malformed(Refusal):
    """A body that is not the message that belongs there."""

    code = "malformed"
    status = 400
    sentence = "The page and the operator do not understand each other. Load the page again."


class TooLarge(Refusal):
    """A body over the limit."""

    code = "too_large"
    status = 413
    sentence = "This is too much at once."


class NotFound(Refusal):
    """Nothing by that path."""

    code = "not_found"
    status = 404
    sentence = "There is nothing here by that name."


class WrongPeer(Refusal):
    """An address that may not open the panel."""

    code = "wrong_peer"
    status = 403
    sentence = "This page is not open to the place from which you ask. The option panel_peers says to whom it is."


class LoginNeeded(Refusal):
    """No session, or one that has ended."""

    code = "login_needed"
    status = 401
    sentence = "Log in."


class LoginWrong(Refusal):
    """Not the name or not the password."""

    code = "login_wrong"
    status = 401
    sentence = "Name or password is wrong. A new password is set by the command: caravels login"


class LoginLater(Refusal):
    """Too many wrong passwords."""

    code = "login_later"
    status = 429
    sentence = "There were too many wrong passwords. Wait 15 minutes."


class NotAnAdministrator(Refusal):
    """A user of Home Assistant without its administrator's rights."""

    code = "not_an_administrator"
    status = 403
    sentence = "Only administrators of this Home Assistant operate the community. Ask one of them."


class HomeAssistantAway(Refusal):
    """Home Assistant cannot say who its administrators are."""

    code = "home_assistant_away"
    status = 503
    sentence = "Home Assistant cannot be asked who you are. Try again when it has started."


class ForeignPage(Refusal):
    """A write that did not come from this page."""

    code = "foreign_page"
    status = 403
    sentence = "This did not come from the operator's own page. Load the page again."


class EarlyGateOff(Refusal):
    """The gate may not be closed by hand."""

    code = "early_gate_off"
    status = 403
    sentence = "Gates close at their time. The option early_gate lets the operator close them before."


class DayNotConfirmed(Refusal):
    """The confirmation names another day."""

    code = "day_not_confirmed"
    status = 422
    sentence = "The day was not confirmed. Nothing was changed."


class ReadOnly(Refusal):
    """The ledger cannot store anything now."""

    code = "read_only"
    status = 507
    sentence = "Nothing can be stored at the moment. Make room on the disk; it goes on by itself."


class Internal(Refusal):
    """A fault of the operator's own."""

    code = "internal"
    status = 500
    sentence = "Something went wrong at the operator. Its log says what."

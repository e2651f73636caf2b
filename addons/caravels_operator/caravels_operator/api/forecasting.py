"""What homes expect, and the models that they may be offered."""

from ..common.protocol import ForecastReport, Message, ModelFile, ModelReport, ModelReportAccepted
from ..community import expectations, models
from .call import Call


def put_forecast(call: Call) -> Message:
    """Keep what a member's home expects."""
    report: ForecastReport = call.message
    return expectations.accept(call.connection, call.context, call.member, report, call.now)


def model(call: Call) -> Message:
    """Return the file of a model that is in force."""
    digest = call.parameters["sha256"]
    return ModelFile(sha256=digest, data=models.offered_file(call.connection, digest))


def put_model_report(call: Call) -> Message:
    """Keep what a member's home does with a model."""
    report: ModelReport = call.message
    models.accept_report(call.connection, call.member, report, call.now)
    return ModelReportAccepted()

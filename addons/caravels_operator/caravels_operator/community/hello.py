"""What the operator says of itself."""

from sqlalchemy import Connection

from ..common.protocol import OLDEST_SUPPORTED, PROTOCOL_VERSION, Hello
from ..ledger import meta
from ..models.signing import signer
from .context import Context


def hello_of(conn: Connection, context: Context) -> Hello:
    """Return the operator's hello, true at this moment."""
    settings = context.settings
    return Hello(
        protocol_version=PROTOCOL_VERSION,
        oldest_supported=OLDEST_SUPPORTED,
        epoch=meta.epoch(conn),
        community=settings.name,
        currency=settings.currency,
        time_zone=settings.time_zone,
        market_zone=settings.market_zone,
        market_period_s=settings.market_period_s,
        settlement_period_s=settings.settlement_period_s,
        reading_interval_s=settings.reading_interval_s,
        now=context.clock.now(),
        next_fingerprint=context.next_fingerprint(),
        model_key=signer(meta.model_key(conn)).public,
    )

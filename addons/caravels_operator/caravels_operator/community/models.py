"""The models that the community's homes are offered: published, put in force, rolled back; and what homes say of them.

What is in force is one version a name. A home takes the last offer of a name, whatever its version (`ModelOffer`).
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from ..common.member.model_tables import HORIZON_OF_MODEL
from ..common.protocol import ModelOffer, ModelReport, encode
from ..common.protocol.errors import NotFound
from ..ledger import audit, members, meta, models, outbox
from ..ledger.models import PublishedModel, Report
from ..models.registry import CheckedModel
from ..models.signing import signer
from .refusals import ModelUnknown, ModelVersionUsed

BUNDLED = "bundled"
"""Who published what came with the operator itself."""


def publish(conn: Connection, model: CheckedModel, who: str, now: int) -> PublishedModel:
    """Keep a model that was checked, sign it, put it in force and offer it to every member; again is no change.

    Raises:
        ModelVersionUsed: this version of the name was published with other bytes.
    """
    known = _kept(conn, model, who, now)
    in_force = {offer.name: offer.version for offer in models.offers(conn)}
    if in_force.get(model.name) != model.version:
        audit.append(conn, who, "publish model", now, f"{model.name} {model.version} {model.sha256}")
        _put_in_force(conn, known, who, now)
    return known


def roll_back(
    conn: Connection, name: str, version: str, who: str, now: int, bundled: Sequence[CheckedModel] = ()
) -> PublishedModel:
    """Put another version of a name in force that was published before, or that came with the operator; offer it.

    Raises:
        ModelUnknown: there is no such version.
        ModelVersionUsed: one of this name and version came with the operator, and another was published.
    """
    known = models.get(conn, name, version)
    if known is None:
        own = next((model for model in bundled if (model.name, model.version) == (name, version)), None)
        if own is None:
            raise ModelUnknown(f"{name} {version}")
        known = _kept(conn, own, BUNDLED, now)
    in_force = {offer.name: offer.version for offer in models.offers(conn)}
    if in_force.get(name) != version:
        audit.append(conn, who, "roll back model", now, f"{name} {version}")
        _put_in_force(conn, known, who, now)
    return known


def offers_in_force(conn: Connection) -> list[ModelOffer]:
    """Return what every member is offered, by name."""
    return [_offer(model) for model in models.in_force(conn)]


def offered_file(conn: Connection, sha256: str) -> bytes:
    """Return the file of a model that is in force.

    Raises:
        NotFound: none that is in force has this digest.
    """
    data = models.offered_file(conn, sha256)
    if data is None:
        raise NotFound(sha256)
    return data


def accept_report(conn: Connection, member: str, report: ModelReport, now: int) -> None:
    """Keep what a home does with a model, in place of what it said of that name before.

    Raises:
        NotFound: no model is ever offered by this name.
    """
    if report.name not in HORIZON_OF_MODEL:
        raise NotFound(report.name)
    models.put_report(
        conn,
        Report(
            member,
            report.name,
            report.version,
            report.in_use,
            report.refused,
            report.skill_last_week,
            report.skill_mean_7_days,
            report.days,
            now,
        ),
    )
    members.touch(conn, member, now)


def _kept(conn: Connection, model: CheckedModel, who: str, now: int) -> PublishedModel:
    known = models.get(conn, model.name, model.version)
    if known is not None:
        if known.sha256 != model.sha256:
            raise ModelVersionUsed(f"{model.name} {model.version}")
        return known
    unsigned = ModelOffer(
        name=model.name, version=model.version, sha256=model.sha256, size=len(model.data), signature="0" * 128
    )
    signature = signer(meta.model_key(conn)).sign(unsigned.signed_bytes())
    published = PublishedModel(
        model.name, model.version, model.sha256, len(model.data), signature, model.card, who, now
    )
    models.put(conn, published, model.data)
    return published


def _put_in_force(conn: Connection, model: PublishedModel, who: str, now: int) -> None:
    models.offer(conn, model.name, model.version, who, now)
    body = encode(_offer(model))
    outbox.append_many(conn, [(member.id, body) for member in members.all(conn) if member.state != "revoked"], now)


def _offer(model: PublishedModel) -> ModelOffer:
    return ModelOffer(
        name=model.name,
        version=model.version,
        sha256=model.sha256,
        size=model.size,
        signature=model.signature,
    )

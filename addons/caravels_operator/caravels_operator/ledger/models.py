"""The models that were ever published, by name and version; which of them is in force; what homes say of them."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, text

from .bulk import insert_rows
from .digests import row_checksum
from .schema import model_offers, model_reports, models


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """A version of a model, without its file.

    Attributes:
        sha256: of the file [hex].
        size: of the file [bytes].
        signature: Ed25519 over name, version and digest [hex].
        card: what the model says of itself, as JSON.
        published_by: who did, as in the audit log.
    """

    name: str
    version: str
    sha256: str
    size: int
    signature: str
    card: str
    published_by: str
    published_at: int


@dataclass(frozen=True, slots=True)
class Offer:
    """The version of a name that is in force."""

    name: str
    version: str
    offered_by: str
    offered_at: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a home does with the model of a name, and how well that does [parts per thousand]."""

    member: str
    name: str
    version: str
    in_use: bool
    refused: str | None
    skill_last_week: int | None
    skill_mean_7_days: int | None
    days: int
    received_at: int


_SIZE = text("length(models.data)")
_COLUMNS = (
    models.c.name,
    models.c.version,
    models.c.sha256,
    _SIZE,
    models.c.signature,
    models.c.card,
    models.c.published_by,
    models.c.published_at,
)
_GET = select(*_COLUMNS).where(models.c.name == bindparam("of"), models.c.version == bindparam("nr"))
_ALL = select(*_COLUMNS).order_by(models.c.name, models.c.published_at, models.c.version)
_IN_FORCE = (
    select(*_COLUMNS)
    .join(model_offers, (model_offers.c.name == models.c.name) & (model_offers.c.version == models.c.version))
    .order_by(models.c.name)
)
_FILE = (
    select(models.c.data)
    .join(model_offers, (model_offers.c.name == models.c.name) & (model_offers.c.version == models.c.version))
    .where(models.c.sha256 == bindparam("digest"))
    .limit(1)
)
_OFFERS = select(model_offers).order_by(model_offers.c.name)
_OFFER = text(
    "INSERT INTO model_offers (name, version, offered_by, offered_at) VALUES (:name, :version, :who, :at) "
    "ON CONFLICT (name) DO UPDATE SET version = excluded.version, offered_by = excluded.offered_by, "
    "offered_at = excluded.offered_at"
)
_PUT_REPORT = text(
    "INSERT INTO model_reports (member, name, version, in_use, refused, skill_last_week, skill_mean_7_days, days, "
    "received_at) VALUES (:member, :name, :version, :in_use, :refused, :skill_last_week, :skill_mean_7_days, :days, "
    ":received_at) ON CONFLICT (member, name) DO UPDATE SET version = excluded.version, in_use = excluded.in_use, "
    "refused = excluded.refused, skill_last_week = excluded.skill_last_week, "
    "skill_mean_7_days = excluded.skill_mean_7_days, days = excluded.days, received_at = excluded.received_at"
)
_REPORTS = select(model_reports).order_by(model_reports.c.name, model_reports.c.member)


def put(conn: Connection, model: PublishedModel, data: bytes) -> None:
    """Keep a version of a model with its file.

    Raises:
        IntegrityError: that version of the name is there.
    """
    values = (
        model.name,
        model.version,
        model.sha256,
        data,
        model.signature,
        model.card,
        model.published_by,
        model.published_at,
    )
    insert_rows(conn, models, [(*values, row_checksum(*values))])


def get(conn: Connection, name: str, version: str) -> PublishedModel | None:
    """Return a version of a model, or None."""
    row = conn.execute(_GET, {"of": name, "nr": version}).one_or_none()
    return None if row is None else PublishedModel(*row)


def all(conn: Connection) -> list[PublishedModel]:  # noqa: A001  # read as models.all
    """Return every version that was published, by name, then in the order of publication."""
    return [PublishedModel(*row) for row in conn.execute(_ALL)]


def in_force(conn: Connection) -> list[PublishedModel]:
    """Return the version of each name that is in force, by name."""
    return [PublishedModel(*row) for row in conn.execute(_IN_FORCE)]


def offered_file(conn: Connection, sha256: str) -> bytes | None:
    """Return the file of a model that is in force, by its digest [hex]; None if none has it."""
    data: bytes | None = conn.execute(_FILE, {"digest": sha256}).scalar_one_or_none()
    return data


def offers(conn: Connection) -> list[Offer]:
    """Return what is in force, by name."""
    return [Offer(*row) for row in conn.execute(_OFFERS)]


def offer(conn: Connection, name: str, version: str, who: str, at: int) -> None:
    """Put a version in force, in place of the one of its name that was."""
    conn.execute(_OFFER, {"name": name, "version": version, "who": who, "at": at})


def put_report(conn: Connection, report: Report) -> None:
    """Keep what a home says of a name, in place of what it said before."""
    columns = [column.name for column in model_reports.c]
    row = {column: getattr(report, column) for column in columns}
    conn.execute(_PUT_REPORT, row | {"in_use": int(report.in_use)})


def reports(conn: Connection) -> list[Report]:
    """Return what each home said last of each name, by name and member."""
    return [
        Report(member, name, version, bool(in_use), *rest)
        for member, name, version, in_use, *rest in conn.execute(_REPORTS).tuples()
    ]

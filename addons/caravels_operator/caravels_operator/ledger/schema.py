"""The tables. Energy in Wh, money in micro-units, instants in Unix seconds UTC, civil days as ISO text.

Everything but `persons` and `person_keys` knows members by pseudonym alone. Digests and checksums stand where a flipped
bit would otherwise pass unseen. Raise SCHEMA_VERSION with every new file in migrations/versions.
"""

from typing import Any, Final

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    event,
)

SCHEMA_VERSION: Final = "0002"

Whole = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits in both databases: SQLite's INTEGER holds them all."""

metadata = MetaData(
    naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"}
)


def _whole(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, Whole, nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable)


def _bytes(name: str, *, nullable: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=nullable)


def _member() -> Column[str]:
    return Column("member", Text, ForeignKey("members.id"), nullable=False)


def _table(name: str, *columns: Any, key: tuple[str, ...]) -> Table:
    """Return a table clustered by its key, with types that SQLite enforces too."""
    return Table(name, metadata, *columns, PrimaryKeyConstraint(*key), sqlite_with_rowid=False, sqlite_strict=True)


meta = _table("meta", _text("key"), _text("value"), key=("key",))
probe = _table("probe", _whole("id"), _bytes("body"), key=("id",))

# --- who ------------------------------------------------------------------------------------------------------------
members = _table(
    "members",
    _text("id"),
    _text("retailer"),
    _text("tariff"),
    _whole("connection_w"),
    _text("state"),
    _whole("joined_at"),
    _whole("left_at", nullable=True),
    _whole("last_seen_at", nullable=True),
    _text("zone"),
    _whole("green"),
    CheckConstraint("state IN ('active', 'paused', 'revoked')", name="state"),
    CheckConstraint("green IN (0, 1)", name="green"),
    key=("id",),
)
person_keys = _table("person_keys", _member(), _bytes("key"), key=("member",))
persons = _table("persons", _member(), _bytes("nonce"), _bytes("sealed"), key=("member",))
tokens = _table(
    "tokens",
    _bytes("hash"),
    _member(),
    _whole("issued_at"),
    _whole("valid_until", nullable=True),
    Index(None, "member"),
    key=("hash",),
)
pairing_codes = _table(
    "pairing_codes",
    _bytes("hash"),
    _member(),
    _whole("expires_at"),
    _bytes("token_hash", nullable=True),
    _whole("used_at", nullable=True),
    key=("hash",),
)
audit = _table("audit", _whole("n"), _whole("at"), _text("who"), _text("what"), _text("detail"), key=("n",))

# --- messages -------------------------------------------------------------------------------------------------------
commands = _table(
    "commands",
    _member(),
    _text("id"),
    _bytes("digest"),
    _bytes("reply"),
    _whole("at"),
    _whole("checksum"),
    Index(None, "at"),
    key=("member", "id"),
)
outbox_heads = _table("outbox_heads", _member(), _whole("last_seq"), _whole("acked"), key=("member",))
outbox = _table(
    "outbox",
    _member(),
    _whole("seq"),
    _whole("at"),
    _bytes("body"),
    _whole("checksum"),
    key=("member", "seq"),
)

# --- the market -----------------------------------------------------------------------------------------------------
tariffs = _table("tariffs", _text("name"), _whole("valid_from"), _text("document"), key=("name", "valid_from"))
prices = _table("prices", _whole("start"), _whole("micro_kwh"), _text("origin"), _whole("checksum"), key=("start",))
books = _table(
    "books",
    _text("day"),
    _member(),
    _whole("revision"),
    _whole("accepted_at"),
    _bytes("body"),
    _whole("checksum"),
    key=("day", "member", "revision"),
)
wishes = _table(
    "wishes",
    _member(),
    _text("friends"),
    _whole("wants_green"),
    _whole("at"),
    CheckConstraint("wants_green IN (0, 1)", name="wants_green"),
    key=("member",),
)
auctions = _table(
    "auctions",
    _text("day"),
    _text("state"),
    _whole("gate_at"),
    _whole("period_s"),
    _text("rules"),
    _whole("opened_at"),
    _text("run", nullable=True),
    _text("book_digest", nullable=True),
    _text("result_digest", nullable=True),
    _whole("cleared_at", nullable=True),
    _text("preferences", nullable=True),
    CheckConstraint("state IN ('open', 'cleared')", name="state"),
    key=("day",),
)
transactions = _table(
    "transactions",
    _text("day"),
    _whole("n"),
    _text("id"),
    _whole("start"),
    _text("seller"),
    _text("buyer"),
    _whole("wh"),
    _whole("price_micro_kwh"),
    _whole("micro"),
    CheckConstraint("wh > 0", name="wh"),
    UniqueConstraint("id", name="uq_transactions_id"),
    key=("day", "n"),
)
cleared = _table(
    "cleared", _text("day"), _whole("start"), _whole("price_micro_kwh"), _whole("wh"), key=("day", "start")
)

# --- the meters -----------------------------------------------------------------------------------------------------
readings = _table(
    "readings",
    _member(),
    _whole("start"),
    _whole("period_s"),
    _whole("import_wh"),
    _whole("export_wh"),
    _whole("quality"),
    _whole("received_at"),
    _whole("checksum"),
    # These three came with 0002, behind what was there: an old row stays as it was written.
    _whole("generation_wh", nullable=True),
    _whole("charge_wh", nullable=True),
    _whole("discharge_wh", nullable=True),
    CheckConstraint("import_wh >= 0 AND export_wh >= 0", name="wh"),
    CheckConstraint("quality BETWEEN 0 AND 2", name="quality"),
    key=("member", "start"),
)

# --- the forecasts --------------------------------------------------------------------------------------------------
member_forecasts = _table(
    "member_forecasts",
    _member(),
    _text("horizon"),
    _whole("issued_at"),
    _whole("first"),
    _whole("received_at"),
    _bytes("consumption_wh"),
    _bytes("generation_wh", nullable=True),
    _bytes("reduction_wh", nullable=True),
    _bytes("shifting_wh", nullable=True),
    _whole("checksum"),
    CheckConstraint("horizon IN ('day_ahead', 'hour_ahead')", name="horizon"),
    Index(None, "issued_at"),
    key=("member", "horizon", "issued_at"),
)
community_forecasts = _table(
    "community_forecasts",
    _text("target"),
    _text("horizon"),
    _whole("issued_at"),
    _whole("first"),
    _bytes("sum_wh"),
    _bytes("mean_wh"),
    _bytes("p10_wh"),
    _bytes("p50_wh"),
    _bytes("p90_wh"),
    _text("basis"),
    _whole("checksum"),
    CheckConstraint("horizon IN ('day_ahead', 'hour_ahead')", name="horizon"),
    Index(None, "issued_at"),
    key=("target", "horizon", "issued_at"),
)

# --- the models -----------------------------------------------------------------------------------------------------
models = _table(
    "models",
    _text("name"),
    _text("version"),
    _text("sha256"),
    _bytes("data"),
    _text("signature"),
    _text("card"),
    _text("published_by"),
    _whole("published_at"),
    _whole("checksum"),
    Index(None, "sha256"),
    key=("name", "version"),
)
model_offers = _table(
    "model_offers",
    _text("name"),
    _text("version"),
    _text("offered_by"),
    _whole("offered_at"),
    ForeignKeyConstraint(["name", "version"], ["models.name", "models.version"]),
    key=("name",),
)
model_reports = _table(
    "model_reports",
    _member(),
    _text("name"),
    _text("version"),
    _whole("in_use"),
    _text("refused", nullable=True),
    _whole("skill_last_week", nullable=True),
    _whole("skill_mean_7_days", nullable=True),
    _whole("days"),
    _whole("received_at"),
    CheckConstraint("in_use IN (0, 1)", name="in_use"),
    key=("member", "name"),
)

# --- the money ------------------------------------------------------------------------------------------------------
entries = _table(
    "entries",
    _whole("id"),
    _text("kind"),
    _text("reference"),
    _whole("at"),
    _bytes("prev_hash"),
    _bytes("hash"),
    UniqueConstraint("reference", name="uq_entries_reference"),
    key=("id",),
)
postings = _table(
    "postings",
    Column("entry", Whole, ForeignKey("entries.id"), nullable=False),
    _whole("n"),
    _text("kind"),
    _whole("start"),
    _text("payer"),
    _text("payee"),
    _whole("micro"),
    _whole("wh"),
    CheckConstraint("micro >= 0", name="micro"),
    CheckConstraint("payer <> payee", name="parties"),
    key=("entry", "n"),
)
account_totals = _table(
    "account_totals", _text("account"), _whole("paid_micro"), _whole("received_micro"), key=("account",)
)
settlement_days = _table(
    "settlement_days", _text("day"), _whole("version"), _whole("settled_at"), _bytes("digest"), key=("day", "version")
)
settlement_lines = _table(
    "settlement_lines",
    _text("day"),
    _whole("version"),
    _member(),
    _whole("import_wh"),
    _whole("export_wh"),
    _whole("bought_wh"),
    _whole("sold_wh"),
    _whole("netted_in_wh"),
    _whole("netted_out_wh"),
    _whole("residual_import_wh"),
    _whole("residual_export_wh"),
    _whole("estimated_periods"),
    _whole("trade_micro"),
    _whole("netting_micro"),
    _whole("retail_micro"),
    _whole("feed_in_micro"),
    _whole("fees_micro"),
    _whole("total_micro"),
    _whole("alone_micro"),
    key=("day", "version", "member"),
)
settlement_months = _table(
    "settlement_months",
    _text("month"),
    _whole("version"),
    _whole("settled_at"),
    _bytes("digest"),
    key=("month", "version"),
)
month_lines = _table(
    "month_lines",
    _text("month"),
    _whole("version"),
    _member(),
    _whole("alone_micro"),
    _whole("before_micro"),
    _whole("no_loss_micro"),
    _whole("fees_micro"),
    _whole("total_micro"),
    key=("month", "version", "member"),
)

# --- what is due ----------------------------------------------------------------------------------------------------
steps = _table(
    "steps",
    _text("kind"),
    _text("key"),
    _whole("due_at"),
    _text("state"),
    _whole("attempts"),
    _text("last_error", nullable=True),
    _whole("done_at", nullable=True),
    CheckConstraint("state IN ('pending', 'done')", name="state"),
    Index(None, "state", "due_at", "kind", "key"),
    key=("kind", "key"),
)

# --- append only ----------------------------------------------------------------------------------------------------
APPEND_ONLY: Final = ("entries", "postings", "audit")


def append_only_ddl(dialect: str) -> list[str]:
    """Return the statements that make a database refuse to change or delete what was booked."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append only'); END"
            for table in APPEND_ONLY
            for verb in ("update", "delete")
        ]
    return [
        (
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append only', TG_TABLE_NAME; END $$"
        ),
        *(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "EXECUTE FUNCTION refuse_change()"
            for table in APPEND_ONLY
        ),
    ]


for _dialect in ("sqlite", "postgresql"):
    for _statement in append_only_ddl(_dialect):
        # A DDL text is %-formatted once by SQLAlchemy.
        event.listen(metadata, "after_create", DDL(_statement.replace("%", "%%")).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]  # SQLAlchemy's own gap

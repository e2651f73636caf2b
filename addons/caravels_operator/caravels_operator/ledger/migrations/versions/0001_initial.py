"""The first schema.

Revision: 0001
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPTIONS: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}
APPEND_ONLY = ("entries", "postings", "audit")


def whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, WHOLE, nullable=nullable)


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def octets(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "account_totals",
        words("account"),
        whole("paid_micro"),
        whole("received_micro"),
        sa.PrimaryKeyConstraint("account"),
        **OPTIONS,
    )
    op.create_table(
        "auctions",
        words("day"),
        words("state"),
        whole("gate_at"),
        whole("period_s"),
        words("rules"),
        whole("opened_at"),
        words("run", nullable=True),
        words("book_digest", nullable=True),
        words("result_digest", nullable=True),
        whole("cleared_at", nullable=True),
        words("preferences", nullable=True),
        sa.CheckConstraint("state IN ('open', 'cleared')", name=op.f("ck_auctions_state")),
        sa.PrimaryKeyConstraint("day"),
        **OPTIONS,
    )
    op.create_table(
        "audit",
        whole("n"),
        whole("at"),
        words("who"),
        words("what"),
        words("detail"),
        sa.PrimaryKeyConstraint("n"),
        **OPTIONS,
    )
    op.create_table(
        "cleared",
        words("day"),
        whole("start"),
        whole("price_micro_kwh"),
        whole("wh"),
        sa.PrimaryKeyConstraint("day", "start"),
        **OPTIONS,
    )
    op.create_table(
        "entries",
        whole("id"),
        words("kind"),
        words("reference"),
        whole("at"),
        octets("prev_hash"),
        octets("hash"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference", name="uq_entries_reference"),
        **OPTIONS,
    )
    op.create_table(
        "members",
        words("id"),
        words("retailer"),
        words("tariff"),
        whole("connection_w"),
        words("state"),
        whole("joined_at"),
        whole("left_at", nullable=True),
        whole("last_seen_at", nullable=True),
        words("zone"),
        whole("green"),
        sa.CheckConstraint("state IN ('active', 'paused', 'revoked')", name=op.f("ck_members_state")),
        sa.CheckConstraint("green IN (0, 1)", name=op.f("ck_members_green")),
        sa.PrimaryKeyConstraint("id"),
        **OPTIONS,
    )
    op.create_table(
        "meta",
        words("key"),
        words("value"),
        sa.PrimaryKeyConstraint("key"),
        **OPTIONS,
    )
    op.create_table(
        "prices",
        whole("start"),
        whole("micro_kwh"),
        words("origin"),
        whole("checksum"),
        sa.PrimaryKeyConstraint("start"),
        **OPTIONS,
    )
    op.create_table(
        "probe",
        whole("id"),
        octets("body"),
        sa.PrimaryKeyConstraint("id"),
        **OPTIONS,
    )
    op.create_table(
        "settlement_days",
        words("day"),
        whole("version"),
        whole("settled_at"),
        octets("digest"),
        sa.PrimaryKeyConstraint("day", "version"),
        **OPTIONS,
    )
    op.create_table(
        "settlement_months",
        words("month"),
        whole("version"),
        whole("settled_at"),
        octets("digest"),
        sa.PrimaryKeyConstraint("month", "version"),
        **OPTIONS,
    )
    op.create_table(
        "steps",
        words("kind"),
        words("key"),
        whole("due_at"),
        words("state"),
        whole("attempts"),
        words("last_error", nullable=True),
        whole("done_at", nullable=True),
        sa.CheckConstraint("state IN ('pending', 'done')", name=op.f("ck_steps_state")),
        sa.PrimaryKeyConstraint("kind", "key"),
        **OPTIONS,
    )
    op.create_index(op.f("ix_steps_state_due_at_kind_key"), "steps", ["state", "due_at", "kind", "key"])
    op.create_table(
        "tariffs",
        words("name"),
        whole("valid_from"),
        words("document"),
        sa.PrimaryKeyConstraint("name", "valid_from"),
        **OPTIONS,
    )
    op.create_table(
        "transactions",
        words("day"),
        whole("n"),
        words("id"),
        whole("start"),
        words("seller"),
        words("buyer"),
        whole("wh"),
        whole("price_micro_kwh"),
        whole("micro"),
        sa.CheckConstraint("wh > 0", name=op.f("ck_transactions_wh")),
        sa.PrimaryKeyConstraint("day", "n"),
        sa.UniqueConstraint("id", name="uq_transactions_id"),
        **OPTIONS,
    )
    op.create_table(
        "books",
        words("day"),
        words("member"),
        whole("revision"),
        whole("accepted_at"),
        octets("body"),
        whole("checksum"),
        sa.ForeignKeyConstraint(
            ["member"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("day", "member", "revision"),
        **OPTIONS,
    )
    op.create_table(
        "commands",
        words("member"),
        words("id"),
        octets("digest"),
        octets("reply"),
        whole("at"),
        whole("checksum"),
        sa.ForeignKeyConstraint(
            ["member"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member", "id"),
        **OPTIONS,
    )
    op.create_index(op.f("ix_commands_at"), "commands", ["at"])
    op.create_table(
        "month_lines",
        words("month"),
        whole("version"),
        words("member"),
        whole("alone_micro"),
        whole("before_micro"),
        whole("no_loss_micro"),
        whole("fees_micro"),
        whole("total_micro"),
        sa.ForeignKeyConstraint(
            ["member"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("month", "version", "member"),
        **OPTIONS,
    )
    op.create_table(
        "outbox",
        words("member"),
        whole("seq"),
        whole("at"),
        octets("body"),
        whole("checksum"),
        sa.ForeignKeyConstraint(
            ["member"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member", "seq"),
        **OPTIONS,
    )
    op.create_table(
        "outbox_heads",
        words("member"),
        whole("last_seq"),
        whole("acked"),
        sa.ForeignKeyConstraint(
            ["member"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member"),
        **OPTIONS,
    )
    op.create_table(
        "pairing_codes",
        octets("hash"),
        words("member"),
        whole("expires_at"),
        octets("token_hash", nullable=True),
        whole("used_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["member"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("hash"),
        **OPTIONS,
    )
    op.create_table(
        "person_keys",
        words("member"),
        octets("key"),
        sa.ForeignKeyConstraint(
            ["member"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member"),
        **OPTIONS,
    )
    op.create_table(
        "persons",
        words("member"),
        octets("nonce"),
        octets("sealed"),
        sa.ForeignKeyConstraint(
            ["member"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member"),
        **OPTIONS,
    )
    op.create_table(
        "postings",
        whole("entry"),
        whole("n"),
        words("kind"),
        whole("start"),
        words("payer"),
        words("payee"),
        whole("micro"),
        whole("wh"),
        sa.CheckConstraint("micro >= 0", name=op.f("ck_postings_micro")),
        sa.CheckConstraint("payer <> payee", name=op.f("ck_postings_parties")),
        sa.ForeignKeyConstraint(
            ["entry"],
            ["entries.id"],
        ),
        sa.PrimaryKeyConstraint("entry", "n"),
        **OPTIONS,
    )
    op.create_table(
        "readings",
        words("member"),
        whole("start"),
        whole("period_s"),
        whole("import_wh"),
        whole("export_wh"),
        whole("quality"),
        whole("received_at"),
        whole("checksum"),
        sa.CheckConstraint("import_wh >= 0 AND export_wh >= 0", name=op.f("ck_readings_wh")),
        sa.CheckConstraint("quality BETWEEN 0 AND 2", name=op.f("ck_readings_quality")),
        sa.ForeignKeyConstraint(
            ["member"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member", "start"),
        **OPTIONS,
    )
    op.create_table(
        "settlement_lines",
        words("day"),
        whole("version"),
        words("member"),
        whole("import_wh"),
        whole("export_wh"),
        whole("bought_wh"),
        whole("sold_wh"),
        whole("netted_in_wh"),
        whole("netted_out_wh"),
        whole("residual_import_wh"),
        whole("residual_export_wh"),
        whole("estimated_periods"),
        whole("trade_micro"),
        whole("netting_micro"),
        whole("retail_micro"),
        whole("feed_in_micro"),
        whole("fees_micro"),
        whole("total_micro"),
        whole("alone_micro"),
        sa.ForeignKeyConstraint(
            ["member"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("day", "version", "member"),
        **OPTIONS,
    )
    op.create_table(
        "tokens",
        octets("hash"),
        words("member"),
        whole("issued_at"),
        whole("valid_until", nullable=True),
        sa.ForeignKeyConstraint(
            ["member"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("hash"),
        **OPTIONS,
    )
    op.create_index(op.f("ix_tokens_member"), "tokens", ["member"])
    op.create_table(
        "wishes",
        words("member"),
        words("friends"),
        whole("wants_green"),
        whole("at"),
        sa.CheckConstraint("wants_green IN (0, 1)", name=op.f("ck_wishes_wants_green")),
        sa.ForeignKeyConstraint(
            ["member"],
            ["members.id"],
        ),
        sa.PrimaryKeyConstraint("member"),
        **OPTIONS,
    )
    refuse_changes()


def refuse_changes() -> None:
    """Make the database itself refuse to change or delete what was booked."""
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for verb in ("update", "delete"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append only'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "EXECUTE FUNCTION refuse_change()"
        )

"""What homes generate and store, forecasts, and models.

A reading's new columns come behind its old ones, empty, which takes a moment however many rows there are, and leaves
every old row as it was written (`digests.row_checksum`).

Revision: 0002
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPTIONS: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, WHOLE, nullable=nullable)


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def octets(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def upgrade() -> None:
    for name in ("generation_wh", "charge_wh", "discharge_wh"):
        op.add_column("readings", whole(name, nullable=True))
    _forecasts()
    _models()


def _forecasts() -> None:
    op.create_table(
        "member_forecasts",
        words("member"),
        words("horizon"),
        whole("issued_at"),
        whole("first"),
        whole("received_at"),
        octets("consumption_wh"),
        octets("generation_wh", nullable=True),
        octets("reduction_wh", nullable=True),
        octets("shifting_wh", nullable=True),
        whole("checksum"),
        sa.CheckConstraint("horizon IN ('day_ahead', 'hour_ahead')", name=op.f("ck_member_forecasts_horizon")),
        sa.ForeignKeyConstraint(["member"], ["members.id"]),
        sa.PrimaryKeyConstraint("member", "horizon", "issued_at"),
        **OPTIONS,
    )
    op.create_index(op.f("ix_member_forecasts_issued_at"), "member_forecasts", ["issued_at"])
    op.create_table(
        "community_forecasts",
        words("target"),
        words("horizon"),
        whole("issued_at"),
        whole("first"),
        octets("sum_wh"),
        octets("mean_wh"),
        octets("p10_wh"),
        octets("p50_wh"),
        octets("p90_wh"),
        words("basis"),
        whole("checksum"),
        sa.CheckConstraint("horizon IN ('day_ahead', 'hour_ahead')", name=op.f("ck_community_forecasts_horizon")),
        sa.PrimaryKeyConstraint("target", "horizon", "issued_at"),
        **OPTIONS,
    )
    op.create_index(op.f("ix_community_forecasts_issued_at"), "community_forecasts", ["issued_at"])


def _models() -> None:
    op.create_table(
        "models",
        words("name"),
        words("version"),
        words("sha256"),
        octets("data"),
        words("signature"),
        words("card"),
        words("published_by"),
        whole("published_at"),
        whole("checksum"),
        sa.PrimaryKeyConstraint("name", "version"),
        **OPTIONS,
    )
    op.create_index(op.f("ix_models_sha256"), "models", ["sha256"])
    op.create_table(
        "model_offers",
        words("name"),
        words("version"),
        words("offered_by"),
        whole("offered_at"),
        sa.ForeignKeyConstraint(["name", "version"], ["models.name", "models.version"]),
        sa.PrimaryKeyConstraint("name"),
        **OPTIONS,
    )
    op.create_table(
        "model_reports",
        words("member"),
        words("name"),
        words("version"),
        whole("in_use"),
        words("refused", nullable=True),
        whole("skill_last_week", nullable=True),
        whole("skill_mean_7_days", nullable=True),
        whole("days"),
        whole("received_at"),
        sa.CheckConstraint("in_use IN (0, 1)", name=op.f("ck_model_reports_in_use")),
        sa.ForeignKeyConstraint(["member"], ["members.id"]),
        sa.PrimaryKeyConstraint("member", "name"),
        **OPTIONS,
    )

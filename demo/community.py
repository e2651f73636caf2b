"""The demo's operator before it serves: its options, its certificate, its next gate, and a link for the office."""

import datetime
import json
import secrets
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from caravels_operator.app.live import database_url
from caravels_operator.app.operator import build_operator
from caravels_operator.app.tls import Certificates
from caravels_operator.app.wall_clock import WallClock
from caravels_operator.common.periods import day_start
from caravels_operator.community import pairing, schedule
from caravels_operator.community.context import Context
from caravels_operator.community.gate import move_gate
from caravels_operator.community.refusals import DayNotOpen
from caravels_operator.ledger.store import Ledger
from caravels_operator.options import Options, load_options
from caravels_operator.panel.password import NAME, Password
from caravels_operator.prices.source import HourlyList

from .home_assistant_api import Login
from .office import OFFICE

WHO: Final = "demo"
"""In the audit log."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an operator's options and data are, its certificate [SHA-256, hex], and who may open its panel."""

    options_file: Path
    data: Path
    fingerprint: str
    panel_login: Login

    @property
    def options(self) -> Options:
        """The options."""
        return load_options(self.options_file)


@dataclass(frozen=True, slots=True)
class Doors:
    """The link by which a home pairs as the office, and when the gate of the traded day closes [Unix s]."""

    link: str
    gate_at: int


def prepare(folder: Path, raw_options: dict[str, Any]) -> Place:
    """Write an operator's options and make its certificate and the password of its panel."""
    options_file, data = folder / "operator.json", folder / "operator"
    options_file.write_text(json.dumps(raw_options, indent=2), encoding="utf-8")
    options_file.chmod(0o600)
    pair = Certificates.in_folder(data).refresh(datetime.datetime.now(datetime.UTC))
    return Place(options_file, data, pair.fingerprint, Login(NAME, Password.in_folder(data).make()))


async def open_doors(place: Place, traded: date, gate_in_s: int) -> Doors:
    """Set the gate of the traded day `gate_in_s` from now, and make a pairing link. The operator must not run yet.

    A day whose auction opens later, at midnight, keeps its gate.
    """
    options = place.options
    ledger = Ledger.open(database_url(options, place.data), inline=True)
    prices = HourlyList(options.hourly_price_micro_kwh, options.settings.market_zone)
    context = build_operator(ledger, WallClock(), options.settings, prices, secrets.token_bytes).context

    def open_them(conn: Connection) -> Doors:
        now = context.clock.now()
        link = pairing.invite(conn, context, OFFICE, options.member_addresses, place.fingerprint, now)
        return Doors(str(link), _move_gate(conn, context, traded, now + gate_in_s))

    try:
        return await ledger.run(open_them)
    finally:
        await ledger.close()


def _move_gate(conn: Connection, context: Context, traded: date, at: int) -> int:
    try:
        return move_gate(conn, context, traded, min(at, day_start(traded, context.settings.market_zone)), WHO)
    except DayNotOpen:
        return schedule.gate_at(traded, context.settings)

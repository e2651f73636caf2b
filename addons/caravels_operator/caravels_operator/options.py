"""The operator's options: one file, checked once, every wrong key named in one message.

The same keys stand in the app's options form (config.yaml) and in a JSON file for stand-alone use.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import voluptuous as vol

from .common.protocol import PairingLink, parse_pairing_link
from .common.protocol.errors import PairingWrong
from .common.protocol.pairing import MAX_ADDRESSES
from .common.quantities import MICRO
from .community.settings import CommunitySettings, DayTimes
from .market.auction import AuctionRules
from .mechanisms import PRICE_FILLS, PRICE_RULES

ALL_DAY = 24 * 60
MOST_CHARACTERS = 200
_A_YEAR = 2026
"""Any: which zones change their clocks by half an hour has not changed since 1985."""


class OptionsWrong(ValueError):
    """The options file cannot be used; the text names every wrong key."""


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that must be known before start.

    Attributes:
        database: SQLAlchemy URL, or empty for SQLite in the data folder.
        member_addresses: `host:port` at which members reach the member port, in the order in which they should try.
        panel_peers: addresses that may open the panel; none named: as an app the Supervisor's alone, else everyone, who
            then has to log in.
        early_gate: whether the operator may close a gate before its time.
        hourly_price_micro_kwh: market price by local hour, where no publisher is set.
    """

    settings: CommunitySettings
    database: str
    member_host: str
    member_port: int
    member_addresses: tuple[str, ...]
    panel_host: str
    panel_port: int
    panel_peers: tuple[str, ...]
    early_gate: bool
    hourly_price_micro_kwh: tuple[int, ...]


def _whole(low: int, high: int) -> Callable[[Any], int]:
    """Return a check for whole numbers in a range; true and 1.0 are none, whatever Python thinks."""

    def check(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise vol.Invalid(f"expected a whole number from {low} to {high}")
        return value

    return check


def _minutes(*allowed: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if type(value) is not int or value not in allowed:
            raise vol.Invalid(f"expected one of {', '.join(map(str, allowed))}")
        return value

    return check


def _line(value: Any) -> str:
    """Return a text that people can see, and see whole: it stands in headings, here and at every home."""
    if not isinstance(value, str) or len(value) > MOST_CHARACTERS or not value.strip() or not value.isprintable():
        raise vol.Invalid(f"expected one line of at most {MOST_CHARACTERS} characters")
    return value


def _address(value: Any) -> str:
    """Return an address if a member could read the pairing link that it will stand in."""
    try:
        parse_pairing_link(str(PairingLink((str(value),), "code", None)))
    except PairingWrong as error:
        raise vol.Invalid("expected an address with its port, such as operator.example:8443") from error
    return str(value)


def _peer(value: Any) -> str:
    try:
        return str(ip_address(value))
    except ValueError as error:
        raise vol.Invalid("expected an IP address such as 172.30.32.2") from error


def _zone(value: Any) -> str:
    try:
        return ZoneInfo(value).key
    except (ValueError, TypeError, OSError, KeyError) as error:
        raise vol.Invalid("expected a time zone such as Europe/Lisbon") from error


def _clock_time(value: Any) -> int:
    try:
        hours, minutes = str(value).split(":")
        time = int(hours) * 60 + int(minutes)
    except ValueError as error:
        raise vol.Invalid("expected a time such as 15:00") from error
    if not (0 <= time < ALL_DAY and 0 <= int(minutes) < 60):
        raise vol.Invalid("expected a time of day from 00:00 to 23:59")
    return time


def _price(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -100 <= value <= 100:
        raise vol.Invalid("expected a price per kWh from -100 to 100")
    return round(value * MICRO)


_PORT = _whole(0, 65_535)
_FLAG = vol.Boolean()

SCHEMA = vol.Schema(
    {
        vol.Optional("community", default="Energy community"): _line,
        vol.Optional("currency", default="EUR"): vol.Match(r"^[A-Z]{3}\Z", "expected an ISO 4217 code such as EUR"),
        vol.Optional("time_zone", default="Europe/Lisbon"): _zone,
        vol.Optional("market_zone"): _zone,
        vol.Optional("market_period_minutes", default=60): _minutes(60, 30, 15),
        vol.Optional("settlement_period_minutes", default=60): _minutes(60, 15),
        vol.Optional("reading_interval_seconds", default=600): _whole(60, 86_400),
        vol.Optional("price_rule", default="uniform"): vol.In(PRICE_RULES),
        vol.Optional("pair_k_permille", default=500): _whole(0, 1_000),
        vol.Optional("assignment", default="corner"): vol.In(("corner", "preferred")),
        vol.Optional("smallest_trade_wh", default=1): _whole(1, 1_000_000),
        vol.Optional("buyer_fee", default=0): _price,
        vol.Optional("seller_fee", default=0): _price,
        vol.Optional("strict", default=False): _FLAG,
        vol.Optional("no_loss", default=True): _FLAG,
        vol.Optional("price_fill", default="previous_day"): vol.In(PRICE_FILLS),
        vol.Optional("prices_at", default="13:30"): _clock_time,
        vol.Optional("gate_at", default="15:00"): _clock_time,
        vol.Optional("settlement_at", default="10:00"): _clock_time,
        vol.Optional("hourly_prices", default=[0.1] * 24): vol.All([_price], vol.Length(24, 24)),
        vol.Optional("database", default=""): str,
        vol.Optional("member_host", default="0.0.0.0"): _line,  # noqa: S104  # members come from outside this machine
        vol.Optional("member_port", default=8443): _PORT,
        vol.Optional("member_addresses", default=list): vol.All([_address], vol.Length(max=MAX_ADDRESSES)),
        vol.Optional("panel_host", default="127.0.0.1"): _line,
        vol.Optional("panel_port", default=8099): _PORT,
        vol.Optional("panel_peers", default=list): [_peer],
        vol.Optional("early_gate", default=False): _FLAG,
    }
)


def load_options(path: Path | None) -> Options:
    """Return the options in a JSON file, or the defaults without one.

    Raises:
        OptionsWrong: not readable, or any key is wrong: all of them are named.
    """
    if path is None:
        return options_from({})
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OptionsWrong(f"The options file cannot be read: {error}") from error
    if not isinstance(raw, dict):
        raise OptionsWrong("The options file must hold one JSON object.")
    return options_from(raw)


def options_from(raw: Mapping[str, Any]) -> Options:
    """Return checked options.

    Raises:
        OptionsWrong: any key is wrong: all of them are named.
    """
    try:
        checked = SCHEMA(dict(raw))
    except vol.MultipleInvalid as error:
        wrong = "; ".join(f"{_place(one)}: {one.msg}" for one in error.errors)
        raise OptionsWrong(f"These options are wrong: {wrong}.") from error
    return _options(checked)


def _place(error: vol.Invalid) -> str:
    return ".".join(str(part) for part in error.path) or "options"


def _options(checked: dict[str, Any]) -> Options:
    settings = CommunitySettings(
        name=checked["community"],
        currency=checked["currency"],
        time_zone=checked["time_zone"],
        market_zone=checked.get("market_zone", checked["time_zone"]),
        market_period_s=checked["market_period_minutes"] * 60,
        settlement_period_s=checked["settlement_period_minutes"] * 60,
        reading_interval_s=checked["reading_interval_seconds"],
        buyer_fee_micro_kwh=checked["buyer_fee"],
        seller_fee_micro_kwh=checked["seller_fee"],
        auction=_auction(checked),
        strict=checked["strict"],
        no_loss=checked["no_loss"],
        price_fill=checked["price_fill"],
    )
    _refuse_broken_days(settings)
    times = DayTimes(checked["prices_at"], checked["gate_at"], checked["settlement_at"])
    if times.prices >= times.gate:
        raise OptionsWrong("These options are wrong: prices_at: must be before gate_at.")
    return Options(
        settings=replace(settings, times=times),
        database=checked["database"],
        member_host=checked["member_host"],
        member_port=checked["member_port"],
        member_addresses=tuple(checked["member_addresses"]),
        panel_host=checked["panel_host"],
        panel_port=checked["panel_port"],
        panel_peers=tuple(checked["panel_peers"]),
        early_gate=checked["early_gate"],
        hourly_price_micro_kwh=tuple(checked["hourly_prices"]),
    )


def _refuse_broken_days(settings: CommunitySettings) -> None:
    """Refuse periods that do not fit every day of the market zone: on such a day nothing could be traded or settled."""
    zone = ZoneInfo(settings.market_zone)
    for name, period_s in (
        ("market_period_minutes", settings.market_period_s),
        ("settlement_period_minutes", settings.settlement_period_s),
    ):
        noons = (datetime(_A_YEAR, 1, 1, 12, tzinfo=zone) + timedelta(days=n) for n in range(366))
        lengths = {(one.utcoffset(), other.utcoffset()) for one, other in pairwise(noons)}
        if any(one != other and (one - other) % timedelta(seconds=period_s) for one, other in lengths if one and other):
            raise OptionsWrong(
                f"These options are wrong: {name}: {period_s // 60} minutes do not fit the days on which "
                f"{settings.market_zone} changes its clocks."
            )


def _auction(checked: dict[str, Any]) -> AuctionRules:
    try:
        return AuctionRules(
            price_rule=checked["price_rule"],
            pair_k_permille=checked["pair_k_permille"],
            assignment=checked["assignment"],
            smallest_trade_wh=checked["smallest_trade_wh"],
        )
    except ValueError as error:
        raise OptionsWrong(f"These options are wrong: price_rule, assignment: {error}.") from error

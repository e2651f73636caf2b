"""What the panel's browser side and the operator say to each other: every body of `./api/*`, and the stream's frames.

The browser knows these by the golden examples in tests/wire/panel, one file a message, which both sides' tests read.
Energy is in Wh, money in micro-units of the community's currency, instants in Unix seconds UTC, days are ISO text.
"""

from datetime import date
from enum import StrEnum
from typing import Final, Literal, dataclass_transform

import msgspec

from ..market.tariffs import Tariff

LANGUAGES: Final = ("en", "pt")
HEADER: Final = "X-Caravels-Panel"
"""Every write carries this header with the value `1`: another site's page cannot set it."""


class Topic(StrEnum):
    """What of the community has changed, as the stream names it: the page of that name asks again."""

    COMMUNITY = "community"
    MEMBERS = "members"
    MARKET = "market"


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Body(msgspec.Struct, frozen=True, kw_only=True):
    """Base of everything in a body: frozen, unknown keys ignored."""


class Problem(Body):
    """A refusal. The browser translates `code`; `sentence` is its English, `detail` is for developers."""

    code: str
    sentence: str
    detail: str


# --- who asks ---------------------------------------------------------------------------------------------------------
class Session(Body):
    """GET api/session, and the answer of api/login and api/logout.

    Attributes:
        known: whether the rest may be asked; if not and `login` is set, api/login comes first.
        login: whether this panel has a login of its own (stand-alone); inside Home Assistant it has none.
        person: the name of who asks, empty while not known.
        may_close_gate: the option `early_gate` is on.
        may_invite: the option `member_addresses` says where homes reach this operator.
    """

    known: bool
    login: bool
    person: str
    community: str
    currency: str
    time_zone: str
    market_zone: str
    languages: tuple[str, ...]
    may_close_gate: bool
    may_invite: bool


class Login(Body):
    """POST api/login."""

    name: str
    password: str


# --- the community ----------------------------------------------------------------------------------------------------
class MeteredHour(Body):
    """What the meters said of an hour: energy of all members [Wh], and how many members sent it."""

    start: int
    import_wh: int
    export_wh: int
    members: int


class TradedPeriod(Body):
    """A market period of a delivery day.

    Attributes:
        market_price_micro_kwh: what the members' percentages refer to, None before prices are published.
        price_micro_kwh: of the community's auction, None where nothing was traded.
        wh: traded [Wh].
        wanted_wh, offered_wh: bid for and asked [Wh], None before the gate: sealed bids are shown to nobody.
    """

    start: int
    market_price_micro_kwh: int | None
    price_micro_kwh: int | None
    wh: int
    wanted_wh: int | None
    offered_wh: int | None


class AuctionDay(Body):
    """The auction of a delivery day, in sum.

    Attributes:
        state: none (its prices are not published yet), open or cleared.
        gate_at: when it closes, or closed.
        books: how many members have bid.
        mean_price_micro_kwh: weighted by energy, None without trade.
        wanted_wh, offered_wh: see `TradedPeriod`.
    """

    day: date
    state: Literal["none", "open", "cleared"]
    gate_at: int
    cleared_at: int | None
    period_s: int
    books: int
    traded_wh: int
    traded_micro: int
    mean_price_micro_kwh: int | None
    wanted_wh: int | None
    offered_wh: int | None
    periods: list[TradedPeriod]


class FailedStep(Body):
    """What could not be done so far, when it is tried again, and why it failed."""

    kind: str
    key: str
    attempts: int
    again_at: int
    why: str


class ExpectedHour(Body):
    """What is expected of an hour of the whole community [Wh]: the mean, and between which two it lies in four of five.

    Attributes:
        reduction_wh, shifting_wh: flexibility: what could be used less, and what in another hour instead.
    """

    start: int
    consumption_wh: int
    consumption_p10_wh: int
    consumption_p90_wh: int
    generation_wh: int
    generation_p10_wh: int
    generation_p90_wh: int
    reduction_wh: int
    shifting_wh: int


class ForecastSkill(Body):
    """How forecasts of a quantity came out over the last four weeks; None is not known yet.

    Attributes:
        mae_wh: mean absolute error of an hour [Wh].
        mean_wh: mean of what was measured [Wh an hour].
        over_last_week_permille: 1 - error / error of the same hour last week; negative is worse.
        over_mean_7_days_permille: 1 - error / error of the mean of the last seven days.
        coverage_permille: share of hours that lay between the two.
        days: days that were judged.
    """

    mae_wh: int | None
    mean_wh: int | None
    over_last_week_permille: int | None
    over_mean_7_days_permille: int | None
    coverage_permille: int | None
    days: int


class Expected(Body):
    """The community's forecasts, each hour by the last one of it.

    Attributes:
        issued_at: of the last one.
        hours: of today and tomorrow, ascending, those that were forecast.
        reported: how many homes said themselves what they expect.
        estimated: how many of them the operator forecast, wholly or in part.
        unknown: of how many nothing is known.
    """

    issued_at: int
    hours: list[ExpectedHour]
    reported: int
    estimated: int
    unknown: int
    consumption: ForecastSkill
    generation: ForecastSkill


class Community(Body):
    """GET api/community: is the community balanced now, and tomorrow?

    Attributes:
        members_online, members_total: of the members that are not revoked.
        hours: those of the last 24 hours of which any reading came, ascending; the last one says how things are now.
        today, tomorrow: by the market zone's calendar.
        expected: None before the first forecast.
    """

    name: str
    currency: str
    now: int
    members_online: int
    members_total: int
    hours: list[MeteredHour]
    today: AuctionDay
    tomorrow: AuctionDay
    expected: Expected | None
    failed: list[FailedStep]


# --- members ----------------------------------------------------------------------------------------------------------
class MemberRow(Body):
    """A member, as in GET api/members and as the answer of every act on one.

    Attributes:
        state: active, paused or revoked.
        paired: its home holds a key that is good.
        link_until: until when an unused pairing link is good, None without one.
        balance_micro: what it owes (positive) or is owed (negative) since it joined.
        person: its name, empty if nobody said it or it was erased.
        has_person: whether there is personal data to erase.
    """

    id: str
    state: Literal["active", "paused", "revoked"]
    online: bool
    paired: bool
    joined_at: int
    left_at: int | None
    last_seen_at: int | None
    link_until: int | None
    retailer: str
    tariff: str
    connection_w: int
    zone: str
    green: bool
    balance_micro: int
    person: str
    has_person: bool


class Members(Body):
    """GET api/members: all that ever were, by id; and the tariffs, retailers and zones that are known by name."""

    members: list[MemberRow]
    tariffs: list[str]
    retailers: list[str]
    zones: list[str]


class Person(Body):
    """Who stands behind a pseudonym; sealed apart from the books, and erasable."""

    name: str = ""
    contact: str = ""
    metering_point: str = ""


class NewMember(Body):
    """POST api/members.

    Attributes:
        id: pseudonym: small letters, digits, - and _, at most 32, beginning with a letter or digit; never a name.
        tariff: name of a known tariff; or
        new_tariff: a new one, or the new version of a known one, as docs/operator.md has it. Exactly one of the two.
    """

    id: str
    retailer: str
    connection_w: int
    tariff: str | None = None
    new_tariff: Tariff | None = None
    zone: str = ""
    green: bool = False
    person: Person = Person()


class Link(Body):
    """The answer of POST api/members/ID/link: a pairing link, good once and until `expires_at`."""

    member: str
    link: str
    expires_at: int


# --- the market -------------------------------------------------------------------------------------------------------
class OpenDay(Body):
    """A delivery day whose auction is open: how many of the members that may bid have done so."""

    day: date
    gate_at: int
    books: int
    members: int


class Cell(Body):
    """What one member sold another on a day: the sum of what each of the two sees [Wh, micro-units]."""

    seller: str
    buyer: str
    wh: int
    micro: int


class Market(Body):
    """GET api/market, GET api/market?day=YYYY-MM-DD.

    Attributes:
        cleared_days: newest first.
        auction: of the day asked for, else of the last cleared day, else None.
        sellers, buyers: the rows and columns of the matrix, by id.
        cells: of the matrix, those that are not empty.
    """

    now: int
    open_days: list[OpenDay]
    cleared_days: list[date]
    auction: AuctionDay | None
    sellers: list[str]
    buyers: list[str]
    cells: list[Cell]


class CloseGate(Body):
    """POST api/market/DAY/close: the day once more, as its confirmation."""

    day: date


class GateMoved(Body):
    """The answer of POST api/market/DAY/close: the gate is now at `gate_at`; the stream says when it was cleared."""

    day: date
    gate_at: int


# --- the stream -------------------------------------------------------------------------------------------------------
class Hello(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="hello"):
    """The stream's first frame."""

    now: int


class Changed(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="changed"):
    """Something of these topics is no longer as it was: ask again."""

    topics: list[Topic]


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="heartbeat"):
    """Said every `HEARTBEAT_S`; who hears nothing for three of them connects again."""

    now: int


HEARTBEAT_S: Final = 20

MESSAGES: Final = (
    Problem,
    Session,
    Login,
    Community,
    Members,
    MemberRow,
    NewMember,
    Link,
    Market,
    CloseGate,
    GateMoved,
    Hello,
    Changed,
    Heartbeat,
)
"""What travels by itself; each has a golden example."""

"""A ledger with something in every table, and all its values for comparison."""

from datetime import date, timedelta
from hashlib import sha256
from random import Random

import numpy as np
from sqlalchemy import Connection, select

from caravels_operator.ledger import (
    auctions,
    audit,
    books,
    commands,
    community_forecasts,
    engine,
    entries,
    member_forecasts,
    members,
    models,
    months,
    outbox,
    pairing,
    persons,
    prices,
    readings,
    settlements,
    steps,
    tariffs,
    tokens,
)
from caravels_operator.ledger.auctions import ClearedPeriod
from caravels_operator.ledger.schema import metadata
from caravels_operator.ledger.transactions import Transaction

FIRST_DAY = date(2026, 11, 22)
HOUR = 3600


def fill(conn: Connection, *, days: int = 3, homes: int = 6, postings_an_hour: int = 8, seed: int = 1) -> None:
    """Write some days of a small community into an empty ledger."""
    chance = Random(seed)
    names = [f"m{n:02d}" for n in range(1, homes + 1)]
    for name in names:
        members.add(conn, members.Member(name, "retailer-a", "flat", 6900, "active", 1))
        persons.put(conn, name, persons.Person(f"Name {name}", f"{name}@example.org", f"PT{name}"))
        tokens.issue(conn, name, sha256(name.encode()).digest(), 1)
        pairing.create(conn, name, sha256(f"code {name}".encode()).digest(), 900)
    tariffs.put(conn, tariffs.Tariff("flat", 0, '{"parts": []}'))
    audit.append(conn, "ana", "invite", 1, "all")
    for offset in range(days):
        _day(conn, FIRST_DAY + timedelta(days=offset), offset * 24 * HOUR, names, chance, postings_an_hour)
    _models(conn, names, chance)
    months.put(conn, "2026-11", 1, 9, [months.MonthLine(name, 5, 6, -1, 0, 5) for name in names])


def _day(conn: Connection, day: date, begin: int, names: list[str], chance: Random, postings_an_hour: int) -> None:
    hours = range(begin, begin + 24 * HOUR, HOUR)
    prices.put(conn, [prices.Price(start, chance.randint(-10_000, 200_000), "published") for start in hours])
    auctions.open_day(conn, day, gate_at=begin - 9 * HOUR, period_s=HOUR, rules="{}", at=begin - 12 * HOUR)
    for name in names:
        body = chance.randbytes(400)
        books.put(conn, name, day, 1, body, begin - 10 * HOUR)
        commands.store(conn, name, chance.randbytes(16).hex(), sha256(body).digest(), b"accepted", begin)
        outbox.append(conn, name, chance.randbytes(200), begin)
        rows = [
            readings.Reading(
                start,
                chance.randint(0, 4000),
                chance.randint(0, 4000),
                "measured",
                *(chance.choice([None, chance.randint(0, 4000)]) for _ in range(3)),
            )
            for start in hours
        ]
        readings.put_many(conn, name, HOUR, rows, begin + 25 * HOUR)
        expected = [chance.randint(0, 4000) for _ in hours]
        member_forecasts.put(conn, name, "day_ahead", begin, begin, (expected, None, expected, None), begin)
    trades = []
    for start in hours:
        seller, buyer = chance.sample(names, 2)
        trades.append(Transaction(f"{day}-{start}", start, seller, buyer, chance.randint(1, 900), 100_000, 50))
    periods = [ClearedPeriod(trade.start, trade.price_micro_kwh, trade.wh) for trade in trades]
    auctions.clear(conn, day, run="r", book_digest="b", transactions=trades, periods=periods, at=begin - 9 * HOUR)
    rows_ = []
    for start in hours:
        for _ in range(postings_an_hour):
            payer, payee = chance.sample(names, 2)
            money, energy = chance.randint(0, 10**7), chance.randint(0, 5000)
            rows_.append(("trade", start, f"member:{payer}", f"member:{payee}", money, energy))
    entries.post(conn, entries.Header("settlement", f"settlement:{day}:v1", begin + 34 * HOUR), rows_)
    _expected(conn, begin, chance)
    settlements.put(conn, day, 1, begin, [settlements.DayLine(name, *range(16)) for name in names])
    steps.put(conn, "settle", day.isoformat(), begin + 34 * HOUR)


def _expected(conn: Connection, begin: int, chance: Random) -> None:
    wh = np.array([float(chance.randint(0, 40_000)) for _ in range(24)])
    basis = community_forecasts.CommunityBasis(reported=5, estimated=("m06",), unknown=(), days=3, mae_wh=1.5)
    for target in ("consumption", "generation"):
        community_forecasts.put(
            conn,
            community_forecasts.CommunityForecast(
                target, "day_ahead", begin, begin, wh, wh * 1.1, wh / 2, wh, wh * 2, basis
            ),
        )


def _models(conn: Connection, names: list[str], chance: Random) -> None:
    for version in ("1", "2"):
        data = chance.randbytes(3_000)
        model = models.PublishedModel(
            "pooled", version, sha256(data).hexdigest(), len(data), "0" * 128, '{"units": "Wh"}', "ana", 1
        )
        models.put(conn, model, data)
    models.offer(conn, "pooled", "1", "ana", 2)
    for name in names:
        models.put_report(conn, models.Report(name, "pooled", "1", True, None, 120, None, 28, 3))


def contents(address: str) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table."""
    with engine.reading(engine.parse(address)).connect() as conn:
        tables = metadata.sorted_tables
        return {t.name: [tuple(row) for row in conn.execute(select(t).order_by(*t.primary_key))] for t in tables}

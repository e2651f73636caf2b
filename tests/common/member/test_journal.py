"""The journal: whole transactions or nothing, through errors and kill -9; bounded; one version at a time."""

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from caravels_operator.common.forecasting.forecast import Basis, Forecast, Horizon, Method, Target
from caravels_operator.common.forecasting.weather import SolarForecast, WeatherForecast
from caravels_operator.common.member.commands import NO_ID, enqueue
from caravels_operator.common.member.journal import KEPT_DAYS, SCHEMA_VERSION, SCHEMAS, Journal
from caravels_operator.common.member.ports import JournalUnusable
from caravels_operator.common.member.records import (
    BookState,
    HomeReading,
    KeptModel,
    Membership,
    OfferState,
    OwnBook,
    Progress,
)
from caravels_operator.common.protocol import (
    Bid,
    Book,
    ErrorCode,
    MarketDay,
    ModelOffer,
    MonthStatement,
    Quality,
    Reading,
    ReadingBatch,
    Side,
    Statement,
)

from .fakes import DAY, HOUR, START, hello, instant, market_day, month, result, statement

WRITER = Path(__file__).parent / "journal_writer.py"
TODAY = date(2026, 3, 2)


def book(revision: int = 1, command_id: str = "a" * 32) -> Book:
    bid = Bid(start=START, side=Side.SELL, wh=5, price_micro_kwh=-7)
    return Book(id=command_id, member_id="m01", day=TODAY, revision=revision, bids=[bid])


def killed_after(path: Path, lines: int) -> int:
    """Run the writer, kill -9 it after some lines; return the last number that it said is stored."""
    writer = subprocess.Popen(
        [sys.executable, str(WRITER), str(path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert writer.stdout is not None
    for _ in range(lines):
        writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    said = writer.stdout.read().split()  # what was in the pipe counts too
    writer.stdout.close()
    assert writer.wait() == -signal.SIGKILL
    return int(said[-1]) if said else 0


@pytest.mark.parametrize("rounds", [5, pytest.param(60, marks=pytest.mark.long)])
def test_kill_9_loses_nothing_that_was_stored_and_leaves_nothing_half(tmp_path: Path, rounds: int) -> None:
    path = tmp_path / "journal.sqlite"
    for number in range(rounds):
        said = killed_after(path, 20 + 7 * (number % 9))
        journal = Journal(path)
        progress = journal.run(lambda j: j.state.progress())
        assert progress.applied >= said
        numbers = list(range(1, progress.applied + 1))
        assert [seq for seq, _, _ in journal.run(lambda j: j.events.of("e1"))] == numbers
        assert [row.import_wh for row in journal.run(lambda j: j.readings.since(900, 0))] == numbers
        assert [command.created_at for command in journal.run(lambda j: j.queue.all())] == numbers
        statements = journal.run(lambda j: j.documents.statements(date.min))
        assert sorted(row.version for row in statements) == numbers[-300:]
        journal.close()


def test_an_exception_in_the_work_stores_nothing() -> None:
    journal = Journal()

    def work(j: Journal) -> None:
        j.state.set_progress(Progress("e1", 5, 5))
        j.readings.put(HOUR, [HomeReading(START, 1, 0)])
        raise LookupError

    with pytest.raises(LookupError):
        journal.run(work)
    assert journal.run(lambda j: j.state.progress()) == Progress()
    assert journal.run(lambda j: j.readings.since(HOUR, 0)) == []


def test_a_push_noted_twice_stores_nothing() -> None:
    journal = Journal()
    journal.run(lambda j: j.events.put("e1", 1, START, "statement", applied=True))

    def again(j: Journal) -> None:
        j.documents.put(statement(TODAY))
        j.events.put("e1", 1, START, "statement", applied=True)

    with pytest.raises(JournalUnusable):
        journal.run(again)
    assert journal.run(lambda j: j.documents.statements(date.min)) == []


def test_a_full_disk_stores_nothing_and_nothing_is_broken() -> None:
    journal = Journal()
    (pages,) = journal._connection.execute("PRAGMA page_count").fetchone()
    journal._connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    rows = [HomeReading(START + at * HOUR, 1, 0) for at in range(5_000)]
    with pytest.raises(JournalUnusable, match="full"):
        journal.run(lambda j: j.readings.put(HOUR, rows))
    assert journal.run(lambda j: j.readings.since(HOUR, 0)) == []
    journal.run(lambda j: j.readings.put(HOUR, rows[:10]))
    assert journal.run(lambda j: j.readings.since(HOUR, 0)) == rows[:10]


def test_a_damaged_file_and_a_newer_one_are_refused(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.write_bytes(b"this is no database" * 1_000)
    with pytest.raises(JournalUnusable, match="cannot be used"):
        Journal(damaged)
    newer = tmp_path / "newer"
    Journal(newer).close()
    with sqlite3.connect(newer) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(JournalUnusable, match="newer version"):
        Journal(newer)
    with pytest.raises(JournalUnusable):
        Journal(tmp_path / "no" / "such" / "folder")


def test_a_file_of_the_first_version_is_brought_up_to_date_whole(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with sqlite3.connect(path) as connection:
        connection.executescript(SCHEMAS[0])
        connection.execute("INSERT INTO readings VALUES (3600, ?, 7, 2, 'estimated')", (START,))
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    journal = Journal(path)
    old = HomeReading(START, 7, 2, quality=Quality.ESTIMATED)
    new = HomeReading(START + HOUR, 1, 2, 3, 4, 5, 6)
    journal.run(lambda j: j.readings.put(HOUR, [new]))
    assert journal.run(lambda j: j.readings.since(HOUR, 0)) == [old, new]
    assert journal.run(lambda j: j.readings.between(HOUR, START, START + HOUR)) == [old]
    journal.close()
    again = Journal(path)
    assert again._connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    again.close()


def test_a_file_that_cannot_be_brought_up_to_date_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with sqlite3.connect(path) as connection:
        connection.executescript(SCHEMAS[0])
        connection.execute("ALTER TABLE readings ADD COLUMN discharge_wh INTEGER")  # the second step will fail midway
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    with pytest.raises(JournalUnusable, match="duplicate column"):
        Journal(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        columns = [row[1] for row in connection.execute("PRAGMA table_info(readings)")]
    connection.close()
    assert "generation_wh" not in columns


def test_it_is_synced_before_it_counts(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    assert journal._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert journal._connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_everything_comes_back_as_it_went_in(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    membership = Membership("m01", "t" * 43, ("a:1", "[::1]:2"), "0a" * 32, "u" * 43, "0b" * 32)
    rows = [
        HomeReading(START + at, at, 2 * at, None, at, 3, 0, quality)
        for at, quality in enumerate((Quality.ESTIMATED, Quality.MEASURED, Quality.OFFICIAL))
    ]
    market = market_day(TODAY, START)

    def write(j: Journal) -> None:
        j.state.set_membership(membership)
        j.state.set_progress(Progress("e1", 3, 2, -4))
        j.state.set_hello(hello())
        j.readings.put(900, rows)
        for push in (market, result(TODAY), statement(TODAY), month("2026-02")):
            j.documents.put(push)
        j.books.put(book(), START)
        j.books.put(book(2, "b" * 32), START)
        j.books.set_state(OwnBook(book(), BookState.REFUSED, ErrorCode.GATE_CLOSED, "e7"))
        j.forecasts.put(TODAY, START, HOUR, np.array([1, -2], np.int64))
        j.forecasts.put(TODAY, START + 1, HOUR, np.array([3, -4], np.int64))

    def check(j: Journal) -> None:
        assert j.state.membership() == membership
        assert j.state.progress() == Progress("e1", 3, 2, -4)
        assert j.state.hello() == hello()
        assert j.readings.since(900, START + 1) == rows[1:]
        assert j.readings.since(HOUR, 0) == []
        assert j.readings.last_start(900) == START + 2
        assert j.readings.last_start(HOUR) is None
        assert j.documents.market_days(TODAY) == [market]
        assert j.documents.results(TODAY) == [result(TODAY)]
        assert j.documents.results(TODAY + timedelta(days=1)) == []
        assert j.documents.statements(TODAY) == [statement(TODAY)]
        assert j.documents.months(date(2026, 2, 15)) == [month("2026-02")]
        refused = OwnBook(book(), BookState.REFUSED, ErrorCode.GATE_CLOSED, "e7")
        assert j.books.of_day(TODAY) == [refused, OwnBook(book(2, "b" * 32), BookState.QUEUED)]
        forecast = j.forecasts.latest(TODAY)
        assert forecast is not None
        assert forecast.tolist() == [3, -4]
        assert j.forecasts.latest(date(2026, 1, 1)) is None

    journal = Journal(path)
    journal.run(write)
    journal.close()
    again = Journal(path)
    again.run(check)
    again.close()


def test_command_ids_are_new_for_each_command_even_with_the_same_payload() -> None:
    journal = Journal()
    batch = ReadingBatch(id=NO_ID, period_s=900, readings=[Reading(start=0, import_wh=1, export_wh=0)])
    made = [journal.run(lambda j: enqueue(j, "m01", batch, START, START)) for _ in range(3)]
    journal.run(lambda j: j.queue.drop(made[2].id))
    made.append(journal.run(lambda j: enqueue(j, "m01", batch, START, START)))
    assert len({command.id for command in made}) == 4
    # a home that lost its journal and does the same again sends the same command again
    other = Journal()
    assert [other.run(lambda j: enqueue(j, "m01", batch, START, START)).id for _ in range(2)] == [
        command.id for command in made[:2]
    ]
    assert other.run(lambda j: enqueue(j, "m02", batch, START, START)).id not in {command.id for command in made}


def test_a_snapshot_replaces_from_its_oldest_day_on_or_from_further_back() -> None:
    journal = Journal()
    days = [TODAY - timedelta(days=back) for back in range(9, -1, -1)]

    def held(j: Journal) -> list[tuple[date, int]]:
        return [(row.day, row.version) for row in j.documents.statements(date.min)]

    for day in days:
        journal.run(lambda j, day=day: j.documents.put(statement(day)))  # type: ignore[misc]  # mypy cannot infer a default's type
    journal.run(lambda j: j.documents.replace(Statement, [], None))
    assert len(journal.run(held)) == 10
    journal.run(lambda j: j.documents.replace(Statement, [statement(days[8], 2)], None))
    assert journal.run(held) == [(day, 1) for day in days[:8]] + [(days[8], 2)]
    journal.run(lambda j: j.documents.replace(Statement, [statement(days[8], 2)], days[3]))
    assert journal.run(held) == [(day, 1) for day in days[:3]] + [(days[8], 2)]
    journal.run(lambda j: j.documents.replace(MarketDay, [], days[0]))
    assert len(journal.run(held)) == 4
    for name in ("2026-01", "2026-02"):
        journal.run(lambda j, name=name: j.documents.put(month(name)))  # type: ignore[misc]  # mypy cannot infer a default's type
    journal.run(lambda j: j.documents.replace(MonthStatement, [], date(2026, 2, 20)))
    assert [row.month for row in journal.run(lambda j: j.documents.months(date.min))] == ["2026-01"]


def test_what_is_old_is_pruned_and_nothing_else() -> None:
    journal = Journal()

    def fill(j: Journal) -> None:
        for age in (1, 59, 61, 399, 401, 799, 801):
            at = START - age * DAY
            day = TODAY - timedelta(days=age)
            j.readings.put(HOUR, [HomeReading(at, 1, 0)])
            j.documents.put(statement(day))
            j.books.put(Book(id=f"{age:032}", member_id="m01", day=day, revision=1, bids=[]), at)
            j.events.put("e1", age, at, "statement", applied=True)
            j.forecasts.put(day, at, HOUR, np.zeros(1, np.int64))
            batch = ReadingBatch(id=NO_ID, period_s=900, readings=[Reading(start=age, import_wh=1, export_wh=0)])
            enqueue(j, "m01", batch, at, at)
            j.gates.note(market_day(day, at), "e1")
            j.outlooks.put_weather(WeatherForecast(at, at, *[np.zeros(1)] * 3), "UTC")
            zeros = np.zeros(1)
            j.expectations.put([Forecast(Target.CONSUMPTION, Horizon.DAY_AHEAD, at, at, zeros, zeros, zeros, zeros)])
        j._connection.execute("INSERT INTO former VALUES ('m09', ?, 'queue', '')", (START - 399 * DAY,))
        j._connection.execute("INSERT INTO former VALUES ('m09', ?, 'queue', '')", (START - 401 * DAY,))
        j.prune(START)

    def counts(j: Journal) -> dict[str, int]:
        return {table: j._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in KEPT_DAYS}

    journal.run(fill)
    assert journal.run(counts) == {
        "readings": 4,
        "documents": 6,
        "books": 4,
        "events": 2,
        "forecasts": 2,
        "queue": 2,
        "gates": 2,
        "former": 1,
        "outlooks": 4,
        "expectations": 2,
    }


def test_every_table_is_bounded_by_age_or_by_names() -> None:
    made = {line.split()[2] for line in "".join(SCHEMAS).splitlines() if line.startswith("CREATE TABLE")}
    of_a_few_names = {"state", "offers", "models"}
    assert made - of_a_few_names == set(KEPT_DAYS)


def offered(version: str = "1.0.0", name: str = "consumption_day_ahead") -> ModelOffer:
    return ModelOffer(name=name, version=version, sha256="ab" * 32, size=3, signature="cd" * 64)


def test_a_file_of_the_second_version_keeps_what_it_holds_and_gains_room_for_forecasts_and_models(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal"
    with sqlite3.connect(path) as connection:
        connection.executescript("".join(SCHEMAS[:2]))
        connection.execute(
            "INSERT INTO readings VALUES (3600, ?, 7, 2, 'measured', 30, 4, 5, 36)", (START,)
        )  # columns in the order in which the first two versions made them
        connection.execute("INSERT INTO forecasts VALUES ('2026-03-02', 5, 3600, ?)", (b"\x01" + bytes(7),))
        connection.execute("INSERT INTO gates VALUES ('2026-03-02', 7, 'e1')")
        connection.execute("PRAGMA user_version = 2")
    connection.close()
    journal = Journal(path)
    assert journal.run(lambda j: j.readings.since(HOUR, 0)) == [HomeReading(START, 7, 2, 30, 4, 5, 36)]
    known = journal.run(lambda j: j.forecasts.latest(TODAY))
    assert known is not None
    assert known.tolist() == [1]
    assert journal.run(lambda j: j.gates.since(TODAY))[TODAY].gate_at == 7
    journal.run(lambda j: j.offers.put(offered()))
    assert journal.run(lambda j: j.offers.all()) == [OfferState(offered())]
    assert journal._connection.execute("PRAGMA user_version").fetchone() == (3,)
    journal.close()


def test_what_services_say_is_kept_as_the_last_of_each_morning_and_afternoon() -> None:
    journal = Journal()
    day = instant("2026-03-28T23:30:00")  # half past midnight of the 29th in Madrid, on which the clocks change

    def said(at: int, cloud: float) -> WeatherForecast:
        columns = (np.array([cloud, np.nan]), np.array([1.5, -2.5]), np.array([50.0, 60.0]))
        return WeatherForecast(at, at + 60, *columns)

    def fill(j: Journal) -> None:
        for hours in (0, 9, 10, 11, 22, 23):  # 0:30, 10:30, 11:30, 12:30, 23:30 and 0:30 of the next day
            j.outlooks.put_weather(said(day + hours * HOUR, float(hours)), "Europe/Madrid")
            for source in ("a", "b"):
                solar = SolarForecast(source, day + hours * HOUR, day, np.array([float(hours)]))
                j.outlooks.put_solar(solar, "Europe/Madrid")

    journal.run(fill)
    weather = journal.run(lambda j: j.outlooks.weather(0))
    assert [(one.issued_at - day) // HOUR for one in weather] == [10, 22, 23]
    assert weather[0].first == weather[0].issued_at + 60
    np.testing.assert_array_equal(weather[0].cloud_cover, [10.0, np.nan])
    np.testing.assert_array_equal(weather[0].temperature, [1.5, -2.5])
    np.testing.assert_array_equal(weather[0].humidity, [50.0, 60.0])
    solar = journal.run(lambda j: j.outlooks.solar(day + 20 * HOUR))
    assert [(one.source, (one.issued_at - day) // HOUR, one.wh.tolist()) for one in solar] == [
        *(("a", 22, [22.0]), ("b", 22, [22.0])),
        *(("a", 23, [23.0]), ("b", 23, [23.0])),
    ]


def test_every_forecast_is_kept_by_its_issue_in_whole_wh() -> None:
    journal = Journal()

    def issue(target: Target, at: int, mean: float, method: Method = Method.MODEL) -> Forecast:
        of = np.array([mean, 2 * mean])
        return Forecast(target, Horizon.HOUR_AHEAD, at, at + 60, of, of - 1, of + 0.4, of + 1, Basis(method))

    def fill(j: Journal) -> None:
        j.expectations.put([issue(Target.CONSUMPTION, START, 10.4), issue(Target.GENERATION, START, 7)])
        j.expectations.put([issue(Target.CONSUMPTION, START, 20.6)])
        j.expectations.put([issue(Target.CONSUMPTION, START + HOUR, 0.2, Method.MEAN_7_DAYS)])

    journal.run(fill)
    first, second = journal.run(lambda j: j.expectations.since(Target.CONSUMPTION, Horizon.HOUR_AHEAD, START))
    assert (first.issued_at, first.first, first.method) == (START, START + 60, Method.MODEL)
    assert first.wh.tolist() == [[21, 41], [20, 40], [21, 42], [22, 42]]
    assert second.method is Method.MEAN_7_DAYS
    assert second.wh.tolist() == [[0, 0], [0, 0], [1, 1], [1, 1]], "never below nothing"
    later = journal.run(lambda j: j.expectations.since(Target.CONSUMPTION, Horizon.HOUR_AHEAD, START + 1))
    assert [one.issued_at for one in later] == [START + HOUR]
    assert journal.run(lambda j: j.expectations.since(Target.SHIFTING, Horizon.HOUR_AHEAD, 0)) == []


def test_an_offer_is_the_operators_latest_word_and_what_became_of_it_is_of_that_word_alone() -> None:
    journal = Journal()
    other = offered(name="consumption_hour_ahead")

    def fill(j: Journal) -> None:
        for offer in (offered(), other, offered(name="of_a_newer_version")):
            j.offers.put(offer)
        j.offers.settle(offered(), "too large")
        j.offers.reported(offered().name, 7)
        j.offers.put(offered())

    journal.run(fill)
    assert journal.run(lambda j: j.offers.all()) == [OfferState(offered(), "too large", 7), OfferState(other)]
    journal.run(lambda j: j.offers.put(offered("0.9.0")))
    journal.run(lambda j: j.offers.settle(offered(), "of the word before"))
    assert journal.run(lambda j: j.offers.all())[0] == OfferState(offered("0.9.0"))
    kept = KeptModel("1.0.0", "ab" * 32, b"\x00onnx")
    journal.run(lambda j: j.models.put("consumption_day_ahead", KeptModel("0.1", "00" * 32, b"old")))
    journal.run(lambda j: j.models.put("consumption_day_ahead", kept))
    assert journal.run(lambda j: j.models.all()) == {"consumption_day_ahead": kept}
    journal.run(lambda j: j.models.drop("consumption_day_ahead"))
    assert journal.run(lambda j: j.models.all()) == {}

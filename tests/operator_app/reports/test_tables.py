"""The exported tables agree with the houses' meters, with each other, and with a clearing from the replay file."""

import json
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from caravels_operator.common.periods import day_periods, iso
from caravels_operator.market.auction import AuctionRules, clear
from caravels_operator.market.orders import Orders
from caravels_operator.reports.csv import kwh, units, write_table
from caravels_operator.reports.report import export

from .conftest import Written

LINE_COLUMNS = (
    *("import_wh", "export_wh", "bought_wh", "sold_wh", "netted_in_wh", "netted_out_wh"),
    *("residual_import_wh", "residual_export_wh"),
    *("trade_micro", "netting_micro", "retail_micro", "feed_in_micro", "fees_micro"),
)


def test_settlement_shows_what_the_meters_of_the_houses_showed(written: Written) -> None:
    found = {(row["member"], row["start_utc"]): row for row in written.rows("settlement.csv")}
    assert len(found) == sum(series.starts.size for series in written.series.values())
    for member, series in written.series.items():
        columns = (series.starts, series.import_wh, series.export_wh)
        for start, imported, exported in zip(*(column.tolist() for column in columns), strict=True):
            row = found[member, iso(start)]
            assert (int(row["import_wh"]), int(row["export_wh"])) == (imported, exported)
            assert row["quality"] == "measured"
            assert int(row["duration_s"]) == written.settings.settlement_period_s


def test_settlement_sums_to_the_statements(written: Written) -> None:
    sums: Counter[tuple[str, str]] = Counter()
    for row in written.rows("settlement.csv"):
        for column in LINE_COLUMNS:
            sums[row["member"], column] += int(row[column])
    told: Counter[tuple[str, str]] = Counter()
    for row in written.rows("statements.csv"):
        for column in LINE_COLUMNS:
            told[row["member"], column] += int(row[column])
        assert int(row["saving_micro"]) == int(row["alone_micro"]) - int(row["total_micro"])
    assert sums == told
    assert sums["m01", "retail_micro"] > 0


def test_every_period_closes_at_zero(written: Written) -> None:
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in written.rows("settlement.csv"):
        sums[row["start_utc"]].update({column: int(row[column]) for column in LINE_COLUMNS})
    for of in sums.values():
        assert of["trade_micro"] == of["netting_micro"] == 0
        assert of["bought_wh"] == of["sold_wh"]
        assert of["netted_in_wh"] == of["netted_out_wh"]
        assert of["residual_import_wh"] - of["residual_export_wh"] == of["import_wh"] - of["export_wh"]


def test_matrices_of_every_resolution_sum_to_the_transactions(written: Written) -> None:
    trades = written.rows("transactions.csv")
    for resolution in ("hour", "day", "month"):
        for name, column, convert in (("kwh", "wh", kwh), ("EUR", "micro", units)):
            expected: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
            for row in trades:
                expected[row["seller"], row["buyer"]] += convert(int(row[column]))
            found: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
            for row in written.rows(f"matrix_{resolution}_{name}.csv"):
                for buyer, cell in row.items():
                    if buyer not in (resolution, "seller") and cell:
                        found[row["seller"], buyer] += Decimal(cell)
            assert found == expected
    days = {row["day"] for row in written.rows("matrix_day_kwh.csv")}
    assert len(days) == written.run.plan.days


def test_a_members_file_holds_its_own_trades_and_all_of_them(written: Written) -> None:
    trades = written.rows("transactions.csv")
    for path in sorted((written.folder / "members").iterdir()):
        member = path.stem
        own = [
            (row["id"], "buy" if row["buyer"] == member else "sell", row["micro"])
            for row in trades
            if member in (row["seller"], row["buyer"])
        ]
        assert [(row["id"], row["side"], row["micro"]) for row in written.rows(f"members/{path.name}")] == own


def test_coefficients_sum_to_one_exactly(written: Written) -> None:
    exports = {(row["start_utc"], row["member"]): int(row["export_wh"]) for row in written.rows("settlement.csv")}
    pairs: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in written.rows("coefficients_pairs.csv"):
        share = Decimal(row["coefficient"])
        assert 0 < share <= 1
        assert row["buyer"] != row["seller"]
        pairs[row["start_utc"], row["seller"]] += share
    assert pairs.keys() == {key for key, wh in exports.items() if wh}
    assert set(pairs.values()) == {Decimal(1)}
    members: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in written.rows("coefficients_members.csv"):
        members[row["start_utc"]] += Decimal(row["coefficient"])
    assert members.keys() == {start for (start, _), wh in exports.items() if wh}
    assert set(members.values()) == {Decimal(1)}


def test_the_replay_file_gives_the_transactions_again(written: Written) -> None:
    replays = json.loads((written.folder / "replay.json").read_text(encoding="utf-8"))
    again = []
    for replay in replays:
        starts = day_periods(date.fromisoformat(replay["day"]), written.settings.zone, replay["period_s"])
        rows = [
            (starts.index(bid["start"]), m, bid["side"] == "buy", bid["wh"], bid["price_micro_kwh"])
            for m, book in enumerate(replay["books"])
            for bid in book["bids"]
        ]
        table = np.array(rows, np.int64)
        orders = Orders(table[:, 0], table[:, 1], table[:, 2].astype(np.bool_), table[:, 3], table[:, 4])
        names = [book["member"] for book in replay["books"]]
        cleared = clear(
            orders, len(starts), names, replay["run"], AuctionRules(**replay["rules"]["auction"])
        ).transactions
        columns = (cleared.period, cleared.seller, cleared.buyer, cleared.wh, cleared.price_micro_kwh, cleared.micro)
        again += [
            (iso(starts[period]), names[seller], names[buyer], *map(str, numbers))
            for period, seller, buyer, *numbers in zip(*(column.tolist() for column in columns), strict=True)
        ]
    columns_told = ("start_utc", "seller", "buyer", "wh", "micro_per_kwh", "micro")
    assert [tuple(row[name] for name in columns_told) for row in written.rows("transactions.csv")] == again
    assert again
    assert all(len(replay["result_digest"]) == 64 for replay in replays)


def test_prices_stand_for_every_market_period_of_the_days(hourly: Written, quarters: Written) -> None:
    assert len(hourly.rows("prices.csv")) == 72
    assert len(quarters.rows("prices.csv")) == 100
    traded: Counter[str] = Counter()
    for row in hourly.rows("transactions.csv"):
        traded[row["start_utc"]] += int(row["wh"])
    assert {
        row["start_utc"]: int(row["traded_wh"]) for row in hourly.rows("prices.csv") if row["traded_wh"] != "0"
    } == traded


def test_an_hour_of_the_matrix_sums_its_quarters(quarters: Written) -> None:
    assert quarters.run.settings.market_period_s == 900
    expected: Counter[tuple[str, str]] = Counter()
    for row in quarters.rows("transactions.csv"):
        expected[f"{row['start_utc'][:13]}:00:00Z", row["seller"]] += int(row["wh"])
    rows = quarters.rows("matrix_hour_kwh.csv")
    assert len(rows) == len(expected)
    for row in rows:
        cells = (Decimal(cell) for name, cell in row.items() if name not in ("hour", "seller") and cell)
        assert sum(cells) == kwh(expected[row["hour"], row["seller"]])


def test_days_without_auction_or_settlement_are_left_out(hourly: Written, tmp_path: Path) -> None:
    later = date(2027, 1, 1)
    files = hourly.read(lambda conn: export(conn, tmp_path, later, later, hourly.settings))
    assert {path.name for path in files} >= {"transactions.csv", "settlement.csv", "replay.json"}
    assert all(path.read_text(encoding="utf-8").count("\n") == 1 for path in files)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_never_becomes_a_formula_and_numbers_stay_numbers(tmp_path: Path, start: str) -> None:
    path = write_table(tmp_path / "t.csv", ("text", "whole", "exact"), [(f"{start}1+1", -5, units(-1))])
    line = path.read_bytes().decode().partition("\n")[2]
    assert line.strip('"').startswith(f"'{start}1+1")
    assert line.rstrip().endswith(",-5,-0.000001")


def test_energy_and_money_are_told_exactly() -> None:
    assert [str(kwh(wh)) for wh in (0, 1, 1_234_567)] == ["0.000", "0.001", "1234.567"]
    assert [str(units(micro)) for micro in (0, -1_500_000, 12)] == ["0.000000", "-1.500000", "0.000012"]

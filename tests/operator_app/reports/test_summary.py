"""The summary against numbers worked out again from the tables and from the houses."""

from collections import Counter
from datetime import date
from io import StringIO
from pathlib import Path

import numpy as np
from rich.console import Console
from sqlalchemy import Connection, update

from caravels_operator.ledger import schema
from caravels_operator.reports.market_tables import day_trades
from caravels_operator.reports.report import write_report
from caravels_operator.reports.summary import Summary, summarise, summary_rows, summary_table

from .conftest import Written


def test_the_summary_is_what_the_tables_say(written: Written) -> None:
    summary = written.report.summary
    trades, statements = written.rows("transactions.csv"), written.rows("statements.csv")
    assert summary.traded_wh == sum(int(row["wh"]) for row in trades) > 0
    assert summary.traded_micro == sum(int(row["micro"]) for row in trades)
    assert summary.netted_wh == sum(int(row["netted_in_wh"]) for row in statements)
    assert summary.settled_days == written.run.plan.days
    assert sum(saving.alone_micro for saving in summary.savings) == sum(int(row["alone_micro"]) for row in statements)
    paid: Counter[str] = Counter()
    for row in written.rows("months.csv"):
        paid[row["member"]] += int(row["total_micro"])
    assert {saving.member: saving.paid_micro for saving in summary.savings} == paid


def test_the_parts_of_every_saving_sum_to_it(written: Written) -> None:
    summary = written.report.summary
    for saving in summary.savings:
        assert sum(saving.by_part_micro.values()) == saving.saved_micro
        assert saving.by_part_micro["shared_storage"] == saving.by_part_micro["response"] == 0
    assert sum(summary.saved_by_part_micro.values()) == summary.saved_micro


def test_self_sufficiency_is_one_less_the_share_bought_from_retailers(written: Written) -> None:
    used = sum(int(series.consumption_wh.sum()) for series in written.series.values())
    alone = sum(int(series.import_wh.sum()) for series in written.series.values())
    net = np.sum([series.import_wh - series.export_wh for series in written.series.values()], axis=0)
    before, after = written.report.summary.self_sufficiency
    assert before == 1 - alone / used
    assert before < after <= 1 - int(net.clip(min=0).sum()) / used


def test_nobody_is_worse_off_and_the_ledger_closes(written: Written) -> None:
    summary = written.report.summary
    assert summary.worse_off == 0
    months = written.rows("months.csv")
    assert summary.worse_off_before == len(
        {row["member"] for row in months if int(row["before_micro"]) > int(row["alone_micro"])}
    )
    assert summary.worse_off_with_fees == len(
        {row["member"] for row in months if int(row["total_micro"]) > int(row["alone_micro"])}
    )
    assert summary.ledger_closes
    assert (summary.accounts_sum_micro, summary.faults) == (0, ())


def test_a_changed_total_is_told(hourly: Written) -> None:
    plan = hourly.run.plan

    def with_a_changed_total(conn: Connection) -> Summary:
        conn.execute(
            update(schema.account_totals).where(schema.account_totals.c.account == "member:m01").values(paid_micro=1)
        )
        trades = day_trades(conn, plan.first, plan.last)
        return summarise(conn, trades, plan.first, plan.last, "EUR", 1)

    summary = hourly.read(with_a_changed_total)
    assert not summary.ledger_closes
    assert any("member:m01" in fault for fault in summary.faults)
    assert dict(summary_rows(summary))["Ledger"].startswith("DOES NOT CLOSE: all accounts sum to ")


def test_a_part_of_a_month_does_not_take_the_months_correction(hourly: Written, tmp_path: Path) -> None:
    first = hourly.run.plan.first
    report = hourly.read(lambda conn: write_report(conn, tmp_path, first, first, hourly.settings, hourly.meters))
    fees = {row["member"]: int(row["fees_micro"]) for row in hourly.rows("statements.csv") if row["day"] == str(first)}
    assert {saving.member: -saving.by_part_micro["fees_and_no_loss"] for saving in report.summary.savings} == fees


def test_days_without_anything_are_told_and_draw_no_picture(hourly: Written, tmp_path: Path) -> None:
    later = date(2027, 1, 1)
    report = hourly.read(lambda conn: write_report(conn, tmp_path, later, later, hourly.settings, hourly.meters))
    assert dict(summary_rows(report.summary))["Mean price"] == "nothing was traded"
    assert not list(tmp_path.glob("*.png"))


def test_the_table_says_what_the_issue_asks_for(hourly: Written) -> None:
    console = Console(width=100, file=StringIO())
    with console.capture() as captured:
        console.print(summary_table(hourly.report.summary))
    text = captured.get()
    for what in (
        "Traded in the auction",
        "Mean price",
        "EUR/kWh",
        "Saved",
        "by trade and netting",
        "by fees and no_loss",
        "Self-sufficiency",
        "0 of 27 (",
        "closes: all accounts sum to 0.00 EUR",
    ):
        assert what in text

"""The pictures say what they show, in numbers that are the tables', and the same report gives the same bytes."""

from datetime import date
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sqlalchemy import Connection

from caravels_operator.market.curves import StepCurve
from caravels_operator.reports.market_tables import day_trades
from caravels_operator.reports.pictures.balance import DayBalance, draw_balance
from caravels_operator.reports.pictures.curves import ClearedPoint, draw_curves
from caravels_operator.reports.pictures.matrix import draw_matrix
from caravels_operator.reports.pictures.savings import draw_savings
from caravels_operator.reports.pictures.style import days_told
from caravels_operator.reports.png import balance_of, matrix_wh, write_pictures
from caravels_operator.reports.settled import days_between, settled_day
from caravels_operator.reports.summary import MemberSaving

from .conftest import Written

PNG_START = b"\x89PNG\r\n\x1a\n"


def words_of(figure: Figure) -> str:
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    labels = [label for axes in figure.axes for label in (axes.get_xlabel(), axes.get_ylabel())]
    return "\n".join((*titles, *texts, *labels))


def test_all_four_pictures_are_written_and_twice_the_same(written: Written, tmp_path: Path) -> None:
    plan, report = written.run.plan, written.report

    def again(conn: Connection) -> list[Path]:
        trades = day_trades(conn, plan.first, plan.last)
        found = (settled_day(conn, written.settings, day) for day in days_between(plan.first, plan.last))
        days = [day for day in found if day is not None]
        return write_pictures(conn, tmp_path, trades, days, report.summary, written.meters, written.settings)

    assert [path.name for path in written.read(again)] == ["matrix.png", "curves.png", "savings.png", "balance.png"]
    for name in ("matrix.png", "curves.png", "savings.png", "balance.png"):
        first, second = (written.folder / name).read_bytes(), (tmp_path / name).read_bytes()
        assert first == second
        assert first.startswith(PNG_START)


def test_the_matrix_holds_every_transaction(written: Written) -> None:
    plan = written.run.plan
    members = [saving.member for saving in written.report.summary.savings]
    matrix = matrix_wh(written.read(lambda conn: day_trades(conn, plan.first, plan.last)), members)
    assert int(matrix.sum()) == written.report.summary.traded_wh
    assert not matrix.diagonal().any()
    sold = dict.fromkeys(members, 0)
    for row in written.rows("transactions.csv"):
        sold[row["seller"]] += int(row["wh"])
    assert dict(zip(members, matrix.sum(axis=1).tolist(), strict=True)) == sold


def test_the_matrix_says_how_much_between_how_many() -> None:
    words = words_of(draw_matrix(["a", "b"], np.array([[0, 1_500], [0, 0]]), "6 April 2026"))
    assert "1.5 kWh traded between 1 pairs of members" in words
    assert "Peer-to-peer matrix, 6 April 2026" in words
    assert "[kWh]" in words


def test_the_curves_have_their_corners_where_the_bids_are() -> None:
    demand = StepCurve(np.array([200_000, 100_000]), np.array([1_000, 3_000]))
    supply = StepCurve(np.array([50_000, 150_000]), np.array([2_000, 2_500]))
    figure = draw_curves(demand, supply, ClearedPoint(2_000, 100_000), "noon", "EUR")
    (axes,) = figure.axes
    corners = [np.asarray(line.get_xydata()).tolist() for line in axes.lines[:2]]
    assert corners == [
        [[0, 0.2], [1, 0.2], [1, 0.1], [3, 0.1]],
        [[0, 0.05], [2, 0.05], [2, 0.15], [2.5, 0.15]],
    ]
    assert "Supply met demand at 0.1000 EUR/kWh" in words_of(figure)
    assert "2.00 kWh traded" in words_of(figure)


def test_savings_are_sorted_and_summed() -> None:
    parts = {"shared_storage": 0, "response": 0}
    savings = [
        MemberSaving(
            "a", 10_000_000, 9_000_000, parts | {"trade_and_netting": 1_500_000, "fees_and_no_loss": -500_000}
        ),
        MemberSaving("b", 10_000_000, 7_000_000, parts | {"trade_and_netting": 3_000_000, "fees_and_no_loss": 0}),
    ]
    figure = draw_savings(savings, "EUR", "May")
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    assert np.asarray(axes.lines[0].get_xdata()).tolist() == [1.0, 3.0]
    assert "4.00 EUR saved; 2 of 2 members are better off than alone" in words_of(figure)


def test_the_balance_covers_the_use_of_every_hour(quarters: Written) -> None:
    day = quarters.read(lambda conn: settled_day(conn, quarters.settings, quarters.run.plan.first))
    assert day is not None
    balance = balance_of(day, quarters.meters)
    assert balance.starts.size == 25
    figure = draw_balance(balance, "Europe/Lisbon", "25 October 2026")
    (axes,) = figure.axes
    heights = np.array([[bar.get_height() for bar in container] for container in axes.containers[:3]])
    used = quarters.meters.consumption_wh.sum(axis=0).reshape(25, 4).sum(axis=1)
    np.testing.assert_allclose(heights.sum(axis=0), used / 1_000, atol=1e-9)
    assert [label.get_text() for label in axes.get_xticklabels()][:3] == ["00:00", "03:00", "06:00"]
    assert [round(tick) for tick in axes.get_xticks()][:3] == [0, 4, 7]


def test_the_balance_says_what_share_came_from_inside() -> None:
    hours = np.arange(3) * 3_600
    wh = np.array([100, 200, 300])
    balance = DayBalance(hours, wh, wh * 0, wh, wh // 2, wh // 2, wh * 0)
    assert "50% of the day's use came from inside the community" in words_of(draw_balance(balance, "UTC", "a day"))


def test_days_are_told_shortly() -> None:
    assert days_told(date(2026, 4, 6), date(2026, 4, 6)) == "6 April 2026"
    assert days_told(date(2026, 4, 6), date(2026, 4, 8)) == "6 to 8 April 2026"
    assert days_told(date(2026, 4, 30), date(2026, 5, 2)) == "30 April 2026 to 2 May 2026"

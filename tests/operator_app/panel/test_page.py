"""The panel's one page: what it shows is what the ledger holds, and nothing it shows is markup of someone's own."""

from datetime import date, timedelta
from html.parser import HTMLParser
from typing import Any

from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from caravels_operator.ledger import settlements, steps, transactions
from caravels_operator.panel.overview import MemberRow, Overview, overview_of
from caravels_operator.panel.page import render
from caravels_operator.panel.server import build_panel_app
from tests.operator_app.community.town import DAY, Town, make_town


class Tags(HTMLParser):
    """Collects what a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text.append(data)


KNOWN_TAGS = {
    *("html", "head", "meta", "title", "style", "link", "body", "main", "h1", "h2", "p", "div", "b", "span"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
}


def tags_of(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    return tags


async def get(town: Town, peers: tuple[str, ...], path: str = "/", method: str = "GET") -> tuple[int, str, Any]:
    app = build_panel_app(town.operator.context, lambda: frozenset({"ana"}), peers)
    async with TestClient(TestServer(app)) as client:
        answer = await client.request(method, path)
        return answer.status, await answer.text(), answer.headers


async def test_an_empty_community_has_a_page() -> None:
    town = await make_town(())
    status, text, _ = await get(town, ("127.0.0.1",))
    assert status == 200
    assert "Nothing has been traded yet" in text
    assert "none cleared yet" in text


async def test_what_could_not_be_done_is_shown_until_it_is() -> None:
    town = await make_town()
    _, text, _ = await get(town, ("127.0.0.1",))
    assert "Not done" not in text
    due_at = town.clock.now() + 60
    await town.ledger.run(lambda conn: steps.postpone(conn, "gate", DAY.isoformat(), due_at, "no <b>reason</b>"))
    _, text, _ = await get(town, ("127.0.0.1",))
    shown = tags_of(text).text
    assert shown[shown.index("Not done") :][4:7] == [f"gate {DAY}", "06 July, 12:01", "no <b>reason</b>"]


async def test_the_page_shows_the_last_auction_and_its_matrix() -> None:
    town = await make_town()
    await town.trade_a_day()
    await town.operator.runner.run_due()
    status, text, headers = await get(town, ("127.0.0.1",))
    assert (status, headers["Cache-Control"]) == (200, "no-store")
    shown = tags_of(text).text
    assert DAY.isoformat() in shown
    assert "1 of 4" in shown
    cells = await town.look(lambda conn: transactions.matrix(conn, DAY, DAY))
    for cell in cells:
        assert f"{cell.wh / 1000:.2f}" in shown
        assert {cell.seller, cell.buyer} <= set(shown)
    assert f"{sum(cell.wh for cell in cells) / 1000:,.1f} kWh" in shown


async def test_the_overviews_balances_are_the_ledgers_and_its_day_is_the_last_that_was_cleared() -> None:
    town = await make_town()
    await town.trade_a_day()
    await town.settle_a_day()
    overview = await town.look(lambda conn: overview_of(conn, town.operator.context, frozenset({"bruno"})))
    assert [row.id for row in overview.members if row.online] == ["bruno"]
    totals = {line.member: line.total_micro for line in await town.look(lambda c: settlements.lines(c, DAY, 1))}
    assert {row.id: row.balance_micro for row in overview.members} == totals
    assert any(totals.values())
    assert (overview.day, overview.matrix) == (DAY + timedelta(days=1), {}), "nobody bid for the day after"


async def test_other_peers_see_nothing_of_it_and_there_is_one_page() -> None:
    town = await make_town()
    for path in ("/", "/nothing"):
        status, text, _ = await get(town, ("172.30.32.2",), path)
        assert status == 403
        assert "ana" not in text
    assert (await get(town, ("127.0.0.1",), "/nothing"))[0] == 404
    assert (await get(town, ("127.0.0.1",), "/", "POST"))[0] == 405


ANY_TEXT = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "'-alert(1)-'",
            "$title",
            "${x}",
            "&amp;",
            "]]>",
        ]
    ),
)


@given(
    community=ANY_TEXT, currency=ANY_TEXT, names=st.lists(ANY_TEXT, min_size=2, max_size=4, unique=True), state=ANY_TEXT
)
def test_no_text_becomes_markup(community: str, currency: str, names: list[str], state: str) -> None:
    overview = Overview(
        name=community,
        currency=currency,
        time_zone="Europe/Lisbon",
        now=1_783_400_000,
        members=tuple(MemberRow(name, state, online=True, balance_micro=-5) for name in names),
        day=date(2026, 7, 7),
        prices=((1_783_378_800, 100_000, 2_500),),
        matrix={(names[0], names[1]): 2_500},
    )
    tags = tags_of(render(overview))
    assert tags.names <= KNOWN_TAGS, tags.names - KNOWN_TAGS
    assert not any(name.startswith("on") or name in ("src", "srcdoc", "action") for name in tags.attributes)

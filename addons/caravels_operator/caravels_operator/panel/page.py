"""The overview as one HTML page: no script, every text escaped, light and dark, phone and desk."""

from collections.abc import Iterable
from datetime import datetime
from html import escape
from importlib.resources import files
from string import Template
from zoneinfo import ZoneInfo

from ..common.quantities import MICRO, WH_PER_KWH
from .overview import Overview

_STYLE = files(__package__).joinpath("page.css").read_text(encoding="utf-8")

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title><style>$style</style></head>
<body><main><h1>$title</h1><p class="lead">$lead</p>
<div class="cards">$cards</div>$failing
<h2>Last auction</h2>$auction
<h2>Who sells to whom</h2>$matrix
<h2>Members</h2>$members
</main></body></html>""")


def render(overview: Overview) -> str:
    """Return the page."""
    zone = ZoneInfo(overview.time_zone)
    now = datetime.fromtimestamp(overview.now, zone)
    return _PAGE.substitute(
        title=escape(overview.name),
        style=_STYLE,
        lead=f"{now:%A, %d %B %Y, %H:%M} ({escape(overview.time_zone)})",
        cards=_cards(overview),
        failing=_failing(overview, zone),
        auction=_auction(overview, zone),
        matrix=_matrix(overview),
        members=_members(overview),
    )


def _cards(overview: Overview) -> str:
    online = sum(row.online for row in overview.members)
    volume = sum(wh for _, _, wh in overview.prices)
    value = sum(wh * price for _, price, wh in overview.prices)
    mean = f"{value / volume / MICRO:.4f} {overview.currency}/kWh" if volume else "no trade yet"
    facts = (
        ("Members online", f"{online} of {len(overview.members)}"),
        ("Delivery day", overview.day.isoformat() if overview.day else "none cleared yet"),
        ("Traded", f"{volume / WH_PER_KWH:,.1f} kWh"),
        ("Mean price", mean),
    )
    return "".join(f'<div class="card">{escape(name)}<b>{escape(fact)}</b></div>' for name, fact in facts)


def _failing(overview: Overview, zone: ZoneInfo) -> str:
    if not overview.failing:
        return ""
    rows = ((what, f"{datetime.fromtimestamp(at, zone):%d %B, %H:%M}", why) for what, at, why in overview.failing)
    return "<h2>Not done</h2>" + _table(("Step", "Tried again", "Why it failed"), rows)


def _auction(overview: Overview, zone: ZoneInfo) -> str:
    if not overview.prices:
        return "<p>Nothing has been traded yet. The next auction is cleared at its gate.</p>"
    rows = (
        (
            f"{datetime.fromtimestamp(start, zone):%H:%M}",
            f"{wh / WH_PER_KWH:.3f}",
            f"{price / MICRO:.4f}",
        )
        for start, price, wh in overview.prices
    )
    return _table(("Period", "Traded kWh", f"Price {overview.currency}/kWh"), rows)


def _matrix(overview: Overview) -> str:
    if not overview.matrix:
        return "<p>No transactions on the last cleared day.</p>"
    sellers = sorted({seller for seller, _ in overview.matrix})
    buyers = sorted({buyer for _, buyer in overview.matrix})
    most = max(overview.matrix.values())
    head = "".join(f'<th scope="col">{escape(buyer)}</th>' for buyer in buyers)
    body = "".join(
        f'<tr><th scope="row">{escape(seller)}</th>'
        + "".join(_cell(overview.matrix.get((seller, buyer), 0), most) for buyer in buyers)
        + "</tr>"
        for seller in sellers
    )
    return (
        '<div class="scroll"><table class="matrix"><caption>kWh of the delivery day, seller by row, buyer by column'
        f'</caption><thead><tr><th scope="col">Seller</th>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _cell(wh: int, most: int) -> str:
    if not wh:
        return "<td></td>"
    return f'<td style="background: rgba(var(--heat), {0.12 + 0.6 * wh / most:.2f})">{wh / WH_PER_KWH:.2f}</td>'


def _members(overview: Overview) -> str:
    rows = (
        (
            row.id,
            "online" if row.online else "away",
            row.state,
            f"{row.balance_micro / MICRO:,.2f}",
        )
        for row in overview.members
    )
    return _table(("Member", "Link", "State", f"Owes {overview.currency}"), rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    top = "".join(f'<th scope="col">{escape(text)}</th>' for text in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'

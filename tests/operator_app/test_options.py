"""Options that exclude each other are refused in one sentence that names them."""

import pytest

from caravels_operator.market.auction import AuctionRules
from caravels_operator.options import OptionsWrong, options_from


def test_who_trades_with_whom_is_by_price_unless_chosen_otherwise() -> None:
    assert options_from({}).settings.auction == AuctionRules()
    chosen = options_from({"assignment": "preferred"}).settings.auction
    assert chosen == AuctionRules(assignment="preferred")


def test_preferred_partners_are_refused_where_a_partner_would_cost_money() -> None:
    assert options_from({"assignment": "corner", "price_rule": "pair"}).settings.auction.price_rule == "pair"
    with pytest.raises(
        OptionsWrong, match=r"^These options are wrong: price_rule, assignment: preferred .* pair .*\.$"
    ):
        options_from({"assignment": "preferred", "price_rule": "pair"})


def test_another_assignment_is_not_known() -> None:
    with pytest.raises(OptionsWrong, match="assignment: "):
        options_from({"assignment": "nearest"})

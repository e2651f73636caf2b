"""The options file: checked once, every wrong key named in one message, and what is right arrives as meant."""

import json
from pathlib import Path
from typing import Any

import pytest

from caravels_operator.community.settings import CommunitySettings, DayTimes
from caravels_operator.market.auction import AuctionRules
from caravels_operator.options import SCHEMA, OptionsWrong, load_options, options_from


def test_without_a_file_the_defaults_are_the_designs() -> None:
    options = load_options(None)
    assert options == options_from({})
    assert options.settings == CommunitySettings()
    assert (options.member_port, options.panel_port, options.panel_host) == (8443, 8099, "127.0.0.1")
    assert (options.panel_peers, options.early_gate) == ((), False)
    assert options.database == ""
    assert options.hourly_price_micro_kwh == (100_000,) * 24


def test_every_option_arrives_as_meant(tmp_path: Path) -> None:
    raw = {
        "community": "Aldeia",
        "currency": "CHF",
        "time_zone": "Atlantic/Azores",
        "market_zone": "Europe/Madrid",
        "market_period_minutes": 15,
        "settlement_period_minutes": 15,
        "reading_interval_seconds": 60,
        "price_rule": "pair",
        "pair_k_permille": 250,
        "smallest_trade_wh": 10,
        "buyer_fee": 0.004,
        "seller_fee": 0.001,
        "strict": True,
        "no_loss": False,
        "price_fill": "previous_period",
        "prices_at": "12:45",
        "gate_at": "14:00",
        "settlement_at": "09:30",
        "hourly_prices": [n / 1000 for n in range(24)],
        "database": "postgresql://op@host/caravels",
        "member_host": "10.0.0.1",
        "member_port": 9443,
        "member_addresses": ["op.example:9443", "[2001:db8::1]:9443"],
        "panel_host": "0.0.0.0",
        "panel_port": 1,
        "panel_peers": ["172.30.32.2", "2001:DB8::0001"],
        "early_gate": True,
    }
    path = tmp_path / "options.json"
    path.write_text(json.dumps(raw))
    options = load_options(path)
    assert options.settings == CommunitySettings(
        name="Aldeia",
        currency="CHF",
        time_zone="Atlantic/Azores",
        market_zone="Europe/Madrid",
        market_period_s=900,
        settlement_period_s=900,
        reading_interval_s=60,
        buyer_fee_micro_kwh=4_000,
        seller_fee_micro_kwh=1_000,
        auction=AuctionRules(price_rule="pair", pair_k_permille=250, smallest_trade_wh=10),
        strict=True,
        no_loss=False,
        price_fill="previous_period",
        times=DayTimes(12 * 60 + 45, 14 * 60, 9 * 60 + 30),
    )
    assert options.hourly_price_micro_kwh == tuple(n * 1_000 for n in range(24))
    assert (options.member_host, options.member_port) == ("10.0.0.1", 9443)
    assert options.member_addresses == ("op.example:9443", "[2001:db8::1]:9443")
    assert options.panel_peers == ("172.30.32.2", "2001:db8::1"), "as the operating system writes them"
    assert options.early_gate
    assert options.database == "postgresql://op@host/caravels"
    assert raw.keys() | {"assignment"} == {str(key) for key in SCHEMA.schema}, "an option without a test"


def test_preferred_partners_need_the_uniform_price() -> None:
    assert options_from({"assignment": "preferred"}).settings.auction.assignment == "preferred"
    with pytest.raises(OptionsWrong, match="price_rule, assignment"):
        options_from({"assignment": "preferred", "price_rule": "pair"})


def test_the_market_zone_is_the_communitys_where_none_is_named() -> None:
    assert options_from({"time_zone": "Atlantic/Madeira"}).settings.market_zone == "Atlantic/Madeira"


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("community", ["", " ", "two\nlines", "\u202edesrever", "x" * 201, 5, None]),
        ("currency", ["eur", "EURO", "EUR\n", "", 978]),
        ("time_zone", ["Lisbon", "", "../../etc/passwd", 0, None, "Europe"]),
        ("market_zone", ["Nowhere/Else"]),
        ("market_period_minutes", [0, 45, 60.0, True, "60", 5]),
        ("settlement_period_minutes", [30, 15.0]),
        ("reading_interval_seconds", [59, 86_401, 600.5, True]),
        ("price_rule", ["vickrey"]),
        ("pair_k_permille", [-1, 1_001, 0.5]),
        ("assignment", ["random"]),
        ("smallest_trade_wh", [0, True]),
        ("buyer_fee", [101, "free", True, float("nan"), float("inf"), None]),
        ("seller_fee", [-101]),
        ("strict", ["perhaps"]),
        ("no_loss", ["perhaps"]),
        ("price_fill", ["zero"]),
        ("prices_at", ["24:00", "12", "12:60", "noon", "1:-5", "-1:30", 780]),
        ("gate_at", ["15:00:00"]),
        ("settlement_at", [""]),
        ("hourly_prices", [[0.1] * 23, [0.1] * 25, 0.1, [None] * 24]),
        ("database", [5]),
        ("member_host", [""]),
        ("member_port", [-1, 65_536, "8443", True, 1.0]),
        ("member_addresses", ["op.example:1", ["op.example"], ["https://op.example:1"], ["a:1"] * 9, [5], ["a:0"]]),
        ("panel_host", [None]),
        ("panel_port", [70_000]),
        ("panel_peers", [["everyone"], "127.0.0.1", ["172.30.32.0/23"]]),
    ],
)
def test_a_wrong_value_is_named_by_its_key(key: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(OptionsWrong) as wrong:
            options_from({key: value})
        assert str(wrong.value).startswith("These options are wrong: "), value
        assert key in str(wrong.value), value


def test_all_wrong_keys_are_in_one_message() -> None:
    with pytest.raises(OptionsWrong) as wrong:
        options_from({"colour": 1, "member_port": "x", "gate_at": "25:00", "hourly_prices": [0.1] * 23 + ["x"]})
    for key in ("colour", "member_port", "gate_at", "hourly_prices.23"):
        assert key in str(wrong.value)


def test_prices_come_before_the_gate() -> None:
    with pytest.raises(OptionsWrong, match="prices_at: must be before gate_at"):
        options_from({"prices_at": "15:00", "gate_at": "15:00"})


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '"x"', "\x00"])
def test_a_file_that_holds_no_options(tmp_path: Path, content: str) -> None:
    path = tmp_path / "options.json"
    path.write_text(content)
    with pytest.raises(OptionsWrong, match="The options file"):
        load_options(path)
    with pytest.raises(OptionsWrong, match="cannot be read"):
        load_options(tmp_path / "not there")


@pytest.mark.parametrize(
    ("market", "settlement", "key"),
    [(60, 15, "market_period_minutes"), (30, 60, "settlement_period_minutes"), (15, 15, None), (30, 15, None)],
)
def test_periods_fit_the_days_on_which_the_clocks_change_by_half_an_hour(
    market: int, settlement: int, key: str | None
) -> None:
    """On Lord Howe Island two days a year are of 23.5 and 24.5 hours; nothing could be settled on them by the hour."""
    raw = {
        "market_zone": "Australia/Lord_Howe",
        "market_period_minutes": market,
        "settlement_period_minutes": settlement,
    }
    if key is None:
        assert options_from(raw).settings.market_zone == "Australia/Lord_Howe"
    else:
        with pytest.raises(OptionsWrong, match=f"{key}: .* minutes do not fit the days on which Australia/Lord_Howe"):
            options_from(raw)

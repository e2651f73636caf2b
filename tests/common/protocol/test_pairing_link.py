"""Pairing links as people paste them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caravels_operator.common.protocol import PairingLink, parse_pairing_link
from caravels_operator.common.protocol.errors import PairingWrong

FINGERPRINT = "0a" * 32
GOOD = f"caravels://pair?at=10.0.0.5%3A8443&code=K7QX-2MPD&fingerprint={FINGERPRINT}"

hosts = (
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z0-9]{1,10}){0,3}", fullmatch=True)
    | st.ip_addresses(v=4).map(str)
    | st.ip_addresses(v=6).map(lambda address: f"[{address}]")
)
addresses = st.builds("{}:{}".format, hosts, st.integers(1, 65_535))
links = st.builds(
    PairingLink,
    addresses=st.lists(addresses, min_size=1, max_size=8).map(tuple),
    code=st.text(min_size=1, max_size=64).filter(lambda code: not any(0xD800 <= ord(c) < 0xE000 for c in code)),
    fingerprint=st.none() | st.text(string.hexdigits[:16], min_size=64, max_size=64),
)


@given(links, st.sampled_from(["", " ", "\n", "\t \r\n"]))
def test_a_link_says_the_same_after_a_round_trip(link: PairingLink, around: str) -> None:
    assert parse_pairing_link(f"{around}{link}{around}") == link


def test_the_parts_of_a_link() -> None:
    assert parse_pairing_link(GOOD) == PairingLink(("10.0.0.5:8443",), "K7QX-2MPD", FINGERPRINT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        GOOD.replace("caravels:", "https:"),
        GOOD.replace("//pair", "//pears"),
        GOOD.replace("at=", "to="),
        GOOD.replace("code=K7QX-2MPD", ""),
        GOOD.replace("K7QX-2MPD", ""),
        GOOD.replace("K7QX-2MPD", "K" * 65),
        f"{GOOD}&code=again",
        GOOD[:-1],
        GOOD.replace(FINGERPRINT, FINGERPRINT.upper()),
        f"{GOOD}&fingerprint={FINGERPRINT}",
        GOOD.replace("%3A8443", ""),
        GOOD.replace("8443", "0"),
        GOOD.replace("8443", "65536"),
        GOOD.replace("8443", "-1"),
        GOOD.replace("8443", "x"),
        GOOD.replace("10.0.0.5", ""),
        GOOD.replace("10.0.0.5", "user%40host"),
        GOOD.replace("10.0.0.5%3A8443", "host%3A1%2Fpath"),
        GOOD.replace("10.0.0.5%3A8443", "host%3A1%3Fquery"),
        GOOD.replace("10.0.0.5%3A8443", "host%3A1%23part"),
        GOOD.replace("10.0.0.5", "ho st"),
        GOOD.replace("10.0.0.5", "ho%0Ast"),
        GOOD.replace("10.0.0.5", "%5B%3A%3A1"),
        GOOD + "&at=h%3A1" * 8,
    ],
)
def test_what_is_no_whole_link_is_said_to_be_none(text: str) -> None:
    with pytest.raises(PairingWrong):
        parse_pairing_link(text)


@given(st.text(max_size=200))
def test_no_text_raises_anything_else(text: str) -> None:
    with pytest.raises(PairingWrong):
        parse_pairing_link(text)
    with pytest.raises(PairingWrong):
        parse_pairing_link(f"caravels://pair?{text}")

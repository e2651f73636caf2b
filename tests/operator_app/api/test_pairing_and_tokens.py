"""Coming in, staying in and being sent away: codes, tokens, versions, and how much one may ask."""

import hashlib

from caravels_operator.api.limits import BURST, MAX_BUCKETS, PER_SECOND, RateLimit
from caravels_operator.common.protocol import (
    PROTOCOL_VERSION,
    ErrorCode,
    Hello,
    Paired,
    PairRequest,
    Problem,
    RotateToken,
    TokenRotated,
    decode,
    encode,
)
from caravels_operator.common.protocol.errors import TooMany
from caravels_operator.common.protocol.paths import HELLO, PAIR, TOKEN, result_path
from caravels_operator.community.pairing import CODE_LIFETIME_S
from caravels_operator.ledger import audit, members
from tests.operator_app.api.test_refusals import refused
from tests.operator_app.community.town import DAY, Town, code_of, make_town, token_of

HOUR = 3_600


async def new_home(town: Town, name: str = "eva") -> str:
    """Enrol a home that is not paired yet, and return its code."""
    work = members.Member(name, "galp", "flat", 6_900, "active", town.clock.now())
    await town.ledger.run(lambda conn: members.add(conn, work))
    return (await town.invite(name)).code


def request_of(code: str, token: str, version: int = 1) -> bytes:
    return encode(PairRequest(code=code, protocol_version=version, token=token))


async def test_a_code_becomes_a_membership_and_the_lost_answer_is_given_again() -> None:
    town = await make_town()
    code, token = await new_home(town), token_of("eva")
    first = await town.send("POST", PAIR, request_of(code, token))
    assert first.status == 200
    paired = decode(first.body, Paired)
    assert paired.member_id == "eva"
    assert paired.hello.currency == "EUR"
    assert await town.send("POST", PAIR, request_of(code, token)) == first
    town.clock.instant += 7 * 24 * HOUR
    late = await town.send("POST", PAIR, request_of(code, token))
    assert decode(late.body, Paired).member_id == "eva", "the same code and token, however late"
    acts = [act.what for act in await town.look(lambda conn: audit.since(conn, 0)) if act.who == "eva"]
    assert acts == ["pair"] * 3


async def test_a_wrong_code() -> None:
    town = await make_town()
    code = await new_home(town)
    for wrong in ("A" * 26, code[:-1], code.lower(), code + "A", " " + code):
        body = request_of(wrong, token_of("eva"))
        problem = await refused(town, ErrorCode.PAIRING_WRONG, town.send("POST", PAIR, body))
        assert problem.sentence.endswith("ask your operator for a new one.")


async def test_a_used_code() -> None:
    town = await make_town()
    code = await new_home(town)
    assert (await town.send("POST", PAIR, request_of(code, token_of("eva")))).status == 200
    body = request_of(code, token_of("thief"))
    await refused(town, ErrorCode.PAIRING_USED, town.send("POST", PAIR, body))


async def test_a_code_lives_for_fifteen_minutes() -> None:
    town = await make_town()
    code = await new_home(town)
    town.clock.instant += CODE_LIFETIME_S
    body = request_of(code, token_of("eva"))
    await refused(town, ErrorCode.PAIRING_EXPIRED, town.send("POST", PAIR, body))
    town.clock.instant -= 1
    assert (await town.send("POST", PAIR, body)).status == 200


async def test_a_new_invitation_voids_the_last_one_and_pairing_again_ends_the_old_token() -> None:
    town = await make_town()
    first, second = await town.invite("ana"), await town.invite("ana")
    body = request_of(first.code, token_of("new"))
    await refused(town, ErrorCode.PAIRING_WRONG, town.send("POST", PAIR, body))
    assert (await town.get("ana", HELLO)).status == 200
    assert (await town.send("POST", PAIR, request_of(second.code, token_of("new")))).status == 200
    await refused(town, ErrorCode.UNAUTHORISED, town.get("ana", result_path(DAY)))
    assert code_of(await town.send("GET", result_path(DAY), b"", token_of("new"))) is ErrorCode.NOT_FOUND


async def test_a_token_that_is_someones_pairs_nobody_else() -> None:
    town = await make_town()
    code = await new_home(town)
    body = request_of(code, town.tokens["ana"])
    await refused(town, ErrorCode.PAIRING_WRONG, town.send("POST", PAIR, body))


async def test_a_revoked_homes_code_is_void() -> None:
    town = await make_town()
    code = await new_home(town)
    await town.revoke("eva")
    body = request_of(code, token_of("eva"))
    await refused(town, ErrorCode.PAIRING_WRONG, town.send("POST", PAIR, body))


async def test_a_client_that_is_too_old_is_told_what_to_update() -> None:
    town = await make_town()
    code = await new_home(town)
    for version in (0, -1):
        body = request_of(code, token_of("eva"), version)
        problem = await refused(town, ErrorCode.CLIENT_TOO_OLD, town.send("POST", PAIR, body))
        assert "Update CARAVELS in Home Assistant" in problem.sentence
    assert (await town.send("POST", PAIR, request_of(code, token_of("eva"), 99))).status == 200, "a newer one may"


async def test_only_hashes_of_codes_and_tokens_are_stored() -> None:
    town = await make_town()
    code = await new_home(town)
    text = repr(await town.rows())
    assert code not in text
    for token in town.tokens.values():
        assert token not in text
        assert repr(hashlib.sha256(token.encode()).digest()) in text


async def test_a_rotated_token_overlaps_and_then_ends() -> None:
    town = await make_town()
    old, new = town.tokens["ana"], token_of("ana's next")
    answer = await town.send("POST", TOKEN, encode(RotateToken(token=new)), old)
    until = decode(answer.body, TokenRotated).old_valid_until
    assert until == town.clock.now() + town.settings.token_overlap_s
    again = await town.send("POST", TOKEN, encode(RotateToken(token=new)), old)
    assert again == answer, "the answer that was lost"
    for token in (old, new):
        assert code_of(await town.send("GET", result_path(DAY), b"", token)) is ErrorCode.NOT_FOUND
    town.clock.instant = until - 1
    assert code_of(await town.send("GET", result_path(DAY), b"", old)) is ErrorCode.NOT_FOUND
    town.clock.instant = until
    await refused(town, ErrorCode.UNAUTHORISED, town.send("GET", result_path(DAY), b"", old))
    assert code_of(await town.send("GET", result_path(DAY), b"", new)) is ErrorCode.NOT_FOUND


async def test_nobody_takes_anothers_token_by_rotation() -> None:
    town = await make_town()
    body = encode(RotateToken(token=town.tokens["bruno"]))
    await refused(town, ErrorCode.FORBIDDEN, town.send("POST", TOKEN, body, town.tokens["ana"]))


async def test_a_token_of_another_shape_cannot_be_chosen() -> None:
    town = await make_town()
    ana = town.tokens["ana"]
    for token in ("short", "x" * 42, "x" * 44, "x" * 42 + "!", ""):
        body = b'{"type":"rotate_token","token":"%s"}' % token.encode()
        await refused(town, ErrorCode.MALFORMED, town.send("POST", TOKEN, body, ana))


# --- how much one may ask ---------------------------------------------------------------------------------------------


async def test_who_asks_too_much_is_refused_and_nobody_else() -> None:
    town = await make_town()
    answers = [await town.get("ana", result_path(DAY)) for _ in range(BURST + 20)]
    assert [code_of(answer) for answer in answers] == [ErrorCode.NOT_FOUND] * BURST + [ErrorCode.TOO_MANY] * 20
    assert answers[-1].status == 429
    assert "nothing is lost" in decode(answers[-1].body, Problem).sentence
    assert code_of(await town.get("bruno", result_path(DAY))) is ErrorCode.NOT_FOUND
    assert (await town.send("GET", HELLO)).status == 200, "who has no token yet has a bucket of its own"
    town.clock.instant += 1
    answers = [await town.get("ana", result_path(DAY)) for _ in range(PER_SECOND + 1)]
    assert [code_of(answer) for answer in answers] == [ErrorCode.NOT_FOUND] * PER_SECOND + [ErrorCode.TOO_MANY]


async def test_a_stranger_spends_its_own_sources_share_even_with_made_up_tokens() -> None:
    town = await make_town()
    for n in range(BURST):
        answer = await town.send("GET", HELLO, b"", f"garbage {n}", "1.2.3.4")
        assert decode(answer.body, Hello).protocol_version == PROTOCOL_VERSION
    assert code_of(await town.send("GET", HELLO, b"", "garbage", "1.2.3.4")) is ErrorCode.TOO_MANY
    assert code_of(await town.send("GET", HELLO, b"", None, "1.2.3.4")) is ErrorCode.TOO_MANY
    assert (await town.send("GET", HELLO, b"", None, "1.2.3.5")).status == 200
    answer = await town.send("GET", result_path(DAY), b"", town.tokens["ana"], "1.2.3.4")
    assert code_of(answer) is ErrorCode.NOT_FOUND, "a member behind it is answered"


async def test_a_made_up_token_buys_no_share_where_none_is_needed() -> None:
    """Pairing codes are guessed at no more than the source's share, whatever tokens come along."""
    town = await make_town()
    request = encode(PairRequest(code="GUESS", protocol_version=1, token=token_of("guess")))
    answers = [await town.send("POST", PAIR, request, token_of(str(n)), "1.2.3.4") for n in range(BURST + 1)]
    assert [code_of(answer) for answer in answers] == [ErrorCode.PAIRING_WRONG] * BURST + [ErrorCode.TOO_MANY]
    answer = await town.send("GET", "/api/v1/nothing", b"", token_of("other"), "1.2.3.4")
    assert code_of(answer) is ErrorCode.TOO_MANY


def test_buckets_are_bounded_and_time_that_runs_backwards_fills_none() -> None:
    limit = RateLimit()
    for n in range(MAX_BUCKETS + 100):
        limit.spend(None, str(n), 1_000)
    assert len(limit._buckets) == MAX_BUCKETS
    spent = 0
    try:
        for n in range(BURST + 1):
            limit.spend(None, "x", 1_000 - n)
            spent += 1
    except TooMany:
        pass
    assert spent == BURST

"""Forecasts and models in both databases."""

import numpy as np
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from caravels_operator.ledger import community_forecasts, member_forecasts, meta, models
from caravels_operator.ledger.community_forecasts import CommunityBasis, CommunityForecast

HOUR = 3_600
DIGEST = "ab" * 32


def report(conn: Connection, member: str, issued_at: int, wh: list[int], horizon: str = "day_ahead") -> bool:
    return member_forecasts.put(conn, member, horizon, issued_at, issued_at + HOUR, (wh, wh, None, [0]), issued_at + 9)


def test_the_latest_report_of_each_home_counts_and_all_are_kept(conn: Connection) -> None:
    assert report(conn, "m02", 7_200, [10_000_000])
    assert not report(conn, "m02", 3_600, [2])
    assert report(conn, "m01", 0, [3])
    assert report(conn, "m01", 3_600, [4], "hour_ahead")
    assert [row.member for row in member_forecasts.latest(conn, "day_ahead", 0)] == ["m01", "m02"]
    (row,) = member_forecasts.latest(conn, "day_ahead", 1)
    assert (row.member, row.issued_at, row.first, row.received_at) == ("m02", 7_200, 10_800, 7_209)
    assert row.consumption_wh.tolist() == [10_000_000]
    assert (row.reduction_wh, row.shifting_wh is not None) == (None, True)
    assert member_forecasts.prune(conn, 3_600) == 1
    assert member_forecasts.prune(conn, 7_201) == 3
    assert member_forecasts.latest(conn, "day_ahead", 0) == []


def expected(issued_at: int, wh: float, target: str = "generation") -> CommunityForecast:
    hours = np.array([wh, wh / 2])
    basis = CommunityBasis(reported=2, estimated=("m03",), unknown=("m04",), days=0)
    return CommunityForecast(
        target, "hour_ahead", issued_at, issued_at, hours, hours + 1, hours - 1, hours, hours + 2, basis
    )


def test_forecasts_of_the_community_are_kept_by_issue(conn: Connection) -> None:
    for issued_at in (3_600, 0, 7_200):
        community_forecasts.put(conn, expected(issued_at, 100.0 + issued_at))
    community_forecasts.put(conn, expected(3_600, 5.5))
    community_forecasts.put(conn, expected(10_800, 1.0, "consumption"))
    latest = community_forecasts.latest(conn, "generation", "hour_ahead", 7_199)
    assert latest is not None
    assert (latest.issued_at, latest.basis) == (3_600, expected(0, 1).basis)
    assert latest.sum_wh.tolist() == [5.5, 2.75]
    assert latest.p90_wh.tolist() == [7.5, 4.75]
    issued = community_forecasts.issued(conn, "generation", "hour_ahead", 0, 7_200)
    assert [one.issued_at for one in issued] == [0, 3_600]
    assert community_forecasts.latest(conn, "generation", "day_ahead", 9_999) is None
    assert community_forecasts.prune(conn, 7_200) == 2


def model(version: str, data: bytes, at: int) -> models.PublishedModel:
    return models.PublishedModel("pooled", version, DIGEST, len(data), "0" * 128, "{}", "ana", at)


def test_one_version_of_a_name_is_in_force_and_every_one_is_kept(conn: Connection) -> None:
    for at, version in enumerate(("2", "1")):
        models.put(conn, model(version, version.encode() * 70_000, at), version.encode() * 70_000)
    with pytest.raises(IntegrityError), conn.begin_nested():
        models.put(conn, model("1", b"", 5), b"")
    assert models.offered_file(conn, DIGEST) is None, "nothing is in force yet"
    models.offer(conn, "pooled", "2", "ana", 7)
    models.offer(conn, "pooled", "1", "rui", 8)
    assert models.offers(conn) == [models.Offer("pooled", "1", "rui", 8)]
    assert models.in_force(conn) == [model("1", b"1" * 70_000, 1)]
    assert models.offered_file(conn, DIGEST) == b"1" * 70_000
    assert [one.version for one in models.all(conn)] == ["2", "1"], "in the order of publication"
    assert models.get(conn, "pooled", "3") is None


def test_a_homes_last_word_on_a_model_stands(conn: Connection) -> None:
    first = models.Report("m02", "pooled", "1", True, None, -40, 0, 12, 5)
    last = models.Report("m02", "pooled", "2", False, "It asks for TopK.", None, None, 0, 6)
    other = models.Report("m01", "pooled", "1", True, None, 100, 20, 28, 6)
    for one in (first, other, last):
        models.put_report(conn, one)
    assert models.reports(conn) == [other, last]


def test_the_key_of_models_is_made_with_the_ledger_and_stays(conn: Connection) -> None:
    key = meta.model_key(conn)
    meta.keep_model_key(conn, "f" * 64)
    assert meta.model_key(conn) == key
    assert conn.execute(text("SELECT count(*) FROM meta WHERE key = 'model_key'")).scalar_one() == 1

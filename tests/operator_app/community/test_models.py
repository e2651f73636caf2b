"""Models are published, put in force, rolled back, and offered to every member by its operator's signature."""

import hashlib
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from caravels_operator.common.protocol import (
    ErrorCode,
    Hello,
    ModelFile,
    ModelOffer,
    ModelReport,
    Snapshot,
    decode,
    decode_push,
)
from caravels_operator.common.protocol.paths import HELLO, MODEL_REPORTS, model_path
from caravels_operator.community import models
from caravels_operator.community.refusals import ModelUnknown, ModelVersionUsed
from caravels_operator.community.snapshot import snapshot_for
from caravels_operator.ledger import audit, backup, outbox
from caravels_operator.ledger import models as stored
from caravels_operator.ledger.store import Ledger
from caravels_operator.ledger.verify import verify
from caravels_operator.models.registry import CheckedModel
from tests.operator_app.community.town import Town, code_of, make_town


def model(version: str, data: bytes = b"", name: str = "consumption_day_ahead") -> CheckedModel:
    data = data or version.encode() * 9
    return CheckedModel(name, version, hashlib.sha256(data).hexdigest(), data, "{}")


async def publish(town: Town, one: CheckedModel, who: str = "ana's aunt") -> None:
    now = town.clock.now()
    await town.ledger.run(lambda conn: models.publish(conn, one, who, now))


async def key_of(town: Town) -> str:
    hello = decode((await town.send("GET", HELLO)).body, Hello)
    assert hello.model_key is not None
    return hello.model_key


async def offers_to(town: Town, member: str) -> list[ModelOffer]:
    """Return what a member was pushed of models."""
    pushes = await town.look(lambda conn: outbox.since(conn, member, 0, 100))
    return [offer for push in pushes if isinstance(offer := decode_push(push.body), ModelOffer)]


async def told(town: Town, member: str) -> Snapshot:
    return await town.look(lambda conn: snapshot_for(conn, town.operator.context, member, town.clock.now()))


async def test_what_is_published_is_offered_to_everyone_signed_and_can_be_fetched() -> None:
    town = await make_town(("ana", "bruno", "clara"))
    await town.revoke("clara")
    one = model("1.0")
    await publish(town, one)
    (offer,) = await offers_to(town, "ana")
    assert await offers_to(town, "bruno") == [offer]
    assert await offers_to(town, "clara") == []
    assert (offer.name, offer.version, offer.sha256, offer.size) == (one.name, "1.0", one.sha256, len(one.data))
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(await key_of(town)))
    key.verify(bytes.fromhex(offer.signature), offer.signed_bytes())
    with pytest.raises(InvalidSignature):
        key.verify(bytes.fromhex(offer.signature), offer.signed_bytes() + b" ")
    answer = await town.get("bruno", model_path(one.sha256))
    assert decode(answer.body, ModelFile) == ModelFile(sha256=one.sha256, data=one.data)
    assert (await told(town, "ana")).models == [offer], "and in every snapshot"
    (act,) = await town.look(lambda conn: [act for act in audit.since(conn, 0) if act.what == "publish model"])
    assert (act.who, act.detail) == ("ana's aunt", f"{one.name} 1.0 {one.sha256}")


async def test_publishing_again_is_no_change_and_other_bytes_need_another_version() -> None:
    town = await make_town(("ana",))
    await publish(town, model("1.0"))
    before = await town.rows()
    await publish(town, model("1.0"), "someone else")
    assert await town.rows() == before
    with pytest.raises(ModelVersionUsed):
        await publish(town, model("1.0", b"other bytes"))
    assert await town.rows() == before


async def test_only_what_is_in_force_is_handed_out() -> None:
    town = await make_town(("ana",))
    await publish(town, model("1.0"))
    await publish(town, model("2.0"))
    assert (await town.get("ana", model_path(model("1.0").sha256))).status == 404
    assert (await town.get("ana", model_path(model("2.0").sha256))).status == 200
    assert (await town.get("ana", model_path("00" * 32))).status == 404


async def test_rolling_back_is_another_offer_of_a_lower_version() -> None:
    town = await make_town(("ana",))
    for version in ("1.0", "2.0"):
        await publish(town, model(version))
    bundled = [model("0.9"), model("5", name="consumption_hour_ahead")]

    async def back(name: str, version: str) -> None:
        now = town.clock.now()
        await town.ledger.run(lambda conn: models.roll_back(conn, name, version, "test", now, bundled))

    await back("consumption_day_ahead", "1.0")
    await back("consumption_day_ahead", "1.0")
    await back("consumption_day_ahead", "0.9")
    assert [offer.version for offer in await offers_to(town, "ana")] == ["1.0", "2.0", "1.0", "0.9"]
    assert (await town.get("ana", model_path(model("0.9").sha256))).status == 200, "the bundled one is in the ledger"
    kept = await town.look(lambda conn: {one.version: one.published_by for one in stored.all(conn)})
    assert kept == {"1.0": "ana's aunt", "2.0": "ana's aunt", "0.9": "bundled"}
    with pytest.raises(ModelUnknown):
        await back("consumption_day_ahead", "7")
    assert [offer.version for offer in (await told(town, "ana")).models] == ["0.9"]


async def test_who_comes_in_later_is_told_by_its_snapshot() -> None:
    town = await make_town(("ana", "bruno"))
    await publish(town, model("1.0"))
    await publish(town, model("3", name="consumption_hour_ahead"))
    assert [(offer.name, offer.version) for offer in (await told(town, "bruno")).models] == [
        ("consumption_day_ahead", "1.0"),
        ("consumption_hour_ahead", "3"),
    ]


async def test_a_homes_last_word_on_a_model_is_kept() -> None:
    town = await make_town(("ana", "bruno"))
    first = ModelReport(id=town.new_id(), name="consumption_day_ahead", version="1", in_use=False, refused="No.")
    last = ModelReport(
        id=town.new_id(),
        name="consumption_day_ahead",
        version="1",
        in_use=True,
        skill_last_week=210,
        skill_mean_7_days=-12,
        days=28,
    )
    for report in (first, last, first):
        assert (await town.command("ana", report, MODEL_REPORTS)).status == 200
    now = town.clock.now()
    assert await town.look(stored.reports) == [
        stored.Report("ana", "consumption_day_ahead", "1", True, None, 210, -12, 28, now)
    ], "a command that is repeated changes nothing"


async def test_a_restored_operator_has_the_same_key_and_the_same_models(tmp_path: Path) -> None:
    address, second = f"sqlite:///{tmp_path / 'ledger.sqlite'}", f"sqlite:///{tmp_path / 'second.sqlite'}"
    town = await make_town(("ana",), ledger=Ledger.open(address, inline=True, create=True))
    await publish(town, model("1.0"))
    key, offers = await key_of(town), (await told(town, "ana")).models
    backup.backup(address, tmp_path / "copy")
    await town.ledger.close()
    backup.restore(tmp_path / "copy", second)
    assert verify(second).faults == ()
    ledger = Ledger.open(second, inline=True)
    assert await ledger.read(models.offers_in_force) == offers
    assert await ledger.read(lambda conn: stored.offered_file(conn, model("1.0").sha256)) == model("1.0").data
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
        bytes.fromhex(offers[0].signature), offers[0].signed_bytes()
    )
    await ledger.close()


async def test_of_models_that_are_never_offered_nothing_is_kept() -> None:
    town = await make_town(("ana",))
    report = ModelReport(id=town.new_id(), name="windmill", version="1", in_use=True)
    assert code_of(await town.command("ana", report, MODEL_REPORTS)) is ErrorCode.NOT_FOUND
    assert await town.look(stored.reports) == []

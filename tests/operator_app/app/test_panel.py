"""The panel of a live operator: over HTTPS with a login, or behind Home Assistant's ingress."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography import x509

from caravels_operator.app.comeback import PRESENCE_FILE
from caravels_operator.app.live import LEDGER_FILE
from caravels_operator.app.tls import LIFETIME_DAYS, SWITCH_DAYS, panel_pair
from caravels_operator.ledger import auctions, meta
from caravels_operator.ledger.store import Ledger
from caravels_operator.panel.access import USER_ID
from caravels_operator.panel.login import COOKIE
from caravels_operator.panel.messages import HEADER
from tests.operator_app.api.test_server import running
from tests.operator_app.community.town import DAY, EVE, MARKET_OPEN, make_town

NOW = datetime(2026, 7, 6, tzinfo=UTC)


async def test_alone_it_speaks_tls_and_its_password_is_said_once(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as operator, aiohttp.ClientSession() as session:
        made = operator.panel_password
        assert made is not None
        trusted = ssl.create_default_context(cafile=tmp_path / "data" / "panel.crt")
        origin = operator.panel_address.rstrip("/")
        headers = {HEADER: "1", "Origin": origin}
        login = {"name": "operator", "password": made}
        async with session.post(f"{origin}/api/login", json=login, headers=headers, ssl=trusted) as answer:
            assert answer.status == 200
            cookie = {"Cookie": f"{COOKIE}={answer.cookies[COOKIE].value}"}
        async with session.get(f"{origin}/api/community", headers=cookie, ssl=trusted) as answer:
            assert (answer.status, (await answer.json())["members_total"]) == (200, 0)
        async with session.get(f"{origin}/api/community", ssl=trusted) as answer:
            assert answer.status == 401
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"http://127.0.0.1:{operator.panel_port}/")
    async with running(tmp_path / "data") as operator:
        assert operator.panel_password is None
    assert not (tmp_path / "data" / PRESENCE_FILE).exists()


async def test_a_start_that_fails_makes_no_password_that_nobody_has_seen(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="Nothing can listen"):
        async with running(tmp_path, panel_port=taken.getsockname()[1]):
            pass
    async with running(tmp_path) as operator:
        assert operator.panel_password


async def test_a_damaged_password_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "panel_login.json").write_text("{}")
    with pytest.raises(ValueError, match="caravels login"):
        async with running(tmp_path):
            pass


async def test_inside_home_assistant_it_speaks_plainly_to_ingress_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPERVISOR_TOKEN", "token")

    async def administrators(_self: object) -> dict[str, str]:
        return {"id-maria": "Maria"}

    monkeypatch.setattr("caravels_operator.supervisor.CoreUsers.administrators", administrators)
    async with aiohttp.ClientSession() as session:
        async with running(tmp_path / "data") as operator:
            assert (operator.panel_password, operator.panel_address[:7]) == (None, "http://")
            async with session.get(f"{operator.panel_address}api/session") as answer:
                assert (answer.status, (await answer.json())["code"]) == (403, "wrong_peer")
        async with running(tmp_path / "data", panel_peers=["127.0.0.1"]) as operator:
            for user, status in (("id-maria", 200), ("id-rui", 403)):
                async with session.get(f"{operator.panel_address}api/community", headers={USER_ID: user}) as answer:
                    assert answer.status == status
    assert not (tmp_path / "data" / "panel_login.json").exists()


async def test_a_folder_that_home_assistant_put_back_begins_a_new_epoch_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPERVISOR_TOKEN", "token")
    folder = tmp_path / "data"
    epochs = []

    async def start() -> Any:
        async with running(folder) as operator:
            ledger = operator.operator.context.ledger
            epochs.append(await ledger.read(meta.epoch))
            return await ledger.read(meta.restored_at)

    assert await start() is None, "a first start restores nothing"
    assert await start() is None
    assert epochs[0] == epochs[1]
    (folder / PRESENCE_FILE).unlink()  # as a restore leaves it: not in the backup
    restored_at = await start()
    assert restored_at is not None
    assert epochs[2] != epochs[1]
    assert await start() == restored_at
    assert epochs[3] == epochs[2]


async def test_at_its_first_start_after_a_restore_a_gate_that_passed_gathers_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    town = await make_town(
        ledger=Ledger.open(f"sqlite:///{folder / LEDGER_FILE}", inline=True, create=True),
    )
    await town.at(EVE, MARKET_OPEN)
    await town.operator.runner.run_due()
    await town.ledger.run(meta.mark_restored)
    await town.ledger.close()
    async with running(folder) as operator:
        context = operator.operator.context
        auction = await context.ledger.read(lambda conn: auctions.get(conn, DAY))
        assert auction is not None
        restored_at = await context.ledger.read(meta.restored_at)
        assert restored_at is not None
        assert (auction.state, auction.gate_at) == ("open", restored_at + 600)


# --- its certificate ----------------------------------------------------------------------------------------------


def test_the_panels_own_certificate_names_its_hosts_and_is_made_anew_in_time(tmp_path: Path) -> None:
    pair = panel_pair(tmp_path, ("panel.example", "10.0.0.1"), NOW)
    certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["panel.example"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.1"]
    assert pair.key.stat().st_mode & 0o777 == 0o600
    before = pair.fingerprint
    last = NOW + timedelta(days=LIFETIME_DAYS - SWITCH_DAYS)
    assert panel_pair(tmp_path, (), last).fingerprint == before
    assert panel_pair(tmp_path, (), last + timedelta(days=1)).fingerprint != before


def test_a_certificate_that_the_operator_put_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caravels_operator.app.tls.COMMON_NAME", "panel.example")
    pair = panel_pair(tmp_path, ("panel.example",), NOW)
    monkeypatch.undo()
    before = pair.fingerprint
    assert panel_pair(tmp_path, (), NOW + timedelta(days=LIFETIME_DAYS)).fingerprint == before
    pair.certificate.write_text("no certificate")
    with pytest.raises(ValueError, match="is no certificate"):
        panel_pair(tmp_path, (), NOW)

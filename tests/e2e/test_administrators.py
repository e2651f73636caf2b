"""Who a real Home Assistant 2026.11 says its administrators are, asked as the app asks it."""

from pathlib import Path

import aiohttp
import pytest

from caravels_operator.supervisor import CoreUsers
from demo.children import Children, free_ports
from demo.home_assistant import command, first_login
from demo.home_assistant_api import commands
from demo.home_assistant_config import write_config
from demo.run import HOME_ASSISTANT_PYTHON, INTEGRATION
from tests.e2e.home_assistant import LOGIN, needs_home_assistant

pytestmark = [pytest.mark.long, needs_home_assistant]


async def test_its_owner_operates_a_plain_user_does_not_until_made_an_administrator(tmp_path: Path) -> None:
    config, (port,) = tmp_path / "config", free_ports(1)
    write_config(config, INTEGRATION, port, None)
    url = f"http://127.0.0.1:{port}"
    async with Children(tmp_path, {}) as children, aiohttp.ClientSession() as session:
        child = await children.start("Home Assistant", command(HOME_ASSISTANT_PYTHON, config))
        tokens = await first_login(session, url, LOGIN, child)
        address = f"ws://127.0.0.1:{port}/api/websocket"

        async def administrators() -> dict[str, str]:
            return dict(await CoreUsers(tokens["access_token"], address).administrators())

        async with commands(session, url, tokens["access_token"]) as ask:
            me = (await ask("auth/current_user"))["id"]
            rui = (await ask("config/auth/create", name="Rui", group_ids=["system-users"]))["user"]["id"]
            assert await administrators() == {me: LOGIN.name}
            await ask("config/auth/update", user_id=rui, group_ids=["system-admin"])
            assert await administrators() == {me: LOGIN.name, rui: "Rui"}
            await ask("config/auth/update", user_id=rui, is_active=False)
            assert await administrators() == {me: LOGIN.name}
        with pytest.raises(ConnectionError):
            await CoreUsers("another", address).administrators()

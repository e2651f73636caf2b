"""The live operator: wall time, TLS, a panel, until it is asked to stop."""

import asyncio
import contextlib
import logging
import secrets
import signal
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from ..api.server import build_member_app
from ..common.member.ports import Timer
from ..ledger.store import Ledger
from ..options import Options
from ..panel.server import build_panel_app
from ..prices.source import HourlyList
from .operator import Operator, build_operator, schedule_first_day
from .tls import ensure_certificate, fingerprint_of, server_context

_LOGGER = logging.getLogger(__name__)

LEDGER_FILE = "ledger.sqlite3"
SHUTDOWN_S = 2


class WallClock:
    """The clock of the running event loop's machine."""

    def now(self) -> int:
        """Return the present [Unix s]."""
        return int(time.time())

    def call_at(self, when: int, action: Callable[[], None]) -> Timer:
        """Run `action` at `when` [Unix s]; looks at the wall clock again then, because it may have been set."""
        return _WallTimer(when, action)


class _WallTimer:
    LONGEST_WAIT_S = 60

    def __init__(self, when: int, action: Callable[[], None]) -> None:
        self._when = when
        self._action = action
        self._handle: asyncio.TimerHandle
        self._wait()

    def cancel(self) -> None:
        self._handle.cancel()

    def _wait(self) -> None:
        left = min(self.LONGEST_WAIT_S, max(0.0, self._when - time.time()))
        self._handle = asyncio.get_running_loop().call_later(left, self._look)

    def _look(self) -> None:
        if time.time() >= self._when:
            self._action()
        else:
            self._wait()


@dataclass(frozen=True, slots=True)
class Started:
    """What an operator that serves can be reached by."""

    operator: Operator
    member_port: int
    panel_port: int
    fingerprint: str


def database_url(options: Options, folder: Path) -> str:
    """Return where the ledger is: as the options say, else SQLite in the data folder."""
    return options.database or f"sqlite:///{(folder / LEDGER_FILE).absolute()}"


async def serve(options: Options, folder: Path, started: Callable[[Started], None]) -> None:
    """Serve members and panel until SIGINT or SIGTERM.

    Args:
        started: called once everything listens.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    certificate, key = ensure_certificate(folder)
    async with contextlib.AsyncExitStack() as stack:
        ledger = Ledger.open(database_url(options, folder), inline=False, create=True)
        stack.push_async_callback(ledger.close)
        prices = HourlyList(options.hourly_price_micro_kwh, options.settings.market_zone)
        operator = build_operator(ledger, WallClock(), options.settings, prices, secrets.token_bytes)
        await schedule_first_day(operator.context)
        member_app = build_member_app(operator.dispatcher, operator.hub)
        panel_app = build_panel_app(operator.context, lambda: operator.hub.online, options.panel_peers)
        tls = server_context(certificate, key)
        member_port = await _site(stack, member_app, options.member_host, options.member_port, tls)
        panel_port = await _site(stack, panel_app, options.panel_host, options.panel_port, None)
        runner = asyncio.create_task(operator.runner.run_for_ever())
        stack.push_async_callback(_cancel, runner)
        started(Started(operator, member_port, panel_port, fingerprint_of(certificate)))
        await _stopped(stop, runner)


async def _stopped(stop: asyncio.Event, runner: asyncio.Task[None]) -> None:
    """Wait for the stop; a runner that fails for good ends the process, because a community without steps is dead."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((stopping, runner), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if runner.done():
        runner.result()


async def _site(
    stack: contextlib.AsyncExitStack, app: web.Application, host: str, port: int, tls: ssl.SSLContext | None
) -> int:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, host, port, ssl_context=tls).start()
    listening: int = runner.addresses[0][1]
    return listening


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

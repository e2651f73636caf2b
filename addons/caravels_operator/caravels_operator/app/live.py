"""The live operator: wall time, TLS, a panel, until it is asked to stop."""

import asyncio
import contextlib
import datetime
import logging
import secrets
import signal
import ssl
from asyncio import sslproto
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiohttp import web
from aiohttp.http import HttpProcessingError

from ..api.server import build_member_app
from ..common.periods import DAY_S
from ..ledger.store import Ledger
from ..options import Options
from ..prices.source import HourlyList
from .comeback import begin_again, gather_again, was_put_back
from .operator import Operator, build_operator, schedule_first_day
from .panel import Panel, build_panel
from .tls import Certificates, server_context, show
from .wall_clock import WallClock

_LOGGER = logging.getLogger(__name__)

LEDGER_FILE = "ledger.sqlite3"
SHUTDOWN_S = 2
_NOT_OURS = (HttpProcessingError, web.RequestPayloadError)
_WEB_LOGGER = logging.getLogger(f"{__name__}.web")
_WEB_LOGGER.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], _NOT_OURS)))
"""Strangers who speak no HTTP must not be able to fill the log."""
KEEP_ALIVE_S = 60
"""Who connects and asks nothing, or stops in the middle of asking, is cut after this time."""
TLS_BUFFER_BYTES = 32_768
"""What asyncio holds to read from each TLS connection: 256 KiB if not told, and every member's stream stays open."""


@dataclass(frozen=True, slots=True)
class Started:
    """What an operator that serves can be reached by.

    Attributes:
        panel_address: where a browser opens the panel.
        panel_password: of its login, if it was made at this start.
    """

    operator: Operator
    member_port: int
    panel_port: int
    panel_address: str
    panel_password: str | None
    fingerprint: str


def database_url(options: Options, folder: Path) -> str:
    """Return where the ledger is: as the options say, else SQLite in the data folder."""
    return options.database or f"sqlite:///{(folder / LEDGER_FILE).absolute()}"


async def serve(options: Options, folder: Path, started: Callable[[Started], None]) -> None:
    """Serve members and panel until SIGINT or SIGTERM.

    Args:
        started: called once everything listens.
    """
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    sslproto.SSLProtocol.max_size = TLS_BUFFER_BYTES
    certificates = Certificates.in_folder(folder)
    tls = server_context(certificates.refresh(_now()))
    address = database_url(options, folder)
    put_back = was_put_back(address, folder)
    async with contextlib.AsyncExitStack() as stack:
        ledger = Ledger.open(address, inline=False, create=True)
        stack.push_async_callback(ledger.close)
        await begin_again(ledger, folder, put_back=put_back)
        prices = HourlyList(options.hourly_price_micro_kwh, options.settings.market_zone)
        operator = build_operator(
            ledger, WallClock(), options.settings, prices, secrets.token_bytes, lambda: certificates.next_fingerprint
        )
        await schedule_first_day(operator.context)
        member_app = build_member_app(operator.dispatcher, operator.hub)
        panel = build_panel(operator, options, folder, certificates, _now())
        member_port = await _site(stack, member_app, options.member_host, options.member_port, tls)
        panel_port = await _site(stack, panel.app, options.panel_host, options.panel_port, panel.tls)
        await gather_again(operator.context)
        runner = asyncio.create_task(operator.runner.run_for_ever())
        stack.push_async_callback(_cancel, runner)
        stack.push_async_callback(_cancel, asyncio.create_task(_keep_certificates(certificates, tls, panel)))
        started(
            Started(
                operator,
                member_port,
                panel_port,
                f"{'http' if panel.tls is None else 'https'}://{_in_address(options.panel_host)}:{panel_port}/",
                await asyncio.to_thread(panel.first_password),
                certificates.present.fingerprint,
            )
        )
        await _stopped(stop, runner)


async def _keep_certificates(certificates: Certificates, tls: ssl.SSLContext, panel: Panel) -> None:
    """Look once a day whether a certificate must be followed by the next; new connections then see that."""
    while True:
        await asyncio.sleep(DAY_S)
        renew_certificates(certificates, tls, panel, _now())


def renew_certificates(certificates: Certificates, tls: ssl.SSLContext, panel: Panel, now: datetime.datetime) -> None:
    """Let new connections see the certificates of now; one that cannot be used is logged, and keeps no other back."""

    def renew_members() -> None:
        show(tls, certificates.refresh(now))

    for renew in (renew_members, partial(panel.renew, now)):
        try:
            renew()
        except (OSError, ValueError) as error:
            _LOGGER.error("A certificate stays as it was: %s", error)


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


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
    runner = web.AppRunner(
        app, access_log=None, logger=_WEB_LOGGER, shutdown_timeout=SHUTDOWN_S, keepalive_timeout=KEEP_ALIVE_S
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
    except OSError as error:
        detail = error.strerror or str(error)
        raise OSError(f"Nothing can listen on {host}, port {port} ({detail}). Change it in the options.") from error
    listening: int = runner.addresses[0][1]
    return listening


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

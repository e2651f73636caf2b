"""The panel of a live operator: inside Home Assistant behind its ingress, else over HTTPS with a login of its own."""

import datetime
import os
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from ..options import Options
from ..panel.access import Access, IngressAccess
from ..panel.login import LoginAccess
from ..panel.means import PanelMeans
from ..panel.password import Password
from ..panel.server import build_panel_app
from ..supervisor import PEERS, TOKEN_VARIABLE, CoreUsers
from .operator import Operator
from .tls import Certificates, Pair, panel_pair, server_context, show


@dataclass(frozen=True, slots=True)
class Panel:
    """The panel, ready to be served.

    Attributes:
        tls: None inside Home Assistant, whose ingress speaks plain HTTP.
        password: of its login, None where there is none.
    """

    app: web.Application
    tls: ssl.SSLContext | None
    folder: Path
    names: tuple[str, ...]
    password: Password | None

    def first_password(self) -> str | None:
        """Make the login's password if none was ever set, and return it: it is never seen again."""
        if self.password is None or self.password.stored() is not None:
            return None
        return self.password.make()

    def renew(self, now: datetime.datetime) -> None:
        """Take over a certificate that was put there or made anew; new connections then see it.

        Raises:
            ValueError: what was put there is none.
        """
        if self.tls is not None:
            show(self.tls, panel_pair(self.folder, self.names, now))


def under_supervisor() -> bool:
    """Return whether this is an app in Home Assistant."""
    return bool(os.environ.get(TOKEN_VARIABLE))


def build_panel(
    operator: Operator, options: Options, folder: Path, certificates: Certificates, now: datetime.datetime
) -> Panel:
    """Put the panel together; one that stands alone gets a certificate if it has none.

    Raises:
        ValueError: its certificate or the file of its password is damaged.
    """
    if under_supervisor():
        access: Access = IngressAccess(CoreUsers(os.environ[TOKEN_VARIABLE]).administrators)
        return Panel(
            _app(operator, options, certificates, access, options.panel_peers or PEERS), None, folder, (), None
        )
    password = Password.in_folder(folder)
    password.stored()  # a damaged file must stop the start, not the first login
    names = _names(options.panel_host)
    pair: Pair = panel_pair(folder, names, now)
    access = LoginAccess(password, operator.context.clock)
    app = _app(operator, options, certificates, access, options.panel_peers)
    return Panel(app, server_context(pair), folder, names, password)


def _app(
    operator: Operator, options: Options, certificates: Certificates, access: Access, peers: tuple[str, ...]
) -> web.Application:
    return build_panel_app(
        PanelMeans(
            context=operator.context,
            access=access,
            online=lambda: operator.hub.online,
            cut=operator.hub.cut,
            peers=frozenset(peers),
            addresses=options.member_addresses,
            fingerprint=lambda: certificates.present.fingerprint,
            early_gate=options.early_gate,
        )
    )


def _names(host: str) -> tuple[str, ...]:
    """Return the names by which a browser on this machine, or beside it, asks for the panel."""
    return tuple(dict.fromkeys((host, "localhost", "127.0.0.1", "::1", socket.gethostname())))

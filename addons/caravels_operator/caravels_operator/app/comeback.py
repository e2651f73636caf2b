"""How the operator comes back: after a mere stop it goes on, after the return of an older state it gathers again.

`caravels restore` marks a restored ledger itself. Home Assistant puts the app's whole data folder back without asking
anybody; a file that its backups leave out (`backup_exclude` in config.yaml) is then missing beside the ledger.
"""

import logging
from pathlib import Path

from sqlalchemy import Connection

from ..community import restored
from ..community.context import Context
from ..ledger import engine, meta
from ..ledger.store import Ledger
from .panel import under_supervisor

_LOGGER = logging.getLogger(__name__)

PRESENCE_FILE = "ledger.not_restored"
_TEXT = "Home Assistant's backups leave this file out: where it is missing, the ledger beside it came from a backup.\n"


def was_put_back(address: str, folder: Path) -> bool:
    """Return whether Home Assistant put this ledger back; asked before it is opened (or made)."""
    file = engine.sqlite_file(engine.parse(address))
    return under_supervisor() and file is not None and file.exists() and not (folder / PRESENCE_FILE).exists()


async def begin_again(ledger: Ledger, folder: Path, *, put_back: bool) -> None:
    """Begin a new epoch if the ledger was put back, and leave what says that this is noticed."""

    def begin(conn: Connection) -> str:
        meta.mark_restored(conn)
        return meta.new_epoch(conn)

    if put_back:
        _LOGGER.warning("The ledger came back from a backup. Its new epoch is %s.", await ledger.run(begin))
    if under_supervisor():
        (folder / PRESENCE_FILE).write_text(_TEXT, encoding="utf-8")


async def gather_again(context: Context) -> None:
    """Hold open what must be gathered again after a restore (`community.restored`)."""
    held = await context.ledger.run(lambda conn: restored.gather_again(conn, context))
    if held:
        _LOGGER.warning("After the restore homes offer again: the gates of %s are held open.", ", ".join(held))
        context.steps_changed.fire()
        context.outbox_grew.fire()

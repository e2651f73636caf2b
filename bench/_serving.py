"""A live operator as a process of its own, for script/bench operator: prepared, started, looked at, killed."""

import asyncio
import json
import os
import signal
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from http.client import HTTPSConnection
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection

from bench._clients import Outcome, Task
from caravels_operator.app.live import LEDGER_FILE
from caravels_operator.app.simulation import enrolled, plan_run, simulate
from caravels_operator.common.protocol.paths import HELLO
from caravels_operator.community.pairing import digest
from caravels_operator.ledger import books, members, tokens
from caravels_operator.ledger.schema import SCHEMA_VERSION
from caravels_operator.ledger.store import Ledger
from caravels_operator.virtual.measured import shared_data_folder
from caravels_operator.virtual.members import token_of
from caravels_operator.virtual.scenario import load_scenario

READY_WITHIN_S: Final = 30
OPTIONS: Final = {
    # a market that is open at any time of the day at which the benchmark is run
    "prices_at": "00:00",
    "gate_at": "23:59",
    "member_host": "127.0.0.1",
    "member_port": 0,
    "panel_port": 0,
}


@dataclass(frozen=True, slots=True)
class Serving:
    """An operator that answers."""

    process: subprocess.Popen[str]
    start_s: float
    """From the start of the process to its first answer over TLS."""
    start_cpu_s: float
    """Processor time that this took: what a machine with nothing else to do would need at least."""
    port: int
    fingerprint: str

    def rss_mb(self) -> tuple[float, float]:
        """Return the memory that it holds now and the most that it held [MB]."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        values = dict(line.split(":", 1) for line in status.splitlines())
        return _mb(values["VmRSS"]), _mb(values["VmHWM"])


def prepare(folder: Path, size: int, first: date, days: int) -> dict[str, str]:
    """Make a ledger with the history of the scenario's 27 members over some days, and `size` members enrolled.

    Returns:
        each member's credential.
    """
    scenario = load_scenario("paper")
    run = simulate(plan_run(scenario, shared_data_folder(), first, days))
    asyncio.run(run.ledger.read(lambda conn: _copy(conn, folder / LEDGER_FILE)))
    asyncio.run(run.ledger.close())
    credentials = {member.id: token_of(0, member.id) for member in scenario.resized(size).members}
    ledger = Ledger.open(f"sqlite:///{folder / LEDGER_FILE}", inline=True)

    def enrol(conn: Connection) -> None:
        known = {member.id for member in members.all(conn)}
        for member in scenario.resized(size).members:
            if member.id not in known:
                members.add(conn, enrolled(scenario, member, 0))
            tokens.issue(conn, member.id, digest(credentials[member.id]), 0)

    asyncio.run(ledger.run(enrol))
    asyncio.run(ledger.close())
    return credentials


def _copy(conn: Connection, file: Path) -> None:
    """Write a ledger in memory to a file, as one that `serve` opens: of this version, its next day still to be put."""
    driver = conn.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    file.write_bytes(driver.serialize())
    with sqlite3.connect(file) as target:
        target.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        target.execute("INSERT OR REPLACE INTO alembic_version VALUES (?)", (SCHEMA_VERSION,))
        target.execute("DELETE FROM steps")
    target.close()


@contextmanager
def serving(folder: Path, settings: Mapping[str, object] = OPTIONS) -> Iterator[Serving]:
    """Start an operator on a folder, and kill it at the end as a power cut would."""
    options = folder / "options.json"
    options.write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "caravels_operator", "serve", "--data", str(folder), "--options", str(options)]
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        port, fingerprint = _told(process)
        _say_hello(port, fingerprint)
        start_s = time.perf_counter() - begun
        yield Serving(process, start_s, _cpu_s(process.pid), port, fingerprint)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _told(process: subprocess.Popen[str]) -> tuple[int, str]:
    assert process.stdout is not None
    port, fingerprint = process.stdout.readline(), process.stdout.readline()
    if not fingerprint:
        raise RuntimeError("the operator did not start")
    return int(port.split()[-1].rstrip(".")), fingerprint.split()[-1].rstrip(".")


def _say_hello(port: int, fingerprint: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # its fingerprint is compared instead
    connection = HTTPSConnection("127.0.0.1", port, timeout=READY_WITHIN_S, context=context)
    connection.request("GET", HELLO)
    certificate = connection.sock.getpeercert(binary_form=True)
    if connection.getresponse().status != 200 or sha256(certificate or b"").hexdigest() != fingerprint:
        raise RuntimeError("the operator does not answer")
    connection.close()


def revisions(folder: Path, day: date, of: Sequence[str]) -> list[int]:
    """Return the revision of each member's last stored book, from the ledger that a killed operator left."""
    ledger = Ledger.open(f"sqlite:///{folder / LEDGER_FILE}", inline=True)
    try:
        return asyncio.run(ledger.read(lambda conn: [books.latest_revision(conn, member, day) for member in of]))
    finally:
        asyncio.run(ledger.close())


def send(task: Task) -> Outcome:
    """Run the clients in a process of their own."""
    command = [sys.executable, "-m", "bench._clients"]
    done = subprocess.run(command, input=msgspec.json.encode(task), stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Outcome)


def _cpu_s(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").split()[13:15]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _mb(text: str) -> float:
    kilobytes, unit = text.split()
    assert unit == "kB"
    return int(kilobytes) / 1_024

"""A PostgreSQL server of this test run's own: started once, on a free port, in a folder that goes with it."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

PASSWORD = "s3cret"


class NotInstalled(Exception):
    """There is no server to start."""


@contextmanager
def server() -> Iterator[str]:
    """Yield the address of a running server, `postgresql://op:...@127.0.0.1:PORT`.

    Raises:
        NotInstalled: PostgreSQL, or a user other than root to run it as, is missing.
    """
    programs = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=None, key=lambda path: path.parts[-3])
    if programs is None:
        raise NotInstalled("PostgreSQL is not installed (apt-get install postgresql)")
    binaries = programs.parent
    folder = Path(tempfile.mkdtemp(prefix="caravels-pg-"))
    try:
        (folder / "word").write_text(f"{PASSWORD}\n")
        prefix = _as_other_user(folder) if os.geteuid() == 0 else []

        def run(*command: str) -> None:
            subprocess.run([*prefix, *command], cwd=folder, check=True, capture_output=True, timeout=120)

        initdb = ["-D", "d", "-A", "scram-sha-256", "--pwfile=word", "-U", "op", "--data-checksums", "-E", "UTF8"]
        run(str(binaries / "initdb"), *initdb)
        port = _free_port()
        # Our process is killed in these tests, never the server: it need not wait for the disk.
        options = f"-c fsync=off -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        control = str(binaries / "pg_ctl")
        run(control, "-D", "d", "-w", "-l", "log", "-o", options, "start")
        try:
            yield f"postgresql://op:{PASSWORD}@127.0.0.1:{port}"
        finally:
            run(control, "-D", "d", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def create_database(address: str, name: str, template: str = "template1") -> str:
    """Make a database on a server and return its address."""
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    return f"{address}/{name}"


def drop_database(address: str, name: str) -> None:
    """Remove a database from a server, with whoever is still in it."""
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _as_other_user(folder: Path) -> list[str]:
    try:
        shutil.chown(folder, "postgres")
        shutil.chown(folder / "word", "postgres")
    except LookupError as error:
        raise NotInstalled("PostgreSQL does not run as root, and there is no user postgres") from error
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "env", f"HOME={folder}"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

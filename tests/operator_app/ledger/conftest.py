"""Every test of the ledger runs on both databases; the PostgreSQL half is a skip where there is no server to start."""

import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from caravels_operator.ledger import engine, members, migrations
from caravels_operator.ledger.store import Ledger

from . import postgresql

TEMPLATE = "caravels_template"
SHARED = "caravels_shared"
MEMBERS = ("m01", "m02", "m03")

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A server with a migrated ledger to copy."""
    running = postgresql.server()
    try:
        address = running.__enter__()
    except postgresql.NotInstalled as reason:
        pytest.skip(str(reason))
    try:
        migrations.migrate(postgresql.create_database(address, TEMPLATE))
        postgresql.create_database(address, SHARED, TEMPLATE)
        yield address
    finally:
        running.__exit__(None, None, None)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which there is no ledger yet."""
    yield from _database(request, tmp_path, "template1")


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a new ledger."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "ledger.sqlite")
    yield from _database(request, tmp_path, TEMPLATE)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated ledger to copy."""
    path = tmp_path_factory.mktemp("template") / "ledger.sqlite"
    migrations.migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def second_address(address: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a second database of the same kind, with nothing in it."""
    if address.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/second.sqlite"
        return
    server: str = request.getfixturevalue("postgresql_server")
    name = f"second_{next(_numbers)}"
    yield postgresql.create_database(server, name)
    postgresql.drop_database(server, name)


def _database(request: pytest.FixtureRequest, tmp_path: Path, template: str) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/ledger.sqlite"
        return
    server: str = request.getfixturevalue("postgresql_server")
    name = f"ledger_{next(_numbers)}"
    yield postgresql.create_database(server, name, template)
    postgresql.drop_database(server, name)


@pytest.fixture
async def ledger(address: str) -> AsyncIterator[Ledger]:
    """A live ledger with three members."""
    opened = Ledger.open(address, inline=False)
    await opened.run(add_members)
    yield opened
    await opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def conn(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A connection on a ledger with three members, in a transaction that is taken back at the end."""
    if request.param == "sqlite":
        address = f"sqlite:///{request.getfixturevalue('sqlite_template')}"
    else:
        address = f"{request.getfixturevalue('postgresql_server')}/{SHARED}"
    with engine.writing(engine.parse(address)).connect() as connection:
        connection.begin()
        add_members(connection)
        yield connection
        connection.rollback()


def add_members(connection: Connection) -> None:
    """Take three members in."""
    for member in MEMBERS:
        members.add(connection, members.Member(member, "retailer-a", "flat", 6900, "active", 100))

"""Bring a database's schema to this version of Switchboard, or take it back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from data.condition import CONNECT_S
from data.errors import Invalid

SCRIPTS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 0x5B0A12D  # any constant: two servers starting at once must not both migrate
BASE = "base"  # before the first migration


def migrate(url: str, revision: str = "head") -> None:
    """Run the migrations up to `revision`; `base` takes everything back.

    The role in `url` must own the schema and bypass row-level security, as the embedded
    database's does: under FORCE a data migration by a bound role silently changes nothing.

    Raises:
        Invalid: there is no such revision.
    """
    if revision == BASE:
        take_back(url, revision)
        return
    with _prepared(url) as config:
        command.upgrade(config, revision)


def take_back(url: str, revision: str) -> None:
    """Undo the migrations after `revision`, and with them the data that only they can hold.

    Raises:
        Invalid: there is no such revision, or the database has not come that far.
    """
    with _prepared(url) as config:
        command.downgrade(config, revision)


def newest_revision() -> str:
    """The revision that this version of Switchboard works with."""
    head = ScriptDirectory(str(SCRIPTS)).get_current_head()
    if head is None:
        raise LookupError("there are no migrations: a broken installation")
    return head


@contextmanager
def _prepared(url: str) -> Iterator[Config]:
    """Alembic's configuration on a connection that holds the lock; committed at the end.

    Raises:
        Invalid: Alembic refuses the revision.
        psycopg.Error: the database refuses.
    """
    # a bare engine on psycopg's own connection string: SQLAlchemy never sees a query of ours
    engine = create_engine("postgresql+psycopg://", creator=_connector(url), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(text(f"SELECT pg_advisory_lock({MIGRATION_LOCK})"))
            connection.execute(text("CREATE SCHEMA IF NOT EXISTS ops"))
            connection.commit()
            config = Config()
            config.set_main_option("script_location", str(SCRIPTS))
            config.set_main_option("path_separator", "os")
            config.attributes["connection"] = connection
            yield config
            connection.commit()
    except CommandError as error:
        problem = str(error).rstrip(".")
        raise Invalid("revision", f"{problem}; the newest is {newest_revision()}") from None
    except DBAPIError as error:
        raise error.orig or error from None  # psycopg's own, as everywhere else
    finally:
        engine.dispose()


def _connector(url: str):  # type: ignore[no-untyped-def]  # SQLAlchemy's creator is untyped
    import psycopg  # noqa: PLC0415  # only the migrating process needs the synchronous driver

    return lambda: psycopg.connect(url, connect_timeout=CONNECT_S)

"""Bring a database's schema to this version of Switchboard, or take it back."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

SCRIPTS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 0x5B0A12D  # any constant: two servers starting at once must not both migrate


def migrate(url: str, revision: str = "head") -> None:
    """Run the migrations up to `revision`; `base` takes everything back.

    The role in `url` must own the schema and bypass row-level security, as the embedded
    database's does: under FORCE a data migration by a bound role silently changes nothing.
    """
    # a bare engine on psycopg's own connection string: SQLAlchemy never sees a query of ours
    engine = create_engine("postgresql+psycopg://", creator=_connector(url), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"SELECT pg_advisory_lock({MIGRATION_LOCK})"))
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS ops"))
        connection.commit()
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        if revision == "base":
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)
        connection.commit()
    engine.dispose()


def _connector(url: str):  # type: ignore[no-untyped-def]  # SQLAlchemy's creator is untyped
    import psycopg  # noqa: PLC0415  # only the migrating process needs the synchronous driver

    return lambda: psycopg.connect(url)

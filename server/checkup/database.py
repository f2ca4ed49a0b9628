"""The database: there, migrated, and with roles that row-level security binds."""

from collections.abc import Iterator

import psycopg

from data.condition import Condition, read_condition
from data.migrate import newest_revision
from server.checkup.finding import Finding, fail, ok, warn
from server.complaint import database_name
from server.settings import Settings

ABOUT = "database"


def check_database(settings: Settings) -> Iterator[Finding]:
    """The configured database, or the embedded one, started for the look if it has to be."""
    if settings.database_url is None and not _made(settings):
        yield warn(ABOUT, "the embedded one is not made yet", "start with `switchboard serve`")
        return
    try:
        url, name = _reach(settings)
        found = read_condition(url)
    except PermissionError as error:
        yield fail(ABOUT, f"{error.filename} is another user's", "run as that user or set DATA_DIR")
        return
    except (psycopg.OperationalError, OSError) as error:
        yield fail(ABOUT, f"does not answer: {_first_line(error)}", _how_to_reach(settings))
        return
    yield ok(ABOUT, f"{name} answers, Postgres {found.version}")
    yield from judge(found, newest_revision())


def judge(found: Condition, needed: str) -> Iterator[Finding]:
    """What a database's condition means for this version of Switchboard, which needs a revision."""
    if found.vector is None:
        yield fail("pgvector", "is not created", "run `switchboard migrate`; it creates it")
    else:
        yield ok("pgvector", found.vector)
    revision = found.revision or ""
    if revision < needed:
        at = f"at {revision}" if revision else "empty"
        yield fail("schema", f"is {at}, needed is {needed}", "run `switchboard migrate`")
    elif revision > needed:
        yield warn("schema", f"is at {revision}, newer than {needed}", "update Switchboard")
    else:
        yield ok("schema", f"at {revision}, the newest")
    if found.missing_roles:
        yield fail(
            "roles",
            f"{', '.join(found.missing_roles)}: missing, out of reach, or above row-level security",
            "run `switchboard migrate` as the owner, and keep SUPERUSER and BYPASSRLS off them",
        )
    else:
        yield ok("roles", f"{' and '.join(sorted(found.roles))}, bound by row-level security")


def _made(settings: Settings) -> bool:
    from server.embedded import FOLDER  # noqa: PLC0415  # 0.2 s where it is not used

    folder = settings.data_dir / FOLDER
    try:
        return folder.is_dir()
    except PermissionError:
        return True  # the next step says whose it is


def _reach(settings: Settings) -> tuple[str, str]:
    if settings.database_url:
        return settings.database_url, database_name(settings.database_url)
    from server.embedded import is_running, start_postgres  # noqa: PLC0415

    was = "running" if is_running(settings.data_dir) else "started for this look"
    return start_postgres(settings.data_dir), f"the embedded one ({was})"


def _how_to_reach(settings: Settings) -> str:
    if settings.database_url:
        return "check DATABASE_URL and that the database runs"
    return "look into the log file in its folder under the data directory"


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]

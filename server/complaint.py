"""What people at a terminal are told about an error that is not a bug."""

import httpx
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import PoolTimeout

from data.errors import SwitchboardError
from retrievers.onnx_export import ExportError

UNREACHABLE = (
    "The database does not answer; check DATABASE_URL and that it runs, or leave DATABASE_URL"
    " empty to use the embedded one."
)
NOT_MIGRATED = "The database is not at this version of Switchboard; run `switchboard migrate`."


def complaint_of(error: Exception) -> str | None:
    """A sentence that says what to do, or None where only a traceback helps."""
    match error:
        case SwitchboardError() | ExportError():
            return _sentence(str(error))
        case psycopg.errors.UndefinedTable() | psycopg.errors.InvalidSchemaName():
            return NOT_MIGRATED
        case psycopg.errors.InsufficientPrivilege():
            return _sentence(f"The database refuses: {error.diag.message_primary or error}")
        case psycopg.OperationalError() if 'role "switchboard_' in str(error):
            return NOT_MIGRATED
        case psycopg.OperationalError() | PoolTimeout():
            return UNREACHABLE
        case httpx.TransportError():
            return f"{_server(error)} does not answer; is a Switchboard running there?"
        case PermissionError():
            return f"{error.filename or 'A file'} may not be used by you: {error.strerror}."
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return f"{where}{error.strerror or error}."
    return None


def database_name(url: str) -> str:
    """Where a database is, without its password."""
    parts = conninfo_to_dict(url)
    where = parts.get("host") or "localhost"
    return f"{parts.get('dbname') or 'postgres'} on {where}"


def _server(error: httpx.TransportError) -> str:
    try:
        url = error.request.url
    except RuntimeError:  # it failed before there was a request
        return "The server"
    return f"{url.scheme}://{url.netloc.decode()}"


def _sentence(text: str) -> str:
    """With a capital, but for the name of a file or a field, and a full stop."""
    named = set(text.partition(" ")[0]) & set("./_")
    return f"{text[0] if named else text[:1].upper()}{text[1:].rstrip('.')}."

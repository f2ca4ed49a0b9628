"""Where a server listens, or would."""

from server.checkup.finding import Finding, fail, ok
from server.listening import Listener, base_url, listener_at
from server.settings import Settings


def check_port(settings: Settings) -> Finding:
    """Free, in use by a Switchboard, or taken."""
    where = base_url(settings.host, settings.port)
    try:
        found = listener_at(settings.host, settings.port)
    except OSError as error:
        return fail("port", f"{where}: {error.strerror}", "choose another with HOST and PORT")
    if found is Listener.ANOTHER:
        return fail("port", f"{where} is taken by another program", "choose another with PORT")
    says = "a Switchboard serves on" if found is Listener.SWITCHBOARD else "nobody listens yet on"
    return ok("port", f"{says} {where}")

"""Redis, and the keys for what is encrypted: both may be missing, and it should be known."""

from collections.abc import Iterator

from redis import Redis
from redis.exceptions import RedisError

from server import setting_values
from server.checkup.finding import Finding, ok, warn
from server.settings import Settings

ANSWER_S = 2.0


def check_shared(settings: Settings) -> Iterator[Finding]:
    """What several servers share besides the database."""
    yield check_redis(settings.redis_url)
    keys = len(setting_values.encryption_keys(settings.encryption_keys))
    said = f"{keys}, the first encrypts" if keys else "none: no credential can be stored"
    yield ok("encryption keys", said)


def check_redis(url: str | None) -> Finding:
    """Whether limits are counted together."""
    if url is None:
        return ok("Redis", "none: each server counts its callers for itself")
    try:
        with Redis.from_url(
            url, socket_timeout=ANSWER_S, socket_connect_timeout=ANSWER_S
        ) as client:
            client.ping()
    except (RedisError, OSError, ValueError) as error:
        return warn(
            "Redis",
            f"does not answer ({type(error).__name__}); each server counts for itself",
            "check REDIS_URL and that Redis runs",
        )
    return ok("Redis", "answers; servers count their callers together")

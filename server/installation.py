"""The installation's secret: given in the environment, or made once for a development machine."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from data.sealing import Keyring
from server import setting_values
from server.auth.authenticator import Secrets
from server.settings import Settings
from tools.codes import CodeKey

KEPT_IN = "installation-secret"
KEY_FILE = "demo-key"


def installation_secrets(settings: Settings) -> Secrets:
    """One secret for each purpose, all derived from JWT_SECRET_KEY."""
    root = _root(settings)
    return Secrets(
        pepper=_derived(root, "api-keys"),
        visitors=_derived(root, "visitors"),
        operators=_derived(root, "operators"),
    )


def code_key(settings: Settings) -> CodeKey:
    """What one-time codes are made with."""
    return CodeKey(bytes.fromhex(_derived(_root(settings), "one-time-codes")))


def channel_prefix(settings: Settings) -> str:
    """What the names of the installation's channels in Redis begin with."""
    return f"switchboard:{_derived(_root(settings), 'channels')[:24]}:"


def keyring(settings: Settings) -> Keyring | None:
    """What seals and opens; None where ENCRYPTION_KEYS is empty."""
    keys = setting_values.encryption_keys(settings.encryption_keys)
    return Keyring(keys) if keys else None


def _root(settings: Settings) -> str:
    if settings.jwt_secret_key is not None:
        return settings.jwt_secret_key.get_secret_value()
    return kept_secret(settings.data_dir / KEPT_IN, lambda: secrets.token_urlsafe(48))


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """The text in a file that only its owner may read, made when it is not there yet."""
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = make()
    part = path.with_suffix(f".{os.getpid()}")
    part.touch(mode=0o600)
    part.write_text(fresh)
    try:
        path.hardlink_to(part)  # never over another process's: the first one stays
    except FileExistsError:
        pass
    finally:
        part.unlink()
    return path.read_text().strip()


def _derived(root: str, purpose: str) -> str:
    return hmac.digest(root.encode(), purpose.encode(), hashlib.sha256).hex()

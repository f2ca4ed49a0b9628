"""Secrets at rest: AES-256-GCM under keys that can be changed while everything goes on.

A sealed text is `v1.KEY.DATA`: which key, and nonce with ciphertext. It opens only in the place it
was sealed for, so a row moved to another tenant's is worth nothing.
"""

import base64
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from data.errors import Invalid, SwitchboardError

VERSION = "v1"
NONCE_BYTES = 12
KEY_BYTES = 32


class CannotOpen(SwitchboardError):
    """The key is gone, or the text was changed or moved. A bug or an attack; never the caller's."""

    code = "cannot_open"
    title = "A stored secret cannot be opened"


def new_key() -> str:
    """A fresh key as ENCRYPTION_KEYS takes it."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


class Keyring:
    """The first key seals, all open.

    Raises:
        Invalid: there is no key.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise Invalid(
                "ENCRYPTION_KEYS", "is empty; `switchboard encrypt --new-key` prints a key for it"
            )
        self._ciphers = {_name(key): AESGCM(key) for key in keys}
        self._first = _name(keys[0])

    @property
    def prefix(self) -> str:
        """How every text begins that is sealed with the first key."""
        return f"{VERSION}.{self._first}."

    @property
    def first(self) -> str:
        """The name of the key that seals."""
        return self._first

    def seal(self, text: str, place: str) -> str:
        """Encrypt a text for one place, such as `demo/channel/twilio`."""
        _, sealed = self.seal_bytes(text.encode(), place)
        return self.prefix + base64.urlsafe_b64encode(sealed).decode()

    def seal_bytes(self, data: bytes, place: str) -> tuple[str, bytes]:
        """Encrypt data for one place: the key's name, and nonce with ciphertext."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self._first].encrypt(nonce, data, place.encode())
        return self._first, nonce + sealed

    def open(self, sealed: str, place: str) -> str:
        """What was sealed for that place.

        Raises:
            CannotOpen: no key fits, or it is not what was sealed there.
        """
        version, _, rest = sealed.partition(".")
        name, _, data = rest.partition(".")
        if version != VERSION:
            raise CannotOpen(f"what is stored for {place} was sealed by no version known here")
        try:
            raw = base64.urlsafe_b64decode(data)
        except ValueError:
            raise CannotOpen(f"what is stored for {place} was changed or moved") from None
        return self.open_bytes(name, raw, place).decode()

    def open_bytes(self, name: str, sealed: bytes, place: str) -> bytes:
        """What `seal_bytes` sealed for that place with the key of this name.

        Raises:
            CannotOpen: no key fits, or it is not what was sealed there.
        """
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise CannotOpen(f"ENCRYPTION_KEYS has no key {name[:16]!r} for {place}")
        try:
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError):
            raise CannotOpen(f"what is stored for {place} was changed or moved") from None


def _name(key: bytes) -> str:
    """Tells keys apart and gives nothing away."""
    return hashlib.sha256(b"switchboard key name" + key).hexdigest()[:12]

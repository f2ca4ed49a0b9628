"""Passwords of operators: argon2id, and the same work whether there is one to compare or not."""

import asyncio
import base64
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MEMORY_KIB = 64 * 1024  # RFC 9106's second recommendation, for servers with little memory
AT_ONCE = 2  # a flood of sign-ins must not take all memory and every core


class Passwords:
    """Hashes and compares, off the event loop."""

    def __init__(self, cost: int) -> None:
        """`cost`: how many times the memory is gone over."""
        self._hasher = PasswordHasher(time_cost=cost, memory_cost=MEMORY_KIB, parallelism=1)
        self._nobodys = _random_hash(cost)
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def hash(self, password: str) -> str:
        """What is stored of a password."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fit(self, stored: str | None, password: str) -> bool:
        """Whether it is the password; without a stored one, False after the same work."""
        async with self._turns:
            return await asyncio.to_thread(self._verify, stored or self._nobodys, password)

    def are_outdated(self, stored: str) -> bool:
        """Whether it was made at another cost than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def _random_hash(cost: int) -> str:
    """A hash that no password has."""
    salt, digest = _text(secrets.token_bytes(16)), _text(secrets.token_bytes(32))
    return f"$argon2id$v=19$m={MEMORY_KIB},t={cost},p=1${salt}${digest}"


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")

"""What a setting's text means, where it is more than a number or a word. Pure functions.

Each raises ValueError with a sentence that names the setting and says what to write.
"""

import base64
import binascii
import ipaddress
import re

from limits import parse
from limits.limits import RateLimitItem

ORIGIN = re.compile(
    r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\]"
)
WEB = re.compile(r"https?://[^\s/@]+(?:/\S*)?", re.IGNORECASE)  # no name and password in it
LOCAL = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?")
KEY_BYTES = 32


def listed(text: str) -> list[str]:
    """The entries of a list with commas.

    >>> listed(" a, b ,")
    ['a', 'b']
    """
    return [entry for entry in map(str.strip, text.split(",")) if entry]


def web_address(text: str) -> str:
    """An API's address, without what stands around it.

    >>> web_address(" http://localhost:11434/v1/ ")
    'http://localhost:11434/v1'
    """
    address = text.strip().rstrip("/")
    if not WEB.fullmatch(address):
        raise ValueError(f"write an address such as https://host/v1, not {address!r}")
    return address


def secret(text: str) -> str:
    """A key, without the line break that files end with. It travels in a header."""
    key = text.strip()
    if not key.isascii() or not key.isprintable():
        raise ValueError("a key has letters without accents, digits and signs; copy it again")
    return key


def rate(text: str) -> RateLimitItem:
    """How often something may happen, such as `60/minute`."""
    try:
        found = parse(text)
    except ValueError:
        found = None
    if found is None or found.amount < 1 or found.multiples < 1:
        raise ValueError(f"write a rate such as 60/minute or 1000/hour, not {text!r}")
    return found


def rate_text(rate: RateLimitItem) -> str:
    """A rate as it is written.

    >>> rate_text(rate("60 per minute")), rate_text(rate("1000/2 hours"))
    ('60/minute', '1000/2 hour')
    """
    several = "" if rate.multiples == 1 else f"{rate.multiples} "
    return f"{rate.amount}/{several}{rate.GRANULARITY.name}"


def origins(text: str) -> frozenset[str]:
    """Web origins as browsers send them: lower case, no path, no slash at the end.

    >>> sorted(origins("https://shop.example, http://localhost:3000"))
    ['http://localhost:3000', 'https://shop.example']
    """
    found = frozenset(listed(text))
    for origin in found:
        if not ORIGIN.fullmatch(origin):
            raise ValueError(
                "CORS_ORIGINS must list origins such as https://shop.example, separated by commas;"
                " `*` is not taken, since any page could then act for whoever visits it"
            )
    return found


def unencrypted(found: frozenset[str]) -> frozenset[str]:
    """Origins whose pages anybody on the way can rewrite; this machine's own are none."""
    return frozenset(o for o in found if o.startswith("http://") and not LOCAL.fullmatch(o))


def networks(text: str) -> list[str]:
    """Addresses and networks of proxies.

    >>> networks("10.0.0.0/8, ::1")
    ['10.0.0.0/8', '::1']
    """
    found = listed(text)
    for entry in found:
        try:
            everybody = ipaddress.ip_network(entry).prefixlen == 0
        except ValueError:
            everybody = True
        if everybody:
            raise ValueError(
                "TRUSTED_PROXIES must list addresses or networks of your proxies, such as"
                f" 10.0.0.0/8, separated by commas; {entry!r} is none"
            )
    return found


def encryption_keys(text: str) -> list[bytes]:
    """The keys, first the one that encrypts."""
    found = []
    for entry in listed(text):
        try:
            key = base64.b64decode(entry, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise ValueError(
                "ENCRYPTION_KEYS must be keys of 32 bytes in base64, separated by commas;"
                " `switchboard encrypt --new-key` prints one"
            )
        found.append(key)
    return found

"""Which web addresses secrets may travel to."""

from urllib.parse import urlsplit

THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def is_private_on_the_way(url: str) -> bool:
    """Whether nobody on the way can read along: https, or a server on this very machine.

    >>> is_private_on_the_way("https://id.example"), is_private_on_the_way("http://id.example")
    (True, False)
    >>> is_private_on_the_way("http://127.0.0.1:9000")
    True
    """
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in THIS_MACHINE)

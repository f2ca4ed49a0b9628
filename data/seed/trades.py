"""What customers of many trades write: for companies that have no examples of their own yet."""

from pathlib import Path
from typing import Any

from data.seed.content import read_yaml

FILE = Path(__file__).parent / "trades.yaml"

Trades = dict[str, dict[str, list[str]]]
"""Messages by trade and by whose they are."""


def read_trades() -> Trades:
    """All of them.

    Raises:
        Invalid: the file is missing or no YAML.
    """
    found: Any = read_yaml(FILE)
    trades: Trades = found
    return trades

"""Where the entries of a YAML file stand, so that a message can name the line."""

from collections.abc import Sequence
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode


class Lines:
    """The lines of one file, which has been read as YAML before."""

    def __init__(self, path: Path) -> None:
        self._root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)

    def of(self, *keys: object) -> int:
        """The line of what these keys and positions lead to, or of as far as they lead.

        Counted from 1; where a merge brought a key in, it is the line it was merged into.
        """
        node, line = self._root, 1
        for key in keys:
            found = _step(node, key)
            if found is None:
                break
            node, line = found
        return line

    def said(self, *keys: object) -> str:
        """The line as the end of a message."""
        return f"(line {self.of(*keys)})"


def _step(node: Node | None, key: object) -> tuple[Node, int] | None:
    """One key deeper, and the line where that begins."""
    if isinstance(node, SequenceNode) and isinstance(key, int):
        items: Sequence[Node] = node.value
        return (items[key], items[key].start_mark.line + 1) if key < len(items) else None
    if isinstance(node, MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return value, name.start_mark.line + 1
    return None

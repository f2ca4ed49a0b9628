"""Requests for other people's things, made from the OpenAPI document: a new route is tried, too."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from server.openapi import PUBLIC
from tests.server.mirror import MARK

Ids = Callable[[str], list[Any]]
"""From an id's name to those of somebody else."""

TEXTS = [MARK.upper(), "alice@example.com", "%", "' OR true --"]


@dataclass(frozen=True, slots=True)
class Probe:
    """A request that names an id; `id` is what may differ in the answers to two of them."""

    method: str
    path: str
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    id: str = ""

    @property
    def name(self) -> str:
        return f"{self.method} {self.path} {self.query} {json.dumps(self.body)}"


@dataclass(frozen=True, slots=True)
class Document:
    """An OpenAPI document, as far as probes look at it."""

    whole: dict[str, Any]

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Method, path and description of everything that asks who is calling."""
        for path, operations in self.whole["paths"].items():
            for method, operation in operations.items():
                if path not in PUBLIC and not path.endswith("_schema"):
                    yield method.upper(), path, operation

    def example(self, operation: dict[str, Any]) -> Any:
        """A body that the operation takes, or None."""
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            return None
        if "example" in content:
            return copy.deepcopy(content["example"])
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        schema = self.whole["components"]["schemas"].get(name, content["schema"])
        return copy.deepcopy(schema["examples"][0])


def nowhere_like(value: Any) -> Any:
    """An id of the same kind that nobody has, and the same one each time."""
    if isinstance(value, int):
        return 987_000_000 + value
    other = uuid5(NAMESPACE_OID, str(value))
    return other if isinstance(value, UUID) else f"nowhere_{other.hex}"


def by_path(document: Document, ids: Ids) -> Iterator[tuple[Probe, Probe]]:
    """For every address with ids in it: somebody else's, and in the same place nobody's."""
    for method, path, operation in document.operations():
        names = re.findall(r"\{(\w+)\}", path)
        if not names:
            continue
        body = document.example(operation)
        candidates = {name: ids(name) for name in names}
        missing = [name for name, found in candidates.items() if not found]
        assert not missing, f"nothing to try for {missing} of {method} {path}"
        for turn in range(max(map(len, candidates.values()))):
            theirs = {n: found[turn % len(found)] for n, found in candidates.items()}
            nobodys = {**theirs, names[-1]: nowhere_like(theirs[names[-1]])}
            yield (
                Probe(method, path.format(**theirs), body=body, id=str(theirs[names[-1]])),
                Probe(method, path.format(**nobodys), body=body, id=str(nobodys[names[-1]])),
            )


def by_query(document: Document, ids: Ids, cursors: list[str]) -> Iterator[Probe]:
    """Every parameter of every list and search, with somebody else's ids, words and cursors."""
    for method, path, operation in document.operations():
        if method != "GET" or "{" in path:
            continue
        for parameter in operation.get("parameters", ()):
            if parameter["in"] != "query" or parameter["name"] == "limit":
                continue
            name = parameter["name"]
            values = cursors if name == "cursor" else [*ids(name), *TEXTS]
            for value in values:
                yield Probe(method, path, {name: str(value)})


def by_body(document: Document, ids: Ids) -> Iterator[tuple[Probe, Probe]]:
    """Every id in every body, and words to search with."""
    for method, path, operation in document.operations():
        example = document.example(operation)
        if "{" in path or not isinstance(example, dict):
            continue
        if "input" in example or "inputs" in example:
            yield from _by_config(method, path, example, ids)
            continue
        for name in {*_names(example), "conversation_id", "customer_id"}:
            for value in ids(name):
                theirs, nobodys = copy.deepcopy(example), copy.deepcopy(example)
                theirs[name], nobodys[name] = _plain(value), _plain(nowhere_like(value))
                yield (
                    Probe(method, path, body=theirs, id=str(value)),
                    Probe(method, path, body=nobodys, id=str(nobodys[name])),
                )


def _by_config(method: str, path: str, body: dict[str, Any], ids: Ids) -> Iterator[Any]:
    """LangServe's config: threads by their names, and by those the checkpointer knows them by."""
    for value in ids("conversation_id"):
        for more in ({}, {"tenant": "mirror", "checkpoint_ns": "", "principal": {"role": "admin"}}):
            pair = []
            for thread in (value, nowhere_like(value)):
                config = {"configurable": {"thread_id": str(thread), **more}}
                pair.append(Probe(method, path, body={**body, "config": config}, id=thread))
            yield tuple(pair)


def _names(example: dict[str, Any]) -> set[str]:
    return {name for name in example if name.endswith("_id")}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


VOLATILE = [
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"), "TOKEN"),
    (re.compile(r"sb_[\w-]{7,}"), "KEY"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)"), "TIME"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}"), "ID"),
    (re.compile(r'"(latency|last_used_at)[^,}]*'), ""),
]


def plain(text: str, an_id: str = "") -> str:
    """An answer without what differs each time, and with the id that was asked for unnamed."""
    if an_id:
        text = re.sub(rf"(?<![\w-]){re.escape(an_id)}(?![\w-])", "ASKED", text)
    for pattern, name in VOLATILE:
        text = pattern.sub(name, text)
    return text.replace("ASKED", "ID") if not an_id.isdigit() else text

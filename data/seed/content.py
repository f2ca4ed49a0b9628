"""Read a tenant's folder of YAML files and say exactly what is wrong with it, before any row.

The files: `tenant.yaml` (one mapping), `plans.yaml` and `canned.yaml` (lists), `records.yaml`
(a mapping of lists).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from yaml.nodes import MappingNode, ScalarNode

from data.db import TENANT_ID
from data.errors import Invalid
from data.records import plain
from data.seed.entries import (
    CannedEntry,
    CustomerEntry,
    Entry,
    IncidentEntry,
    InsightEntry,
    InvoiceEntry,
    LineEntry,
    OrderEntry,
    PlanEntry,
    ProfileEntry,
    SubscriptionEntry,
    TicketEntry,
)
from data.seed.lines import Lines

# In the order in which rows can be inserted: what is referred to comes first.
RECORDS: dict[str, type[Entry]] = {
    "customers": CustomerEntry,
    "orders": OrderEntry,
    "tickets": TicketEntry,
    "invoices": InvoiceEntry,
    "subscriptions": SubscriptionEntry,
    "lines": LineEntry,
    "incidents": IncidentEntry,
    "insights": InsightEntry,
    "profiles": ProfileEntry,
}

# What may not occur twice in a section. An e-mail address counts in any case.
KEYS: dict[str, tuple[str, ...]] = {
    "customers": ("id", "email"),
    "canned responses": ("id", "shortcut"),
    "insights": ("session",),
    "profiles": ("customer_id",),
}


class TenantEntry(BaseModel):
    """Whatever is not id or name becomes the tenant's settings."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str = Field(pattern=f"^{TENANT_ID.pattern}$")
    name: str = Field(min_length=1, max_length=200)

    @property
    def settings(self) -> dict[str, Any]:
        return dict(plain(self.model_extra or {}))


@dataclass(frozen=True, slots=True)
class Section:
    """One list of entries and where it stands, for messages: `northwave/records.yaml: orders`."""

    name: str
    where: str
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Content:
    """A tenant's business as its files have it; what refers to what is checked."""

    tenant: TenantEntry
    sections: tuple[Section, ...]


def read_content(folder: Path) -> Content:
    """Everything of one tenant but its knowledge.

    Raises:
        Invalid: a file is missing, no YAML or not of this form; the message names file and entry.
    """
    tenant = read_tenant(folder)
    plans = read_section(
        folder / "plans.yaml", "plans", PlanEntry, read_yaml(folder / "plans.yaml")
    )
    canned = read_section(
        folder / "canned.yaml", "canned responses", CannedEntry, read_yaml(folder / "canned.yaml")
    )
    records = tuple(_records(folder / "records.yaml"))
    content = Content(tenant, (plans, *records, canned))
    for section in content.sections:
        _no_duplicates(section)
        _no_loose_ends(section, content)
    return content


class OnceLoader(yaml.SafeLoader):
    """Refuses a key that is there twice: a forgotten dash makes one entry of two."""

    def compose_mapping_node(self, anchor: Any) -> MappingNode:
        """A mapping, as written.

        Raises:
            yaml.YAMLError: a key is there twice.
        """
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, ScalarNode):
                if key.value in seen:
                    twice = f"{key.value!r} is there twice; is a dash missing?"
                    raise yaml.MarkedYAMLError(problem=twice, problem_mark=key.start_mark)
                seen.add(key.value)
        return node


def read_yaml(path: Path) -> Any:
    """What a file holds.

    Raises:
        Invalid: there is no such file, or it is no YAML; the message says where.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=OnceLoader)  # noqa: S506
    except FileNotFoundError:
        raise Invalid(name_of(path), "the file is missing; a tenant's folder needs it") from None
    except UnicodeDecodeError:
        raise Invalid(name_of(path), "the file is not UTF-8; save it as UTF-8") from None
    except RecursionError:
        raise Invalid(name_of(path), "lists in lists without end; write it flat") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark else "the file"
        problem = getattr(error, "problem", None) or "no YAML"
        raise Invalid(name_of(path), f"{line} is no YAML ({problem}); correct it there") from None


def name_of(path: Path) -> str:
    """A file as messages name it: with its folder, without what stands above."""
    return f"{path.parent.name}/{path.name}"


def read_tenant(folder: Path) -> TenantEntry:
    """Who the folder's tenant is.

    Raises:
        Invalid: tenant.yaml is missing, no YAML or not of this form.
    """
    path = folder / "tenant.yaml"
    found = read_yaml(path)
    if not isinstance(found, dict):
        raise Invalid(name_of(path), "must be a mapping with id, name and settings")
    try:
        return TenantEntry.model_validate(found)
    except ValidationError as error:
        raise invalid_entry(name_of(path), error, Lines(path).said(*fault_in(error))) from None


def _records(path: Path) -> Iterator[Section]:
    found = read_yaml(path)
    if not isinstance(found, dict):
        raise Invalid(name_of(path), f"must be a mapping of {', '.join(RECORDS)}")
    if unknown := sorted(str(name) for name in found.keys() - RECORDS.keys()):
        raise Invalid(
            f"{name_of(path)}: {unknown[0]}", f"no such section; there are {', '.join(RECORDS)}"
        )
    for name, kind in RECORDS.items():
        yield read_section(path, name, kind, found.get(name))


def read_section(path: Path, name: str, kind: type[Entry], found: Any) -> Section:
    """The entries of a list in a file.

    Raises:
        Invalid: it is no list, or an entry is not of this kind; the message names it.
    """
    inside = (name,) if path.stem == "records" else ()
    where = f"{name_of(path)}: {name}" if inside else name_of(path)
    if not isinstance(found or [], list):
        raise Invalid(where, "must be a list of entries, each starting with a dash")
    entries = []
    for position, item in enumerate(found or [], start=1):
        try:
            entries.append(kind.model_validate(item))
        except ValidationError as error:
            line = Lines(path).said(*inside, position - 1, *fault_in(error))
            here = f"{where}, entry {position}{_called(item)}"
            raise invalid_entry(here, error, line) from None
    return Section(name, where, entries)


def _called(item: Any) -> str:
    """What the author knows the entry by, where it has such a thing."""
    if isinstance(item, dict):
        for key in ("id", "shortcut", "session", "name"):
            if item.get(key) is not None:
                return f" ({key} {str(item[key])[:40]})"
    return ""


def fault_in(error: ValidationError) -> tuple[int | str, ...]:
    """Where in an entry the first problem is."""
    return error.errors(include_url=False, include_input=False, include_context=False)[0]["loc"]


def invalid_entry(where: str, error: ValidationError, line: str) -> Invalid:
    """The first problem, in words for whoever wrote the file; `line` as `Lines.said` has it."""
    return Invalid(where, f"{_problem(error)} {line}")


def _problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    path = ".".join(str(part) for part in first["loc"])
    field = f"{path}: " if path else ""
    match first["type"]:
        case "extra_forbidden":
            return f"{path} is no field of such an entry; remove it"
        case "missing":
            return f"{path} is missing; add it"
        case "tuple_type" | "list_type":
            return f"{path} must be a list; write each entry with a dash"
        case "too_long" if first["msg"].startswith("Value"):  # pydantic does not say: a text
            most = first["msg"].removeprefix("Value ").partition(" items")[0]
            return f"{field}String {most} characters; correct it there"
        case "string_type":
            return (
                f"{field}must be text; put quotes around it, since yes, no, numbers and dates are"
                " no text to YAML, and a colon makes a mapping"
            )
    return f"{field}{first['msg'].removeprefix('Value error, ')}; correct it there"


def _no_duplicates(section: Section) -> None:
    for key in KEYS.get(section.name, ("id",)):
        seen: dict[object, int] = {}
        for position, entry in enumerate(section.entries, start=1):
            value = getattr(entry, key)
            same = value.lower() if key == "email" else value
            if value is not None and same in seen:
                raise Invalid(
                    f"{section.where}, entry {position}",
                    f"{key} {value!r} is that of entry {seen[same]} already; choose another",
                )
            seen[same] = position


def _no_loose_ends(section: Section, content: Content) -> None:
    known = {
        "customer_id": ("customer", _ids(content, "customers")),
        "plan": ("plan", _ids(content, "plans")),
    }
    for position, entry in enumerate(section.entries, start=1):
        for key, (kind, there) in known.items():
            value = getattr(entry, key, None)
            if value is not None and value not in there:
                raise Invalid(
                    f"{section.where}, entry {position}",
                    f"{key} {value!r} is no {kind} of these files; correct it or add the {kind}",
                )


def _ids(content: Content, name: str) -> set[Any]:
    return {
        getattr(entry, "id", None)
        for section in content.sections
        if section.name == name
        for entry in section.entries
    }

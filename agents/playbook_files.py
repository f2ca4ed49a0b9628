"""Read a tenant's playbooks from its YAML file and say exactly what is wrong with one."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agents.playbook import Playbook
from data.errors import Invalid
from data.seed.content import name_of, read_yaml
from tools.registry import OPERATIONS

KNOWLEDGE = "knowledge_search"


def read_playbooks(path: Path) -> list[Playbook]:
    """The playbooks of a file, as they stand there.

    Raises:
        Invalid: the file is missing, no YAML or not of this form, a playbook names a tool that
            there is not, or an intent has two playbooks; the message names file and entry.
    """
    written = read_yaml(path)
    if not isinstance(written or [], list):
        raise Invalid(name_of(path), "must be a list of playbooks, each starting with a dash")
    playbooks = [
        _playbook(f"{name_of(path)}, entry {position}{_called(entry)}", entry)
        for position, entry in enumerate(written or [], start=1)
    ]
    _no_duplicates(name_of(path), playbooks)
    return playbooks


def _playbook(where: str, entry: Any) -> Playbook:
    try:
        playbook = Playbook.model_validate(entry)
    except ValidationError as error:
        raise _invalid(where, error) from None
    for step in playbook.steps:
        _known_tool(where, step.tool, step.given)
    _once(where, "tool", [step.tool for step in playbook.steps])
    _once(where, "name", [*(slot.name for slot in playbook.slots), *playbook.let])
    return playbook


def _known_tool(where: str, tool: str, given: Mapping[str, Any]) -> None:
    if tool == KNOWLEDGE:
        return
    if tool not in OPERATIONS:
        known = ", ".join(sorted({*OPERATIONS, KNOWLEDGE}))
        raise Invalid(where, f"{tool!r} is no tool; there are {known}")
    arguments = OPERATIONS[tool].arguments.model_fields
    for name in given:
        if name not in arguments:
            there = ", ".join(arguments) or "none"
            raise Invalid(where, f"{tool} has no argument {name!r}; it takes {there}")


def _once(where: str, kind: str, names: Sequence[str]) -> None:
    """Results and details go by their names, so each can stand there once."""
    for name in names:
        if names.count(name) > 1:
            raise Invalid(where, f"the {kind} {name!r} is used twice; use it once")


def _no_duplicates(where: str, playbooks: Sequence[Playbook]) -> None:
    names: dict[str, int] = {}
    owners: dict[str, str] = {}
    for position, playbook in enumerate(playbooks, start=1):
        here = f"{where}, entry {position} ({playbook.name})"
        if (first := names.setdefault(playbook.name, position)) != position:
            raise Invalid(here, f"entry {first} has this name already; choose another")
        for intent in playbook.intents:
            owner = owners.setdefault(intent, playbook.name)
            if owner != playbook.name:
                raise Invalid(
                    here, f"the intent {intent!r} is that of {owner!r} already; remove it from one"
                )


def _called(entry: Any) -> str:
    name = entry.get("name") if isinstance(entry, dict) else None
    return f" ({str(name)[:40]})" if name is not None else ""


def _invalid(where: str, error: ValidationError) -> Invalid:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    path = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return Invalid(where, f"{path} is no field of a playbook; remove it")
    if first["type"] == "missing":
        return Invalid(where, f"{path} is missing; add it")
    if first["type"] == "tuple_type":
        return Invalid(where, f"{path} must be a list; write each entry with a dash")
    field = f"{path}: " if path else ""
    return Invalid(where, f"{field}{first['msg'].removeprefix('Value error, ')}; correct it there")

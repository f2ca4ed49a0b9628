"""Read a tenant's playbooks from its YAML file and say exactly what is wrong with one."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agents.playbook import Playbook
from data.errors import Invalid
from data.seed.content import fault_in, invalid_entry, name_of, read_yaml
from data.seed.lines import Lines
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
        _located(path, position, entry) for position, entry in enumerate(written or [], start=1)
    ]
    _no_duplicates(path, playbooks)
    _only_known_intents(path, playbooks)
    return playbooks


def _located(path: Path, position: int, entry: Any) -> Playbook:
    where = f"{name_of(path)}, entry {position}{_called(entry)}"
    try:
        playbook = Playbook.model_validate(entry)
    except ValidationError as error:
        line = Lines(path).said(position - 1, *fault_in(error))
        raise invalid_entry(where, error, line) from None
    for number, step in enumerate(playbook.steps):
        if wrong := _tool_fault(step.tool, step.given):
            raise Invalid(where, f"{wrong} {Lines(path).said(position - 1, 'steps', number)}")
    names = [*(slot.name for slot in playbook.slots), *playbook.let]
    tools = [step.tool for step in playbook.steps]
    if wrong := _used_twice("tool", tools) or _used_twice("name", names):
        raise Invalid(where, f"{wrong} {Lines(path).said(position - 1)}")
    return playbook


def _tool_fault(tool: str, given: Mapping[str, Any]) -> str | None:
    if tool == KNOWLEDGE:
        return None
    if tool not in OPERATIONS:
        known = ", ".join(sorted({*OPERATIONS, KNOWLEDGE}))
        return f"{tool!r} is no tool; there are {known}"
    arguments = OPERATIONS[tool].arguments.model_fields
    for name in given:
        if name not in arguments:
            there = ", ".join(arguments) or "none"
            return f"{tool} has no argument {name!r}; it takes {there}"
    return None


def _used_twice(kind: str, names: Sequence[str]) -> str | None:
    """Results and details go by their names, so each can stand there once."""
    for name in names:
        if names.count(name) > 1:
            return f"the {kind} {name!r} is used twice; use it once"
    return None


def _no_duplicates(path: Path, playbooks: Sequence[Playbook]) -> None:
    names: dict[str, int] = {}
    owners: dict[str, str] = {}
    for position, playbook in enumerate(playbooks, start=1):
        here = f"{name_of(path)}, entry {position} ({playbook.name})"
        if (first := names.setdefault(playbook.name, position)) != position:
            line = Lines(path).said(position - 1)
            raise Invalid(here, f"entry {first} has this name already; choose another {line}")
        for intent in playbook.intents:
            owner = owners.setdefault(intent, playbook.name)
            if owner != playbook.name:
                line = Lines(path).said(position - 1)
                raise Invalid(
                    here,
                    f"the intent {intent!r} is that of {owner!r} already; remove it from one"
                    f" {line}",
                )


def _only_known_intents(path: Path, playbooks: Sequence[Playbook]) -> None:
    """`leads_to` names the intent of another playbook."""
    there = {intent for playbook in playbooks for intent in playbook.intents}
    for position, playbook in enumerate(playbooks, start=1):
        for intent in playbook.leads_to:
            if intent not in there:
                line = Lines(path).said(position - 1, "leads_to", intent)
                raise Invalid(
                    f"{name_of(path)}, entry {position} ({playbook.name})",
                    f"leads_to: no playbook has the intent {intent!r}; correct it or add one"
                    f" {line}",
                )


def _called(entry: Any) -> str:
    name = entry.get("name") if isinstance(entry, dict) else None
    return f" ({str(name)[:40]})" if name is not None else ""

"""Labelled messages of files into a tenant's intents, and out again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pydantic import AliasChoices, BaseModel, Field, ValidationError

from data import intents
from data.errors import Invalid
from data.intents import Example, Intent
from data.seed.content import read_section, read_yaml
from data.seed.knowledge import IntentEntry, Message, Name
from server.settings import Settings
from server.tenancy import as_tenant
from tools.intents import label

YAML = (".yaml", ".yml")


class LabelledLine(BaseModel):
    """A line of a file; other keys are left alone."""

    intent: Name = Field(validation_alias=AliasChoices("intent", "route"))
    content: Message = Field(validation_alias=AliasChoices("content", "text"))


@dataclass(frozen=True, slots=True)
class Labelled:
    """`intents` are defined, or redefined, by the file; examples may be of others."""

    intents: tuple[Intent, ...]
    examples: tuple[tuple[str, str], ...]


def read_labelled(file: Path) -> Labelled:
    """A YAML file of intents with their examples, or a line of JSON for each message.

    Raises:
        Invalid: it is neither; the entry or line is named.
    """
    if file.suffix in YAML:
        found = read_section(file, file.stem, IntentEntry, read_yaml(file)).entries
        entries = cast("Sequence[IntentEntry]", found)
        examples = [(entry.name, text) for entry in entries for text in entry.examples]
        return Labelled(tuple(entry.intent for entry in entries), tuple(examples))
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise Invalid(str(file), "the file is not UTF-8; save it as UTF-8") from None
    examples = [_line(file, n, line) for n, line in enumerate(lines, start=1) if line.strip()]
    if not examples:
        raise Invalid(str(file), "holds no labelled message")
    return Labelled((), tuple(examples))


def _line(file: Path, number: int, line: str) -> tuple[str, str]:
    try:
        read = LabelledLine.model_validate_json(line)
    except ValidationError as error:
        wanted = 'needs an "intent" and a "content" of at most 1000 characters'
        raise Invalid(f"{file}, line {number}", wanted) from error
    return read.intent, read.content


async def add_labelled(settings: Settings, tenant: str, labelled: Labelled) -> int:
    """Put all of it into the tenant's intents, or nothing; how many messages there were.

    Raises:
        Invalid: there is no such tenant, or an intent that is neither the tenant's nor a route.
    """
    async with as_tenant(settings, tenant) as db:
        await intents.put_intents(db, tenant, labelled.intents)
        for intent, content in labelled.examples:
            await label(db, tenant, intent, content)
    return len(labelled.examples)


async def remove_labelled(settings: Settings, tenant: str, ids: Sequence[int]) -> None:
    """Take examples away, all or none of them.

    Raises:
        NotFound: the tenant has no example of such a number.
    """
    async with as_tenant(settings, tenant) as db:
        for number in ids:
            await intents.delete_example(db, tenant, number)


async def list_labelled(settings: Settings, tenant: str, intent: str | None) -> list[Example]:
    """The tenant's examples by intent."""
    async with as_tenant(settings, tenant) as db:
        return await intents.list_examples(db, tenant, intent=intent)

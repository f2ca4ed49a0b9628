"""A company's curated answers as one file that is edited, put in its place, and taken out again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import yaml

from data import curated, intents
from data.curated import CuratedAnswer
from data.errors import Invalid
from data.records import plain
from data.seed.knowledge import read_curated, refuse_unknown_intents
from server.settings import Settings
from server.tenancy import as_tenant

PLACE = ("specialist", "name")
HEAD = """\
# Curated answers: what is said, by which words it is asked for, and for which intents (none: any).
# Edit, then: switchboard curated load THIS_FILE
"""


class Blocks(yaml.SafeDumper):
    """Writes a text of several lines as such, not with its line breaks escaped."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        """A text, as people write it."""
        node = super().represent_str(data)
        if "\n" in data:
            node.style = "|"
        return node


Blocks.add_representer(str, Blocks.represent_str)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a file changes. `changed` holds each answer as it was and as it will be."""

    added: tuple[CuratedAnswer, ...]
    changed: tuple[tuple[CuratedAnswer, CuratedAnswer], ...]
    gone: tuple[CuratedAnswer, ...]
    same: int

    def __str__(self) -> str:
        counts = f"{len(self.added)} added, {len(self.changed)} changed"
        return f"{counts}, {len(self.gone)} taken away, {self.same} the same"


def difference(
    stored: Sequence[CuratedAnswer], wanted: Sequence[CuratedAnswer], *, prune: bool
) -> Difference:
    """What has to be done; with `prune`, answers that are not wanted go."""
    there = {_place(answer): answer for answer in stored}
    asked = {_place(answer) for answer in wanted}
    both = [(there[_place(a)], a) for a in wanted if _place(a) in there]
    return Difference(
        added=tuple(a for a in wanted if _place(a) not in there),
        changed=tuple((before, after) for before, after in both if before != after),
        gone=tuple(a for a in stored if prune and _place(a) not in asked),
        same=sum(before == after for before, after in both),
    )


def lines_of(told: Difference) -> Iterator[str]:
    """The difference for people: a line for each answer, and below it what changes."""
    for answer in told.added:
        yield f"+ {_place(answer)}"
    for before, after in told.changed:
        yield f"~ {_place(after)}"
        for field in fields(CuratedAnswer):
            yield from _changes(field.name, getattr(before, field.name), getattr(after, field.name))
    for answer in told.gone:
        yield f"- {_place(answer)}"


def _changes(field: str, before: object, after: object) -> Iterator[str]:
    if before == after:
        return
    old, new = (one if isinstance(one, list) else [one] for one in (before, after))
    yield from (f"    {field} - {item}" for item in old if item not in new)
    yield from (f"    {field} + {item}" for item in new if item not in old)


async def load_curated(
    settings: Settings, tenant: str, file: Path, *, prune: bool, dry_run: bool
) -> Difference:
    """Put all answers of a file in their places, or none; servers know within a moment.

    Args:
        settings: where the database is.
        tenant: whose answers.
        file: YAML, as `export_curated` writes it.
        prune: answers that the file does not have are taken away.
        dry_run: only say what would change.

    Raises:
        Invalid: the file cannot be used, and says where; or there is no such tenant.
    """
    entries = read_curated(file)
    if not entries:
        raise Invalid(str(file), "holds no answer; `switchboard curated remove` takes one away")
    async with as_tenant(settings, tenant) as db:
        known = {intent.name for intent in await intents.list_intents(db, tenant)}
        refuse_unknown_intents(file, entries, known)
        wanted = [entry.answer for entry in entries]
        told = difference(await curated.list_curated(db, tenant), wanted, prune=prune)
        if not dry_run:
            await curated.put_curated(db, tenant, wanted)
            for answer in told.gone:
                await curated.delete_curated(db, tenant, answer.specialist, answer.name)
    return told


async def export_curated(settings: Settings, tenant: str) -> str:
    """The tenant's answers as a file that `load_curated` takes.

    Raises:
        Invalid: there is no such tenant.
    """
    async with as_tenant(settings, tenant) as db:
        stored = await curated.list_curated(db, tenant)
    entries = [plain(answer) for answer in stored]
    return HEAD + yaml.dump(entries, Dumper=Blocks, sort_keys=False, allow_unicode=True, width=100)


async def remove_curated(settings: Settings, tenant: str, places: Sequence[str]) -> None:
    """Take answers away by specialist and name (`general/opening_hours`), all or none of them.

    Raises:
        Invalid: there is no such tenant.
        NotFound: the tenant has no such answer.
    """
    async with as_tenant(settings, tenant) as db:
        for place in places:
            specialist, _, name = place.partition("/")
            await curated.delete_curated(db, tenant, specialist, name)


def _place(answer: CuratedAnswer) -> str:
    return "/".join(getattr(answer, part) for part in PLACE)

"""Read what a tenant's folder says about knowledge: articles, curated answers, intents.

`intents.yaml` and `curated.yaml` are lists of entries; an article is a Markdown file in
`articles/` that begins with its title, specialist and category between two lines of dashes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.curated import CuratedAnswer
from data.errors import Invalid
from data.intents import Intent
from data.seed.content import fault_in, invalid_entry, name_of, read_section, read_yaml
from data.seed.entries import Entry, Word
from data.seed.lines import Lines
from data.texts import Text

Phrase = Annotated[Text, Field(max_length=100)]
Message = Annotated[Text, Field(max_length=1000)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]

Keys = tuple[int | str, ...]

FENCE = "---"


class IntentEntry(Entry):
    name: Name
    specialist: Name
    account: bool = False
    description: Annotated[str, Field(max_length=1000)] = ""
    keywords: tuple[Phrase, ...] = ()
    examples: tuple[Message, ...] = ()

    @property
    def intent(self) -> Intent:
        return Intent(
            self.name, self.specialist, self.account, self.description, list(self.keywords)
        )


class AnswerEntry(Entry):
    """What is said, and when. It serves the listed intents only; none listed: any."""

    keywords: Annotated[list[Phrase], Field(max_length=50, default_factory=list)]
    response: Annotated[Text, Field(max_length=4000)]
    confidence: Annotated[float, Field(ge=0, le=1, strict=True)] = 0.9
    intents: Annotated[list[Name], Field(max_length=50, default_factory=list)]


class CuratedEntry(AnswerEntry):
    specialist: Name
    name: Name

    @property
    def answer(self) -> CuratedAnswer:
        return CuratedAnswer(
            specialist=self.specialist,
            name=self.name,
            intents=self.intents,
            keywords=self.keywords,
            response=self.response,
            confidence=self.confidence,
        )


class FrontMatter(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    title: Word
    specialist: Name | None = None
    category: Word | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """`source` is its path without the ending, such as `articles/billing/refund-policy`."""

    source: str
    front: FrontMatter
    content: str


@dataclass(frozen=True, slots=True)
class KnowledgeFiles:
    """A tenant's knowledge; what refers to what is checked."""

    intents: tuple[IntentEntry, ...]
    curated: tuple[CuratedEntry, ...]
    articles: tuple[Article, ...]


def read_knowledge(folder: Path) -> KnowledgeFiles:
    """Everything, or nothing.

    Raises:
        Invalid: a file is missing or not of this form; the message names file and entry.
    """
    intents: Sequence[Any] = _entries(folder / "intents.yaml", IntentEntry)
    curated = read_curated(folder / "curated.yaml")
    articles = tuple(_article(path, folder) for path in sorted(folder.glob("articles/**/*.md")))
    files = KnowledgeFiles(tuple(intents), curated, articles)
    _refuse_duplicates(
        folder / "intents.yaml", "name", [((i,), e.name) for i, e in enumerate(intents)]
    )
    _refuse_duplicates(
        folder / "intents.yaml",
        "example",
        [((i, "examples", j), x) for i, e in enumerate(intents) for j, x in enumerate(e.examples)],
    )
    refuse_unknown_intents(folder / "curated.yaml", curated, {i.name for i in intents})
    return files


def read_curated(path: Path) -> tuple[CuratedEntry, ...]:
    """The curated answers of a file.

    Raises:
        Invalid: it is missing or not of this form; the message names file, entry and line.
    """
    entries: Sequence[Any] = _entries(path, CuratedEntry)
    places = [((i,), f"{e.specialist}/{e.name}") for i, e in enumerate(entries)]
    _refuse_duplicates(path, "name", places)
    return tuple(entries)


def _entries(path: Path, kind: type[Entry]) -> Sequence[Entry]:
    return read_section(path, path.stem, kind, read_yaml(path)).entries


def _article(path: Path, folder: Path) -> Article:
    where = name_of(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(where, "the file is not UTF-8; save it as UTF-8") from None
    opening, _, rest = text.partition("\n")
    head, fence, content = rest.partition(f"\n{FENCE}\n")
    if opening.strip() != FENCE or not fence:
        raise Invalid(where, "must begin with title, specialist and category between lines of ---")
    try:
        front = FrontMatter.model_validate(yaml.safe_load(head))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 2})" if mark else ""
        raise Invalid(
            where, f"what stands between the lines of --- is no YAML; correct it there{line}"
        ) from None
    except ValidationError as error:
        raise invalid_entry(where, error, _line_in(head, fault_in(error))) from None
    if not content.strip():
        raise Invalid(where, "the article has no text after its head; write it")
    return Article(path.relative_to(folder).with_suffix("").as_posix(), front, content)


def _line_in(head: str, fault: tuple[int | str, ...]) -> str:
    """The line of a field of an article's head; the first one where it is not there."""
    rows = enumerate(head.splitlines(), start=2)
    found = (n for n, row in rows if fault and row.startswith(f"{fault[0]}:"))
    return f"(line {next(found, 1)})"


def _refuse_duplicates(path: Path, what: str, values: Sequence[tuple[Keys, str]]) -> None:
    seen: set[str] = set()
    for keys, value in values:
        if value in seen:
            line = Lines(path).said(*keys)
            raise Invalid(
                name_of(path), f"the {what} {value[:80]!r} occurs twice; remove one {line}"
            )
        seen.add(value)


def refuse_unknown_intents(
    path: Path, curated: Sequence[CuratedEntry], known: Collection[str]
) -> None:
    """See that the answers of a file serve intents that there are.

    Raises:
        Invalid: one does not; the message names entry and line.
    """
    for position, entry in enumerate(curated):
        for number, name in enumerate(entry.intents):
            if name not in known:
                line = Lines(path).said(position, "intents", number)
                raise Invalid(
                    f"{name_of(path)}, entry {entry.name}",
                    f"{name!r} is no intent; correct it, leave it out or add the intent {line}",
                )

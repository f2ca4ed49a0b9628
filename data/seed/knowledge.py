"""Read what a tenant's folder says about knowledge: articles, curated answers, intents.

`intents.yaml` and `curated.yaml` are lists of entries; an article is a Markdown file in
`articles/` that begins with its title, specialist and category between two lines of dashes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.curated import CuratedAnswer
from data.errors import Invalid
from data.intents import Intent
from data.seed.content import invalid_entry, name_of, read_section, read_yaml
from data.seed.entries import Entry, Prose, Share, Word

Phrase = Annotated[str, Field(min_length=1, max_length=100)]
Message = Annotated[str, Field(min_length=1, max_length=1000)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]

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


class CuratedEntry(Entry):
    specialist: Name
    name: Name
    intents: tuple[Name, ...] = ()
    keywords: tuple[Phrase, ...] = ()
    response: Prose
    confidence: Share

    @property
    def answer(self) -> CuratedAnswer:
        return CuratedAnswer(
            specialist=self.specialist,
            name=self.name,
            intents=list(self.intents),
            keywords=list(self.keywords),
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
    curated: Sequence[Any] = _entries(folder / "curated.yaml", CuratedEntry)
    articles = tuple(_article(path, folder) for path in sorted(folder.glob("articles/**/*.md")))
    files = KnowledgeFiles(tuple(intents), tuple(curated), articles)
    _refuse_duplicates(folder / "intents.yaml", "name", (i.name for i in intents))
    _refuse_duplicates(folder / "intents.yaml", "example", (e for i in intents for e in i.examples))
    _refuse_duplicates(
        folder / "curated.yaml", "name", (f"{c.specialist}/{c.name}" for c in curated)
    )
    known = {i.name for i in intents}
    for entry in curated:
        for name in entry.intents:
            if name not in known:
                raise Invalid(
                    f"{name_of(folder / 'curated.yaml')}, entry {entry.name}",
                    f"{name!r} is no intent of intents.yaml; correct it or add the intent",
                )
    return files


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
    except yaml.YAMLError:
        raise Invalid(where, "what stands between the lines of --- is no YAML") from None
    except ValidationError as error:
        raise invalid_entry(where, error) from None
    if not content.strip():
        raise Invalid(where, "the article has no text after its head; write it")
    return Article(path.relative_to(folder).with_suffix("").as_posix(), front, content)


def _refuse_duplicates(path: Path, what: str, values: Iterator[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise Invalid(name_of(path), f"the {what} {value[:80]!r} occurs twice; remove one")
        seen.add(value)

"""Files on their way into the knowledge base: one, a folder of them, or a line of JSON for each."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from data.errors import Invalid, SwitchboardError, TooLarge
from retrievers.chunk import MOST_CHARS, Format, readable
from retrievers.ingest import Form, Upload

FORMS: dict[str, Form] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".pdf": "pdf",
}
LINES = ".jsonl"
MOST_BYTES = 4 * MOST_CHARS  # no letter takes more in UTF-8
MOST_PDF_BYTES = 25 * 1024 * 1024  # with its pictures; as much as may be uploaded
FENCE = "---"

_TITLES: dict[Form, re.Pattern[str]] = {
    "markdown": re.compile(r"^#[ \t]+(?P<title>\S[^\n]*)", re.MULTILINE),
    "html": re.compile(r"<(?:title|h1)\b[^<>]*>(?P<title>[^<]+)<", re.IGNORECASE),
}

Word = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


@dataclass(frozen=True, slots=True)
class Problem:
    """What cannot be ingested: `where` is a file, and a line where there is one."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sources:
    """`others` counts the files of a folder that are no documents."""

    uploads: tuple[Upload, ...]
    problems: tuple[Problem, ...]
    others: int


class Head(BaseModel):
    """What may stand above a document between lines of dashes; whatever else does is not read."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)

    title: Word | None = None
    specialist: Name | None = None
    category: Word | None = None


class Line(Head):
    """A document as a line of JSON."""

    source: Word = Field(validation_alias=AliasChoices("source", "id"))
    content: str = Field(validation_alias=AliasChoices("content", "text"))
    title: Annotated[str, Field(max_length=200)] | None = None
    format: Format = "markdown"


def read_sources(path: Path) -> Sources:
    """The documents of a file or folder, and what is wrong with the others.

    A document is named by its path below `path`, so that the same folder again replaces it.

    Raises:
        Invalid: there is no such file or folder, or the file is of no kind that can be read.
    """
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file() and not _hidden(p, path))
        known = [p for p in files if p.suffix.lower() in {*FORMS, LINES}]
        found = [each for file in known for each in _read(file, file.relative_to(path).as_posix())]
        return _sorted_out(found, len(files) - len(known))
    if not path.is_file():
        raise Invalid(str(path), "there is no such file or folder")
    if path.suffix.lower() not in {*FORMS, LINES}:
        raise Invalid(str(path), f"must end in one of {', '.join((*FORMS, LINES))}; convert it")
    return _sorted_out(list(_read(path, path.name)), 0)


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _sorted_out(found: list[tuple[str, Upload | Problem]], others: int) -> Sources:
    uploads: dict[str, Upload] = {}
    problems: list[Problem] = []
    for where, each in found:
        if isinstance(each, Problem):
            problems.append(each)
        elif each.source in uploads:
            problems.append(Problem(where, f"{each.source!r} occurs twice; rename one"))
        else:
            uploads[each.source] = each
    return Sources(tuple(uploads.values()), tuple(problems), others)


def _read(path: Path, name: str) -> Iterator[tuple[str, Upload | Problem]]:
    """Whatever the file holds, each with the place where it stands."""
    try:
        if path.suffix.lower() == LINES:
            yield from _lines(path, name)
        else:
            yield name, _document(path, name)
    except SwitchboardError as error:
        yield name, Problem(name, str(error))
    except OSError as error:
        yield name, Problem(name, f"cannot be read: {error.strerror or error}")


def _document(path: Path, name: str) -> Upload:
    form = FORMS[path.suffix.lower()]
    most = MOST_PDF_BYTES if form == "pdf" else MOST_BYTES
    if path.stat().st_size > most:
        raise TooLarge(f"larger than {most:,} bytes; cut it into several documents")
    if form == "pdf":
        return Upload(name, _title_from(path.stem), path.read_bytes(), form)
    head, text = split_head(readable(path.read_bytes()))
    return Upload(
        source=name,
        title=head.title or title_of(text, form) or _title_from(path.stem),
        content=text,
        form=form,
        specialist=head.specialist,
        category=head.category,
    )


def split_head(text: str) -> tuple[Head, str]:
    """What stands between lines of dashes at the top, and the text below; mostly there is none.

    Raises:
        Invalid: it is no YAML, or a value cannot be used.
    """
    opening, _, rest = text.partition("\n")
    above, fence, below = rest.partition(f"\n{FENCE}\n")
    if opening.strip() != FENCE or not fence:
        return Head(), text
    try:
        values = yaml.safe_load(above)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Invalid(
            f"line {mark.line + 2}" if mark else "head",
            "what stands between the lines of --- is no YAML; correct it",
        ) from None
    if not isinstance(values, dict):  # two rules with a paragraph between them
        return Head(), text
    return _valid(Head, values), below


def title_of(text: str, form: Form) -> str | None:
    r"""The document's own title; None where it has none.

    >>> title_of("Hello.\n# Fees #\n", "markdown"), title_of("<H1 id=a>A &amp; B</H1>", "html")
    ('Fees', 'A & B')
    """
    found = _TITLES[form].search(text) if form in _TITLES else None
    if found is None:
        return None
    title = html.unescape(found["title"]) if form == "html" else found["title"].rstrip("# \t")
    return " ".join(title.split())[:200] or None


def _title_from(stem: str) -> str:
    words = re.sub(r"[-_\s]+", " ", stem).strip()
    return words[:1].upper() + words[1:200]


def _lines(path: Path, name: str) -> Iterator[tuple[str, Upload | Problem]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            where = f"{name}:{number}"
            if not line.strip():
                continue
            try:
                yield where, _upload(line)
            except SwitchboardError as error:
                yield where, Problem(where, str(error))


def _upload(line: bytes) -> Upload:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise Invalid("line", 'is no JSON; write {"source": …, "title": …, "content": …}') from None
    read: Line = _valid(Line, value)
    return Upload(
        source=read.source,
        title=read.title or title_of(read.content, read.format) or read.source,
        content=readable(read.content),
        form=read.format,
        specialist=read.specialist,
        category=read.category,
    )


def _valid(kind: type[Any], value: Any) -> Any:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "line"
        raise Invalid(where, f"{first['msg'][:1].lower()}{first['msg'][1:]}") from None

"""Scripted conversations as their files have them. `datasets/conversations/README.md` says how.

What a file gets wrong is refused when it is read, with file, line and what to do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from data.business import TABLES
from data.errors import Invalid
from data.seed.content import read_yaml
from data.seed.load import SEED_FOLDERS
from evals.facts import OneOf, Words, read_choices
from tools.registry import OPERATIONS

FOLDER = Path(__file__).parent / "datasets" / "conversations"
VISITOR = "visitor"
TOOLS = frozenset({*OPERATIONS, "knowledge_search"})


def _tools(value: Any) -> tuple[tuple[str, ...], ...]:
    choices = read_choices(value)
    names = [[f.text if isinstance(f, Words) else "" for f in choice] for choice in choices]
    for name in (name for choice in names for name in choice):
        if name not in TOOLS:
            raise ValueError(f"there is no tool {name!r}; choose of {', '.join(sorted(TOOLS))}")
    return tuple(map(tuple, names))


def _table(value: Any) -> Any:
    if value not in TABLES:
        raise ValueError(f"there is no table {value!r}; choose of {', '.join(TABLES)}")
    return value


def _reasons(value: Any) -> Any:
    """`no`, `yes`, `any`, or reasons."""
    if isinstance(value, bool) or value == "any":
        return value
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise ValueError("must be no, yes, any, or the reasons people take over for")


def _values(value: Any) -> Any:
    """Patterns are checked; everything else is compared as it is."""
    if not isinstance(value, dict):
        raise ValueError(  # noqa: TRY004  # pydantic reports these
            "must be a mapping of columns, such as {status: resolved}"
        )
    for item in value.values():
        texts = [each for each in (item if isinstance(item, list) else [item]) if each]
        read_choices([each for each in texts if isinstance(each, str)])
    return value


Choices = Annotated[tuple[OneOf, ...], BeforeValidator(read_choices)]
Tools = Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_tools)]
Handoff = Annotated[bool | Literal["any"] | tuple[str, ...], BeforeValidator(_reasons)]
Table = Annotated[str, BeforeValidator(_table)]


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Expected(Form):
    """What one turn, or the whole conversation, has to come to. Empty: anything goes."""

    tools: Tools = ()
    not_tools: Tools = ()
    facts: Choices = ()
    not_facts: Choices = ()
    sources: Choices = ()


class Turn(Expected):
    says: Annotated[str, Field(min_length=1, max_length=4000)]
    handoff: Handoff | None = None
    answered_by: Literal["knowledge", "tools", "model", "human"] | None = None


class RowChange(Form):
    """A difference that the conversation makes. `columns` are those that matter."""

    created: Table | None = None
    changed: Table | None = None
    id: int | str | None = None
    columns: Annotated[dict[str, Any], BeforeValidator(_values), Field(alias="with")] = {}
    optional: bool = False

    @property
    def table(self) -> str:
        return self.created or self.changed or ""


def _rows(value: Any) -> Any:
    for item in value if isinstance(value, list) else []:
        if isinstance(item, dict) and ("created" in item) == ("changed" in item):
            raise ValueError("each row says either `created: TABLE` or `changed: TABLE`")
    return value


class End(Expected):
    handoff: Handoff = False
    rows: Annotated[tuple[RowChange, ...], BeforeValidator(_rows)] = ()


class Script(Form):
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{3,80}$")]
    who: str
    about: str = ""
    turns: Annotated[tuple[Turn, ...], Field(min_length=2, max_length=12)]
    end: End = End()


class File(Form):
    tenant: str
    conversations: Annotated[tuple[Script, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A script with what its names stand for. `customer` is None for a visitor."""

    tenant: str
    customer: int | None
    where: str
    script: Script

    @property
    def name(self) -> str:
        return self.script.name


def read_conversations(folder: Path) -> list[Conversation]:
    """Every conversation of a folder's files, in their order.

    Raises:
        Invalid: a file is not of this form; the message names file and line and says what to do.
    """
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise Invalid(str(folder), "holds no conversations; it needs at least one .yaml file")
    found = [each for path in paths for each in read_file(path)]
    seen: dict[str, str] = {}
    for each in found:
        if each.name in seen:
            raise Invalid(each.where, f"{each.name} is at {seen[each.name]} already; rename one")
        seen[each.name] = each.where
    return found


def read_file(path: Path) -> Iterator[Conversation]:
    """The conversations of one file.

    Raises:
        Invalid: as `read_conversations` has it.
    """
    content = read_yaml(path)
    root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    try:
        file = File.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise Invalid(f"{path.name}:{_line(root, first['loc'])}", _advice(first)) from None
    tenant, customers = _company(f"{path.name}:{_line(root, ['tenant'])}", file.tenant)
    for position, script in enumerate(file.conversations):
        where = f"{path.name}:{_line(root, ['conversations', position])}"
        if script.who != VISITOR and script.who not in customers:
            known = ", ".join([*customers, VISITOR])
            raise Invalid(where, f"nobody is called {script.who!r}; `who` is one of {known}")
        yield Conversation(tenant, customers.get(script.who), where, script)


def _company(where: str, folder: str) -> tuple[str, dict[str, int]]:
    """A demo company's id, and its customers' ids by first name."""
    folders = {each.name: each for each in SEED_FOLDERS}
    if folder not in folders:
        raise Invalid(where, f"there is no company {folder!r}; choose of {', '.join(folders)}")
    tenant = str(read_yaml(folders[folder] / "tenant.yaml")["id"])
    customers = read_yaml(folders[folder] / "records.yaml")["customers"]
    return tenant, {each["name"].split()[0].lower(): each["id"] for each in customers}


def _advice(problem: ErrorDetails) -> str:
    where = ".".join(str(part) for part in problem["loc"] if not isinstance(part, int))
    if problem["type"] == "extra_forbidden":
        return f"{where} is no field here; remove it or correct its name"
    if problem["type"] == "missing":
        return f"{where} is missing; add it"
    if problem["type"] == "string_type":
        return f"{where} must be text; put it in quotes"  # yes, no and 2 are no text in YAML
    return f"{where}: {problem['msg'].removeprefix('Value error, ')}; correct it there"


def _line(root: yaml.Node | None, path: Sequence[object]) -> int:
    """Where in its file something stands; as near as it can be found."""
    line = 0
    for part in path:
        match root, part:
            case yaml.SequenceNode(), int():
                root = root.value[part]
                line = root.start_mark.line
            case yaml.MappingNode(), str():
                found = [(key, value) for key, value in root.value if key.value == part]
                if not found:
                    break
                line, root = found[0][0].start_mark.line, found[0][1]
            case _:
                break
    return line + 1

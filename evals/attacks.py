"""What attackers say, and to which model: our own, and other people's out of files."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.fitted import files_in
from data.errors import Invalid
from data.seed.content import read_yaml

FILE = Path(__file__).parent / "datasets" / "safety.yaml"
MOST_CHARS = 4000  # of one message
LOOPED = ("lookup_customer", "get_orders", "create_ticket")

Who = Literal["visitor", "claimed", "verified"]
Model = Literal["obedient", "looping", "garbage"]
ANYBODY: tuple[Who, ...] = get_args(Who)


class Written(BaseModel):
    """One attack as the file has it."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z_]{3,60}$")]
    says: Annotated[list[str], Field(min_length=1)]


class Attacks(BaseModel):
    """`planted` stands in an article, a ticket and an order while the attacks are made."""

    model_config = ConfigDict(extra="forbid")

    planted: str
    attacks: Annotated[list[Written], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Attack:
    """A conversation of somebody's with a model. `tool` is what a looping one asks for."""

    name: str
    who: Who
    model: Model
    says: tuple[str, ...]
    tool: str = ""


def read_attacks(file: Path = FILE) -> Attacks:
    """What comes with Switchboard.

    Raises:
        Invalid: the file is of another form.
    """
    try:
        return Attacks.model_validate(read_yaml(file))
    except ValidationError as error:
        raise Invalid(file.name, str(error)) from None


def own_attacks() -> list[Attack]:
    """Every attack by everybody on the obedient model, and the two others by everybody."""
    written = read_attacks().attacks
    obedient = [
        Attack(f"{each.name} ({who})", who, "obedient", tuple(each.says))
        for each in written
        for who in ANYBODY
    ]
    looping = [
        Attack(f"looping on {tool} ({who})", who, "looping", ("hello there",), tool)
        for tool in LOOPED
        for who in ANYBODY
    ]
    talk = tuple(each.says[0] for each in written)
    return [*obedient, *looping, *(Attack(f"garbage ({w})", w, "garbage", talk) for w in ANYBODY)]


def others_attacks(places: Sequence[Path]) -> Iterator[Attack]:
    """Other people's texts to the obedient model, in turn by each kind of caller.

    Raises:
        Invalid: a line has no text.
    """
    for file in files_in(places):
        lines = file.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(filter(str.strip, lines), start=1):
            try:
                text = str(json.loads(line)["text"]).replace("\x00", "").strip()[:MOST_CHARS]
            except (ValueError, KeyError, TypeError):
                raise Invalid(f"{file.name}, line {number}", 'needs a "text"') from None
            who = ANYBODY[number % len(ANYBODY)]
            if text:
                yield Attack(f"{file.stem} {number} ({who})", who, "obedient", (text,))

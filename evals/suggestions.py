"""What operators are offered: three replies in order, about this customer's matter, and kind.

The offline engine or the configured model plays the conversation; then the co-pilot is asked.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from agents.phrases import phrase
from agents.suggest import MOST, Suggestion
from data.errors import Invalid
from data.scope import Role, Scope
from data.seed.content import read_yaml
from evals.bench import TENANTS, Bench
from evals.callers import Who, caller
from evals.facts import Known, OneOf, holds, read_choices, shown
from evals.playing import PATIENCE_S, read_snapshot, say, undo
from evals.suite import Measured, Outcome, Step, Suite

CASES = Path(__file__).parent / "datasets" / "suggestions.yaml"

Themes = Annotated[tuple[OneOf, ...], BeforeValidator(read_choices)]


class Scenario(BaseModel):
    """A conversation that ends with people, and what they have to be offered."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    name: str
    who: Who
    says: Annotated[list[str], Field(min_length=1)]
    first: Themes = ()
    any: Themes = ()
    never: Themes = ()
    sorry: Literal["yes", "no", "any"] = "any"


def read_cases(file: Path = CASES) -> list[Scenario]:
    """The scenarios.

    Raises:
        Invalid: the file is of another form.
    """
    try:
        return TypeAdapter(list[Scenario]).validate_python(read_yaml(file))
    except ValidationError as error:
        raise Invalid(file.name, str(error)) from None


async def play(bench: Bench, cases: Sequence[Scenario], step: Step) -> Measured:
    """Play each conversation and ask what could be said next; what it changed is put back."""
    services, outcomes = await bench.services(), []
    for done, each in enumerate(cases):
        step("suggestions", done, len(cases))
        scope, before = caller(each.who), await read_snapshot(services.database, TENANTS)
        for text in each.says:
            await say(services.turns, scope, text)
        looking = Scope(scope.tenant, Role.OPERATOR, "operator:evals", scope.conversation_id)
        found = (await services.copilot.suggest(looking)).suggestions
        draft = await services.copilot.draft(looking)
        await services.turns.drain(PATIENCE_S)
        after = await read_snapshot(services.database, TENANTS)
        await undo(services.database, before, after)
        why = "\n".join(held_against(each, found, draft))
        offered = "\n".join(f"{s.confidence:.2f} {s.suggestion[:150]}" for s in found)
        outcomes.append(Outcome(each.name, not why, why, offered))
    step("suggestions", len(cases), len(cases))
    return Measured(outcomes)


def held_against(
    scenario: Scenario, found: Sequence[Suggestion], draft: Suggestion
) -> Iterator[str]:
    """Everything that is not as the scenario says: structure, order, context, empathy."""
    texts = [each.suggestion for each in found]
    sure = [each.confidence for each in found]
    if len(set(texts)) != MOST or not all(map(str.strip, texts)):
        yield f"structure: {len(set(texts))} different replies, not {MOST}"
    if not all(each.rationale.strip() and 0 <= each.confidence <= 1 for each in found):
        yield "structure: a reply without a rationale or a confidence"
    if sure != sorted(sure, reverse=True):
        yield f"order: {sure}"
    yield from _themes(scenario, texts)
    sorry = draft.suggestion.startswith(phrase("suggest.sorry", "friendly"))
    if scenario.sorry != "any" and sorry != (scenario.sorry == "yes"):
        yield f"empathy: the draft is {'' if sorry else 'not '}sorry: {draft.suggestion[:120]}"


def _themes(scenario: Scenario, texts: Sequence[str]) -> Iterator[str]:
    known = Known(datetime.now(UTC).date(), {})
    for theme in scenario.first:
        if not holds(texts[0] if texts else "", theme, known):
            yield f"context: the first reply lacks {shown(theme)}"
    for theme in scenario.any:
        if not any(holds(text, theme, known) for text in texts):
            yield f"context: no reply has {shown(theme)}"
    for theme in scenario.never:
        if any(holds(text, theme, known) for text in texts):
            yield f"context: a reply has {shown(theme)}"


SUITE = Suite("suggestions", "What operators are offered to say next", 0.8, read_cases, play)

"""How well messages are sent to whom they belong: the product's own decisions, on labelled ones.

Each company is measured by a head that never saw its trade (our own messages) or its source
(files given with --data), with none of its examples and with a few.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agents.fitted import Source
from agents.intents import IntentIndex, Labelled, build_index, classify_text
from agents.ridge import Rows
from agents.route_fit import LABELS, Messages, fit_head, read_messages
from agents.route_head import HANDOFF, OUT_OF_SCOPE, RouteHead, shipped_head
from data.intents import Intent
from data.seed.knowledge import IntentEntry, read_knowledge
from data.seed.load import SEED_FOLDERS
from evals.measures import Told
from graph.nodes.classify import asks_for_people, clause_of
from tools.intents import route_intent

FOLDS = 10
DRAWS = 3
FEWEST = 30  # messages of a route, below which a company's route is not measured by examples
MOST_MEASURED = 1500  # messages of a company; more say nothing new

Places = npt.NDArray[np.intp]
Step = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Company:
    """Messages to one company and their vectors."""

    name: str
    messages: Messages
    vectors: Rows

    def part(self, places: Places) -> "Company":
        """Some of its messages."""
        chosen = replace(
            self.messages,
            texts=tuple(self.messages.texts[i] for i in places),
            routes=self.messages.routes[places],
            groups=tuple(self.messages.groups[i] for i in places),
        )
        return Company(self.name, chosen, self.vectors[places])


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a learning curve: `examples` a route, and the accuracy they bring."""

    company: str
    examples: int
    accuracy: float


def told_by(company: Company, index: IntentIndex) -> list[Told]:
    """Where the product sends each message, taken as one question of a new conversation.

    The confidence is that of the route: of all its intents together, of being nobody's, or, where
    a person is asked for in so many words, 1.
    """
    rows = zip(company.messages.texts, company.messages.routes, company.vectors, strict=True)
    return [_told(text, LABELS[route], vector, index) for text, route, vector in rows]


def _told(text: str, right: str, vector: Rows, index: IntentIndex) -> Told:
    clause = clause_of(text, vector, index)
    if asks_for_people(text, [clause], {}, {}):
        return Told(right, HANDOFF, 1.0)
    if clause["intent"] == OUT_OF_SCOPE:
        return Told(right, OUT_OF_SCOPE, clause["outside"])
    guesses = classify_text(text, vector, index)
    mine = sum(g.confidence for g in guesses if g.specialist == clause["specialist"])
    return Told(right, clause["specialist"], min(mine, 1.0))


def by_company(messages: Messages, vectors: Rows) -> list[Company]:
    """The companies of a file, by its `source`; of a large one, as many messages as are needed.

    Those with few messages, or with one route, count together under the file's name.
    """
    groups = np.array(_company_names(messages))
    draw = np.random.default_rng(0)
    whole = Company(messages.source.name, messages, vectors)
    found = []
    for name in sorted(set(groups.tolist())):
        places = np.flatnonzero(groups == name)
        chosen = np.sort(draw.permutation(places)[:MOST_MEASURED])
        found.append(replace(whole.part(chosen), name=name))
    return found


def _company_names(messages: Messages) -> list[str]:
    routes: defaultdict[str, list[int]] = defaultdict(list)
    for group, route in zip(messages.groups, messages.routes, strict=True):
        routes[group].append(int(route))
    alone = {g for g, mine in routes.items() if len(mine) >= FEWEST and len(set(mine)) > 1}
    return [group if group in alone else messages.source.name for group in messages.groups]


def without(messages: Messages, vectors: Rows, groups: frozenset[str]) -> tuple[Messages, Rows]:
    """Messages and vectors of all other groups."""
    places = np.flatnonzero([group not in groups for group in messages.groups])
    part = Company("", messages, vectors).part(places)
    return part.messages, part.vectors


def trades_left_out(
    own: Messages, vectors: Rows, model: str, step: Step
) -> Iterator[tuple[Company, RouteHead]]:
    """Each trade of our own messages, and a head that was fitted on all the others."""
    held = sorted({g for g in own.groups if g not in ("any", "nobody")})
    for done, name in enumerate(held, start=1):
        rest, rows = without(own, vectors, frozenset([name]))
        head = fit_head([rest], [rows], model, _quiet)
        place = np.flatnonzero(np.array(own.groups) == name)
        yield replace(Company(name, own, vectors).part(place), name=name), head
        step("trades left out", done, len(held))


def head_without(
    company: Company, sources: Sequence[tuple[Messages, Rows]], model: str
) -> RouteHead:
    """A head fitted on everything but the company's file."""
    file = company.messages.source.name
    rest = [(messages, rows) for messages, rows in sources if messages.source.name != file]
    return fit_head([m for m, _ in rest], [v for _, v in rest], model, _quiet)


def learning_curve(
    company: Company, head: RouteHead | None, examples: Sequence[int], step: Step
) -> list[Point]:
    """Accuracy among the company's own routes after so many examples of each, over some draws.

    Routes with too few messages are left out, and so is what is for nobody or for people.
    """
    routes = [
        place
        for place, label in enumerate(LABELS)
        if label not in (HANDOFF, OUT_OF_SCOPE)
        and int((company.messages.routes == place).sum()) >= max(FEWEST, 2 * max(examples))
    ]
    if len(routes) < 2:
        return []
    kept = [n for n in examples if n or head is not None]
    points = []
    for done, count in enumerate(kept, start=1):
        hits = [_hits(company, routes, head, count, draw) for draw in range(DRAWS)]
        points.append(Point(company.name, count, float(np.mean(hits))))
        step(f"{company.name}: examples", done, len(kept))
    return points


def _hits(
    company: Company, routes: Sequence[int], head: RouteHead | None, count: int, seed: int
) -> float:
    draw = np.random.default_rng(seed)
    shuffled = [draw.permutation(np.flatnonzero(company.messages.routes == r)) for r in routes]
    most = max(FEWEST // 2, count)
    taught = np.concatenate([places[:count] for places in shuffled]).astype(np.intp)
    asked = draw.permutation(np.concatenate([places[most:] for places in shuffled]))[:400]
    given = company.part(taught)
    index = build_index(
        [route_intent(LABELS[route]) for route in routes],
        [
            Labelled(LABELS[route], text, vector)
            for route, text, vector in zip(
                given.messages.routes, given.messages.texts, given.vectors, strict=True
            )
        ],
        head,
    )
    told = told_by(company.part(asked), index)
    return float(np.mean([each.right == each.said for each in told]))


def own_intents(
    embedded: Mapping[str, Rows], step: Step
) -> dict[str, tuple[list[Told], list[Told]]]:
    """Fine intents and routes of the demo companies, each tenth told by an index without it.

    Args:
        embedded: a row for each example of a company's `intents.yaml`, by its folder's name.
        step: is told how many tenths are done.
    """
    found = {}
    for folder in SEED_FOLDERS:
        entries, labelled = own_examples(folder, embedded[folder.name])
        intents: list[Intent] = [entry.intent for entry in entries]
        routes = {intent.name: intent.specialist for intent in intents}
        fine, coarse = [], []
        for fold in range(FOLDS):
            taught = [e for n, e in enumerate(labelled) if n % FOLDS != fold]
            index = build_index(intents, taught, shipped_head())
            for example in labelled[fold::FOLDS]:
                guesses = classify_text(example.content, example.vector, index)
                best = guesses[0]
                mine = sum(g.confidence for g in guesses if g.specialist == best.specialist)
                fine.append(Told(example.intent, best.name, best.confidence))
                coarse.append(Told(routes[example.intent], best.specialist, min(mine, 1.0)))
            step(f"{folder.name}: intents", fold + 1, FOLDS)
        found[folder.name] = (fine, coarse)
    return found


def own_examples(folder: Path, rows: Rows) -> tuple[tuple[IntentEntry, ...], list[Labelled]]:
    """A demo company's intents, and its examples with their vectors."""
    entries = read_knowledge(folder).intents
    texts = [(entry.name, text) for entry in entries for text in entry.examples]
    return entries, [
        Labelled(name, text, row) for (name, text), row in zip(texts, rows, strict=True)
    ]


def recall_of(told: Sequence[Told], label: str) -> float | None:
    """The share of a label's messages that got it; None where there are none."""
    mine = [each.said == label for each in told if each.right == label]
    return float(np.mean(mine)) if mine else None


def false_share(told: Sequence[Told], label: str) -> float | None:
    """The share of other messages that got a label."""
    others = [each.said == label for each in told if each.right != label]
    return float(np.mean(others)) if others else None


def texts_of(folder: Path) -> Messages:
    """A demo company's examples, to be embedded."""
    entries = read_knowledge(folder).intents
    texts = tuple(text for entry in entries for text in entry.examples)
    places = np.zeros(len(texts), dtype=np.intp)
    return Messages(Source(folder.name, len(texts), "", "MIT"), texts, places, texts)


def read_companies(files: Sequence[Path]) -> list[Messages]:
    """The files of --data.

    Raises:
        Invalid: a line is not a message with its route.
    """
    return [read_messages(file, "") for file in files]


def _quiet(what: str, done: int, of: int) -> None:
    """Fits inside a fit tell nothing of their own."""

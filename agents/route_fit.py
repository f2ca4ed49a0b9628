"""Fitting a route head: pure functions of labelled messages and their embeddings."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, BaseModel, Field, ValidationError
from scipy.optimize import minimize

from agents.fitted import Layer, Report, Source
from agents.ridge import Rows
from agents.route_head import OUT_OF_SCOPE, RouteHead
from agents.softmax import fit_softmax
from agents.word_model import learn_words
from data.errors import Invalid
from data.seed import trades
from tools.intents import ROUTES

OWN_NAME = "switchboard"
LABELS = (*ROUTES, OUT_OF_SCOPE)
ALIASES = {"sales": "leads", "oos": OUT_OF_SCOPE}  # as public collections call them

# Chosen with one company of five left out, and its whole trade from our own messages.
STRENGTH = 10.0
SCOPE_STRENGTH = 3.0
FOLDS = 5
OUTSIDE_SHARE = 0.1  # of messages that are nobody's: what confidence is calibrated for
MOST_LOST = 0.1  # of a company's messages that may be taken for nobody's
FEWEST_HELD = 20
MOST_HELD = 0.1  # of all messages that one company may have to be held out whole

Places = npt.NDArray[np.intp]


def _known(route: str) -> str:
    route = ALIASES.get(route, route)
    if route not in LABELS:
        raise ValueError(f"{route!r} is none of {', '.join(LABELS)}")
    return route


class RoutedMessage(BaseModel):
    """A line of a file; other keys are left alone. `source` tells companies apart."""

    text: str = Field(min_length=1)
    route: Annotated[str, AfterValidator(_known)]
    source: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Messages:
    """Labelled messages of one origin. `routes` are places in LABELS; `groups` are companies."""

    source: Source
    texts: tuple[str, ...]
    routes: Places
    groups: tuple[str, ...]


def own_messages() -> Messages:
    """The messages that were written for Switchboard, by trade."""
    written = trades.FILE.read_bytes()
    found = [
        (text, LABELS.index(route), trade)
        for trade, routes in trades.read_trades().items()
        for route, texts in routes.items()
        for text in texts
    ]
    return _messages(OWN_NAME, found, written, "MIT")


def read_messages(file: Path, licence: str) -> Messages:
    """A file with a message and its route on each line: `{"text": "…", "route": "billing"}`.

    Raises:
        Invalid: a line is something else; it is named.
    """
    content = file.read_bytes()
    found: list[tuple[str, int, str]] = []
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            message = RoutedMessage.model_validate_json(line)
        except ValidationError as error:
            wanted = f'needs a "text" and a "route", one of {", ".join(LABELS)}'
            raise Invalid(f"{file}, line {number}", wanted) from error
        found.append((message.text, LABELS.index(message.route), message.source or file.stem))
    if not found:
        raise Invalid(str(file), "holds no labelled message")
    return _messages(file.stem, found, content, licence)


def _messages(
    name: str, found: Sequence[tuple[str, int, str]], content: bytes, licence: str
) -> Messages:
    return Messages(
        Source(name, len(found), hashlib.sha256(content).hexdigest(), licence),
        tuple(text for text, _, _ in found),
        np.array([route for _, route, _ in found], dtype=np.intp),
        tuple(group for _, _, group in found),
    )


def fit_head(
    sources: Sequence[Messages], vectors: Sequence[Rows], embedding_model: str, report: Report
) -> RouteHead:
    """Fit a head; how sure it may be is learned from companies it was not told.

    Args:
        sources: what to learn from.
        vectors: for each source, a row for each of its messages.
        embedding_model: the model that made them.
        report: is told how many of the fits are done.
    """
    rows = np.vstack(vectors).astype(np.float32)
    routes = np.concatenate([each.routes for each in sources])
    folds = folds_of([f"{s.source.name} {group}" for s in sources for group in s.groups])
    inside = routes != LABELS.index(OUT_OF_SCOPE)
    held_routes = np.zeros((len(rows), len(ROUTES)))
    held_scope = np.zeros(len(rows))
    for fold in range(FOLDS):
        kept, held = folds != fold, folds == fold
        part = _route_layer(rows[kept & inside], routes[kept & inside])
        held_routes[held] = part.scores(rows[held])
        held_scope[held] = _scope_layer(rows[kept], inside[kept]).scores(rows[held])[:, 0]
        report("fitting", fold + 1, FOLDS + 1)
    route, scope = _route_layer(rows[inside], routes[inside]), _scope_layer(rows, inside)
    sharpness = _sharpness(held_routes[inside], routes[inside])
    slope, shift = _calibration(held_scope, ~inside)
    logits = slope * held_scope[inside] + shift
    cut = float(np.quantile(logits, 1 - MOST_LOST)) if len(logits) else 0.0
    texts = [text for each in sources for text in each.texts]
    report("fitting", FOLDS + 1, FOLDS + 1)
    return RouteHead(
        embedding_model=embedding_model,
        routes=Layer(route.weights, route.bias, sharpness),
        scope=Layer(scope.weights, scope.bias + np.float32(shift / slope), 1 / slope),
        threshold=1 / (1 + float(np.exp(-cut))),
        words=learn_words(
            [text for text, mine in zip(texts, inside, strict=True) if mine],
            routes[inside],
            len(ROUTES),
        ),
        sources=tuple(each.source for each in sources),
    )


def folds_of(groups: Sequence[str]) -> Places:
    """A fold for each message: a company is held out whole, unless too much would be missed."""
    names = {name: place for place, name in enumerate(sorted(set(groups)))}
    sizes = {name: groups.count(name) for name in names}
    seen = dict.fromkeys(names, 0)
    folds = []
    for group in groups:
        large = sizes[group] > MOST_HELD * len(groups)
        folds.append((seen[group] if large else names[group]) % FOLDS)
        seen[group] += 1
    return np.array(folds, dtype=np.intp)


def _route_layer(rows: Rows, routes: Places) -> Layer:
    weights = fit_softmax(
        _with_one(rows), routes, len(ROUTES), STRENGTH, given=_balanced(routes, len(ROUTES))
    )
    return Layer(weights[:-1], weights[-1], 1.0)


def _scope_layer(rows: Rows, inside: npt.NDArray[np.bool_]) -> Layer:
    classes = (~inside).astype(np.intp)
    weights = fit_softmax(_with_one(rows), classes, 2, SCOPE_STRENGTH, given=_balanced(classes, 2))
    difference = weights[:, 1:] - weights[:, :1]
    return Layer(difference[:-1], difference[-1], 1.0)


def _with_one(rows: Rows) -> Rows:
    return np.hstack([rows, np.ones((len(rows), 1), dtype=np.float32)])


def _balanced(classes: Places, count: int) -> Rows:
    """Every class weighs the same, however many messages it has."""
    sizes = np.maximum(np.bincount(classes, minlength=count), 1)
    present = max(int((np.bincount(classes, minlength=count) > 0).sum()), 1)
    weights: Rows = (len(classes) / present / sizes[classes]).astype(np.float32)
    return weights


def _sharpness(scores: npt.NDArray[np.float64], routes: Places) -> float:
    """The temperature by which a share of 0.8 is right eight times in ten."""

    def loss(temperature: npt.NDArray[np.float64]) -> float:
        raised = scores / np.exp(temperature[0])
        raised -= raised.max(axis=1, keepdims=True)
        right = raised[np.arange(len(routes)), routes]
        return float((np.log(np.exp(raised).sum(axis=1)) - right).mean())

    return float(np.exp(minimize(loss, np.zeros(1), method="Nelder-Mead").x[0]))


def _calibration(
    scores: npt.NDArray[np.float64], outside: npt.NDArray[np.bool_]
) -> tuple[float, float]:
    """Slope and shift that make logits of the scores, where OUTSIDE_SHARE is nobody's."""
    if outside.sum() < FEWEST_HELD or (~outside).sum() < FEWEST_HELD:
        return 1.0, 0.0
    given = np.where(
        outside, OUTSIDE_SHARE / outside.mean(), (1 - OUTSIDE_SHARE) / (~outside).mean()
    )
    signs = np.where(outside, -1.0, 1.0)

    def loss(found: npt.NDArray[np.float64]) -> float:
        return float(
            (given * np.logaddexp(0, signs * (np.exp(found[0]) * scores + found[1]))).mean()
        )

    slope, shift = minimize(loss, np.zeros(2), method="Nelder-Mead").x
    return float(np.exp(slope)), float(shift)

"""Fitting a sentiment head: pure functions of labelled messages and their embeddings."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml
from pydantic import BaseModel, Field, ValidationError
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from agents.fitted import Layer, Report, Source
from agents.sentiment_head import GRADES, Head
from agents.sentiment_wording import wording_of
from data.errors import Invalid

OWN = Path(__file__).parent / "sentiment_messages.yaml"
OWN_NAME = "switchboard"
OWN_GRADES = ("furious", "negative", "neutral", "positive", "delighted")

# All chosen with one source, or one style of our own messages, left out; see evals/README.md.
NEUTRAL = 0.125  # scores up to this far from 0 are neutral, as the data's authors have it
STRONG = 0.5  # and from here on strong
CUSTOMERS_WEIGHT = 10.0  # of what customers wrote, beside a tweet about the weather
STRENGTH = 0.2  # of the weights: the inverse of the L2 penalty
SHARES = (0.42, 0.29, 0.29)  # of negative, neutral, positive: customers who write complain more
FOLDS = 5
MOST_STEPS = 400
NEVER = -30.0

Rows = npt.NDArray[np.float32]
Grades = npt.NDArray[np.intp]


class Labelled(BaseModel):
    """A line of a file to fit on; other keys are left alone. `score` is -1..1."""

    text: str = Field(min_length=1)
    score: float = Field(ge=-1, le=1)


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Labelled messages of one source. `grades` are places in GRADES, `weight` is of each one."""

    source: Source
    texts: tuple[str, ...]
    grades: Grades
    weight: float


def own_examples() -> Examples:
    """The messages that were written for Switchboard."""
    written = OWN.read_bytes()
    graded: dict[str, list[str]] = yaml.safe_load(written)
    pairs = [(text, place) for place, name in enumerate(OWN_GRADES) for text in graded[name]]
    return Examples(
        Source(OWN_NAME, len(pairs), hashlib.sha256(written).hexdigest(), "MIT"),
        tuple(text for text, _ in pairs),
        np.array([place for _, place in pairs], dtype=np.intp),
        CUSTOMERS_WEIGHT,
    )


def read_examples(file: Path, licence: str, weight: float) -> Examples:
    """A file with a message and its score on each line: `{"text": "…", "score": -0.4}`.

    Raises:
        Invalid: a line is something else; it is named.
    """
    content = file.read_bytes()
    found: list[Labelled] = []
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found.append(Labelled.model_validate_json(line))
        except ValidationError as error:
            wanted = 'needs a "text" and a "score" between -1 and 1'
            raise Invalid(f"{file}, line {number}", wanted) from error
    if not found:
        raise Invalid(str(file), "holds no labelled message")
    return Examples(
        Source(file.stem, len(found), hashlib.sha256(content).hexdigest(), licence),
        tuple(each.text for each in found),
        grades_of(np.array([each.score for each in found])),
        weight,
    )


def grades_of(scores: npt.NDArray[np.floating]) -> Grades:
    """Which of GRADES each score of -1..1 belongs to.

    >>> grades_of(np.array([-0.9, -0.2, 0.1, 0.3, 0.6])).tolist()
    [0, 1, 2, 3, 4]
    """
    grades: Grades = np.digitize(scores, [-STRONG, -NEUTRAL, NEUTRAL, STRONG]).astype(np.intp)
    return grades


def fit_head(
    sources: Sequence[Examples], vectors: Sequence[Rows], embedding_model: str, report: Report
) -> Head:
    """Fit both layers of a head.

    Args:
        sources: what to learn from.
        vectors: for each source, a row for each of its messages.
        embedding_model: the model that made them.
        report: is told how many of the fits are done.
    """
    wordings = [np.stack([wording_of(text) for text in each.texts]) for each in sources]
    both = [np.hstack(pair) for pair in zip(vectors, wordings, strict=True)]
    steps = 2 * (FOLDS + 1)
    return Head(
        embedding_model=embedding_model,
        vectors=_fit_layer(sources, both, lambda done: report("fitting", done, steps)),
        words=_fit_layer(
            sources, wordings, lambda done: report("fitting", done + FOLDS + 1, steps)
        ),
        sources=tuple(each.source for each in sources),
    )


def _fit_layer(
    sources: Sequence[Examples], rows: Sequence[Rows], step: Callable[[int], None]
) -> Layer:
    """Logistic regression; its temperature is the best for customers' messages it was not told."""
    x, y = np.vstack(rows), np.concatenate([each.grades for each in sources])
    given = np.concatenate([np.full(len(each.grades), each.weight) for each in sources])
    places = np.flatnonzero(given == given.max())
    scores = np.zeros((len(places), len(GRADES)))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for done, (_, held) in enumerate(folds.split(places, _labels(y[places])), start=1):
        kept = np.ones(len(y), dtype=bool)
        kept[places[held]] = False
        part = _fit_once(x[kept], y[kept], given[kept])
        scores[held] = x[places[held]] @ part.weights + part.bias
        step(done)
    found = _fit_once(x, y, given)
    step(FOLDS + 1)
    return Layer(found.weights, found.bias, _temperature(scores, _labels(y[places])))


def _fit_once(x: Rows, y: Grades, given: npt.NDArray[np.float64]) -> Layer:
    model = LogisticRegression(C=STRENGTH, max_iter=MOST_STEPS)
    model.fit(x, y, sample_weight=_weights(y, given))
    weights = np.zeros((x.shape[1], len(GRADES)), dtype=np.float32)
    bias = np.full(len(GRADES), NEVER, dtype=np.float32)
    for place, grade in enumerate(model.classes_):  # a grade nobody gave is never said
        weights[:, grade] = model.coef_[place]
        bias[grade] = model.intercept_[place]
    return Layer(weights, bias, 1.0)


def _weights(y: Grades, given: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What was given, so that each label has its share of the whole."""
    weights = given.copy()
    whole, labels = weights.sum(), _labels(y)
    for label, share in enumerate(SHARES):
        mine = labels == label
        if mine.any():
            weights[mine] *= share * whole / weights[mine].sum()
    return weights


def _labels(grades: Grades) -> npt.NDArray[np.intp]:
    """0 negative, 1 neutral, 2 positive."""
    return np.digitize(grades, [2, 3]).astype(np.intp)


def _temperature(scores: npt.NDArray[np.float64], labels: npt.NDArray[np.intp]) -> float:
    """What to divide scores by, so that a share of 0.8 is right eight times in ten."""

    def loss(temperature: float) -> float:
        raised = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
        shares = raised / raised.sum(axis=1, keepdims=True)
        sums = np.stack([shares[:, :2].sum(axis=1), shares[:, 2], shares[:, 3:].sum(axis=1)], 1)
        return -float(np.log(sums[np.arange(len(labels)), labels] + 1e-9).mean())

    return float(minimize_scalar(loss, bounds=(0.2, 5.0), method="bounded").x)

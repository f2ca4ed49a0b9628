"""Which words speak for which class: serves while there is no embedding model."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.ridge import Rows, fit
from agents.wording import normalise

PENALTY = 3.0  # of 1 and 3, on the demo tenant's examples left out one by one
SEEN_IN = 2  # a word of one single example teaches nothing about others


@dataclass(frozen=True, slots=True, eq=False)
class WordModel:
    """`rarity` weighs each word of the vocabulary; `weights` has shape (words, classes)."""

    vocabulary: Mapping[str, int]
    rarity: Rows
    weights: Rows

    def scores(self, text: str) -> npt.NDArray[np.float32]:
        """One score a class; near 0 where the words say nothing."""
        row = _weigh([text], self.vocabulary, self.rarity)[0]
        scores: npt.NDArray[np.float32] = row @ self.weights
        return scores


def learn_words(texts: Sequence[str], owners: npt.NDArray[np.intp], classes: int) -> WordModel:
    """Fit a model to labelled texts: rare words weigh more (TF-IDF), then ridge regression."""
    seen = Counter(word for text in texts for word in set(normalise(text).split()))
    kept = sorted(word for word, count in seen.items() if count >= SEEN_IN)
    vocabulary = {word: position for position, word in enumerate(kept)}
    rarity = np.array([math.log(len(texts) / seen[word]) for word in kept], dtype=np.float32)
    rows = _weigh(texts, vocabulary, rarity)
    return WordModel(vocabulary, rarity, fit(rows, owners, classes, PENALTY))


def _weigh(texts: Sequence[str], vocabulary: Mapping[str, int], rarity: Rows) -> Rows:
    rows = np.zeros((len(texts), len(vocabulary)), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        known = [vocabulary[word] for word in normalise(text).split() if word in vocabulary]
        row[known] = rarity[known]
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    np.divide(rows, lengths, out=rows, where=lengths > 0)
    return rows

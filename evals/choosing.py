"""What the search weighs, chosen by a rule: every candidate in every situation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

from evals.ranking import Sample, estimate, recall, reciprocal
from retrievers.earlier import Carry

C = TypeVar("C")

WORDS = (0.0, 0.05, 0.1, 0.2)
EARLIER = (0.0, 0.1, 0.2)
SHARES = (0.3, 0.7, 1.0)
LIMITS = ((0.12, 0.05), (0.14, 0.06), (0.18, 0.08))  # `clear` and `lost`
CARRIES = tuple(
    (earlier, Carry(share, clear, lost))
    for earlier, share, (clear, lost) in product(EARLIER, SHARES, LIMITS)
)


@dataclass(frozen=True, slots=True)
class Tried:
    """A candidate in all situations: means over them, and whether it lost anything in one."""

    recall: float
    reciprocal: float
    worse: tuple[str, ...]


def judge(ranks: Mapping[str, Sequence[int]], base: Mapping[str, Sequence[int]]) -> Tried:
    """How a candidate did, situation by situation, each of which counts the same.

    Args:
        ranks: of each question's document, by situation.
        base: the same of what it must not be worse than.

    Returns:
        Its means. It is worse where its recall is lower beyond noise: the whole interval of the
        paired differences is below nothing.
    """
    differences = {name: recall(ranks[name]) - recall(base[name]) for name in base}
    return Tried(
        recall=_mean([recall(each) for each in ranks.values()]),
        reciprocal=_mean([reciprocal(each) for each in ranks.values()]),
        worse=tuple(name for name, each in differences.items() if estimate(each).high < 0),
    )


def best(tried: Mapping[C, Tried]) -> C:
    """The one whose reciprocal ranks are highest, of those that are nowhere worse.

    Raises:
        ValueError: every one is worse somewhere.
    """
    fit = [choice for choice, each in tried.items() if not each.worse]
    if not fit:
        raise ValueError("every choice is worse somewhere; keep to meaning alone")
    return max(fit, key=lambda choice: tried[choice].reciprocal)


def _mean(samples: Sequence[Sample]) -> float:
    return sum(float(each.mean()) for each in samples) / len(samples)

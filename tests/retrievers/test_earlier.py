"""How far a question leans on what was said before."""

import numpy as np
import pytest

from retrievers.earlier import Carry, leans, moved

CARRY = Carry(share=1.0, clear=0.12, lost=0.05)


@pytest.mark.parametrize(
    ("nearest", "last", "leaning"),
    [
        (0.70, 0.40, 0.0),  # stands out: a question of its own
        (0.70, 0.65, 1.0),  # many that are all as near
        (0.25, 0.10, 1.0),  # near nothing
        (0.50, 0.33, 0.5),
        (-0.1, -0.4, 1.0),
    ],
)
def test_a_question_leans_the_more_the_less_its_nearest_passage_stands_out(
    nearest: float, last: float, leaning: float
) -> None:
    assert leans([nearest, nearest, last], CARRY) == pytest.approx(leaning)


def test_leaning_never_rises_with_what_stands_out() -> None:
    told = [leans([0.6, 0.6 - step / 100], CARRY) for step in range(60)]
    assert told == sorted(told, reverse=True)
    assert (told[0], told[-1]) == (1.0, 0.0)


def test_where_there_are_no_passages_nothing_is_leant_on() -> None:
    assert leans([], CARRY) == 0


def test_a_moved_vector_is_of_length_one_and_between_the_two() -> None:
    east, north = np.eye(2, dtype=np.float32)
    assert moved(east, north, 0.0).tolist() == [1.0, 0.0]
    half = moved(east, north, 1.0)
    assert half.tolist() == pytest.approx([0.5**0.5] * 2)
    assert moved(east, -east, 1.0).tolist() == [1.0, 0.0]  # what cancels out moves nothing

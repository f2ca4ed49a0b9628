import pytest

from evals.choosing import Tried, best, judge

BASE = {"plain": [1, 2, 0, 1] * 20, "follow-up": [0, 0, 3, 0] * 20}


def test_each_situation_counts_the_same_however_many_questions_it_has() -> None:
    tried = judge({"plain": [1, 1], "follow-up": [0] * 8}, {"plain": [1, 1], "follow-up": [0] * 8})
    assert (tried.recall, tried.reciprocal, tried.worse) == (0.5, 0.5, ())


def test_a_loss_of_recall_beyond_noise_is_told_with_its_situation() -> None:
    lost = BASE | {"plain": [0, 0, 0, 1] * 20}
    assert judge(lost, BASE).worse == ("plain",)
    assert judge(BASE | {"plain": [0, *BASE["plain"][1:]]}, BASE).worse == ()
    assert (
        judge(BASE | {"plain": [5, 5, 0, 5] * 20}, BASE).worse == ()
    )  # still among the first five


def test_the_best_is_the_highest_of_those_that_lose_nowhere() -> None:
    tried = {
        "bold": Tried(0.9, 0.9, ("plain",)),
        "good": Tried(0.7, 0.6, ()),
        "meek": Tried(0.8, 0.5, ()),
    }
    assert best(tried) == "good"
    with pytest.raises(ValueError, match="worse somewhere"):
        best({"bold": tried["bold"]})

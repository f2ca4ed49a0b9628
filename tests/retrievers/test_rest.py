"""When an endpoint of vectors is asked again."""

from retrievers.rest import FAILURES, FIRST_S, MOST_S, Rest


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_customer_tries_it_after_each_rest_which_grow_until_it_answers() -> None:
    clock = Clock()
    rest = Rest(patience_s=4, clock=clock)
    assert rest.admit()
    assert rest.admit()
    rests = []
    for _ in range(6):
        rest.failed("silent", gone=True)
        rests.append(rest.left_s)
        assert not rest.admit()
        clock.now += rest.left_s
        assert rest.admit()
        assert not rest.admit()  # somebody is trying
        clock.now += 4
    assert rests == [FIRST_S, 2 * FIRST_S, 4 * FIRST_S, 8 * FIRST_S, MOST_S, MOST_S]
    rest.answered()
    assert rest.admit()
    assert rest.admit()
    rest.failed("silent", gone=True)
    assert rest.left_s == FIRST_S


def test_bad_answers_in_a_row_are_as_good_as_none() -> None:
    rest = Rest(patience_s=4, clock=Clock())
    for _ in range(FAILURES - 1):
        rest.failed("words", gone=False)
    assert (rest.left_s, rest.why) == (0, "words")
    rest.answered()
    for _ in range(FAILURES):
        assert rest.admit()
        rest.failed("words", gone=False)
    assert not rest.admit()

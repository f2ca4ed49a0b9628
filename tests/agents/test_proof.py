"""The talk about who somebody is, as a table."""

from dataclasses import replace

import pytest

from agents.phrases import phrase
from agents.proof import Proof, Step, address_in, begun, begun_for, next_step
from tools.code_words import PLACEHOLDER

ASKED = begun("where is my order?", None)
SENT = begun("where is my order?", "ann@acme.test")
ACTION = {"operation": "flag_refund", "arguments": {"order_id": 1}, "matter": "a refund"}
ACTING = begun_for("refund order 1", ACTION, "billing", {"asked": "order"})
TONE = "friendly"


def step(
    proof: Proof | None, text: str, tried: str | None = None, *, verified: bool = False
) -> Step | None:
    return next_step(proof, text, tried, verified=verified, tone=TONE)


def test_an_address_gets_a_code() -> None:
    for proof in (ASKED, SENT):
        found = step(proof, "it's bea@acme.test.")
        assert found
        assert found.send
        assert found.proof == {**SENT, "address": "bea@acme.test"}


@pytest.mark.parametrize(
    "text",
    ["resend", "I didn't get it", "i have not received a code", "nothing came", "send it again",
     "no mail yet", "didnt get the code", "a new code please", "where is my code?"],
)  # fmt: skip
def test_who_got_none_gets_another_where_one_was_sent(text: str) -> None:
    found = step(SENT, text)
    assert found
    assert (found.send, found.proof) == (True, SENT)


@pytest.mark.parametrize("text", ["never mind", "no thanks", "forget it", "No, leave it"])
def test_who_changes_their_mind_is_left_alone(text: str) -> None:
    assert step(SENT, text) == Step(say=phrase("left", TONE))


@pytest.mark.parametrize(
    "text",
    ["I don't have it", "i dont have a code", "cannot open my email", "what code?",
     "I don't have access to that address", "that's an old e-mail", "I can't find it"],
)  # fmt: skip
def test_who_cannot_have_the_code_is_told_the_ways_on(text: str) -> None:
    assert step(SENT, text) == Step(proof=SENT, say=phrase("code.without.code"))
    assert step(ACTING, text, verified=True) == Step(
        proof=ACTING, say=phrase("code.without.action")
    )


@pytest.mark.parametrize(
    "text", ["I don't know which address", "I don't have one", "i don't remember the e-mail"]
)
def test_who_has_no_address_is_told_the_ways_on(text: str) -> None:
    assert step(ASKED, text) == Step(proof=ASKED, say=phrase("code.without.address"))


@pytest.mark.parametrize(
    "text", ["I didn't get my order", "I have not received the refund", "I can't see the invoice"]
)
def test_what_else_somebody_has_not_got_is_no_code(text: str) -> None:
    assert step(SENT, text) is None
    assert step(ACTING, text, verified=True) is None


@pytest.mark.parametrize("tried", ["wrong", "late", "unasked"])
def test_a_code_that_does_not_fit_is_told_so_and_the_request_is_kept(tried: str) -> None:
    found = step(SENT, PLACEHOLDER, tried)
    assert found == Step(proof=SENT, say=phrase(f"code.{tried}", TONE))


def test_after_too_many_tries_people_help() -> None:
    assert step(SENT, PLACEHOLDER, "spent") == Step(give_up=True)


def test_the_right_code_brings_the_request_back() -> None:
    assert step(SENT, f"it is {PLACEHOLDER}", "right", verified=True) == Step(
        go_on="where is my order?", proved=True
    )
    more = step(SENT, f"{PLACEHOLDER} cancel it", "right", verified=True)
    assert more
    assert more.go_on == "where is my order?\ncancel it"
    assert step(None, PLACEHOLDER, "right", verified=True) == Step(say=phrase("code.right", TONE))
    assert step(None, PLACEHOLDER, "known", verified=True) == Step(say=phrase("code.known", TONE))
    assert step(SENT, "hello", verified=True) == Step(go_on="hello")


@pytest.mark.parametrize("text", ["12345", "1234567", "12 34"])
def test_digits_that_are_no_code_are_asked_for_again(text: str) -> None:
    found = step(SENT, text)
    assert found == Step(proof=SENT, say=phrase("code.no_code", TONE))


@pytest.mark.parametrize("text", ["What are your opening hours?", "I want a person", "ok", "hm"])
def test_anything_else_is_answered_as_usual(text: str) -> None:
    assert step(SENT, text) is None
    assert step(ASKED, text) is None
    assert step(None, text) is None


def test_an_address_is_taken_only_where_it_is_clear_whose_it_is() -> None:
    assert address_in("I'm ann@acme.test", "where is it?") == "ann@acme.test"
    assert address_in("ann@acme.test", "ANN@acme.test.") == "ANN@acme.test"
    assert address_in("ann@acme.test or bea@acme.test") is None
    assert address_in("change my address to new@acme.test") is None
    assert address_in("the new one is new@acme.test") is None
    assert address_in("hello") is None


def test_a_step_says_one_thing() -> None:
    found = step(SENT, "resend")
    assert found
    assert replace(found, proof=None, send=False) == Step()


@pytest.mark.parametrize(
    ("text", "tried", "found"),
    [
        (PLACEHOLDER, "right", Step(go_on="refund order 1", proved=True, shown=ACTING)),
        (PLACEHOLDER, "wrong", Step(proof=ACTING, say=phrase("code.wrong", TONE))),
        (PLACEHOLDER, "late", Step(proof=ACTING, say=phrase("code.late", TONE))),
        (PLACEHOLDER, "spent", Step(give_up=True)),
        ("12345", None, Step(proof=ACTING, say=phrase("code.no_code", TONE))),
        ("resend", None, Step(proof=ACTING, send=True)),
        ("no, leave it", None, Step(say=phrase("left", TONE))),
        ("what are your opening hours?", None, None),
        ("my new one is b@x.test", None, None),
    ],
)
def test_a_code_for_an_action_of_somebody_known(
    text: str, tried: str | None, found: Step | None
) -> None:
    assert step(ACTING, text, tried, verified=True) == found


def test_a_code_that_was_right_before_lets_nothing_through() -> None:
    again = step(None, PLACEHOLDER, "used", verified=True)
    assert again == Step(say=phrase("code.used", TONE))
    more = step(None, f"{PLACEHOLDER} where is order 7?", "used", verified=True)
    assert more == Step(go_on="where is order 7?")

"""What people said before they handed a conversation back answers what is asked about it."""

import pytest

from agents.colleagues import told_before

SAID = ["Hello, I refunded 12.50 USD and you get a new router on Friday.", "Your bill is settled."]


@pytest.mark.parametrize(
    "question",
    [
        "When do I get the router?",
        "Which day do I get the router?",
        "How much was refunded?",
        "What did your colleague promise?",
    ],
)
def test_a_question_about_what_was_agreed_is_answered_with_it(question: str) -> None:
    assert told_before(question, SAID)


@pytest.mark.parametrize(
    "question",
    [
        "When does the store open?",
        "How do I reset the router?",
        "When is my next bill due?",
        "Hello",
    ],
)
def test_other_questions_are_not(question: str) -> None:
    assert told_before(question, SAID) is None

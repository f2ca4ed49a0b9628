import pytest

from agents.urgency import Urgency, signs_of, urgency


@pytest.mark.parametrize(
    ("text", "expected", "signs"),
    [
        ("", "low", []),
        ("What does express shipping cost?", "low", []),
        ("my phone says emergency calls only", "low", []),
        ("how much do I owe you right now", "low", []),
        ("You charged me twice for May", "medium", ["money"]),
        ("no internet", "medium", ["outage"]),
        ("This is unacceptable", "medium", ["strong_words"]),
        ("I have been waiting for two weeks", "medium", ["waiting_long"]),
        ("I will call my lawyer", "medium", ["legal"]),
        ("the charger smells burnt", "high", ["safety"]),
        ("My account was hacked", "high", ["fraud"]),
        ("please come as soon as possible", "high", ["said_to_be_urgent"]),
        ("no power, and my exam is in one hour", "high", ["deadline", "event_soon", "outage"]),
        ("third time I write, the roof is still leaking!!", "high", None),
        ("It’s urgent", "high", ["said_to_be_urgent"]),
    ],
)
def test_urgency_is_the_sum_of_its_signs(
    text: str, expected: Urgency, signs: list[str] | None
) -> None:
    assert urgency(text) == expected
    if signs is not None:
        assert [sign.name for sign in signs_of(text)] == signs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sparks come out of the socket where the router is plugged in", "high"),
        ("my mother's emergency call button runs over your line and it is dead", "high"),
        ("somebody ordered three phones in my name", "high"),
        ("there are payments on my card I did not make", "high"),
        ("my flight leaves tomorrow morning and the eSIM does not activate", "high"),
        ("our card terminals are down and the shop is full of customers", "high"),
        ("I smell gas", "high"),
        ("I need this fixed before 5 pm, it is for a court hearing", "high"),
        ("we cannot work, the whole office is offline", "high"),
        ("my phone was stolen", "high"),
        ("it is the fourth time I contact you and the bill is still wrong", "medium"),
        ("you took 120 dollars too much", "medium"),
        ("you debited me 50 dollars by mistake", "medium"),
        ("nobody has called me back for two weeks", "high"),
        ("my account is overdrawn because of your debit", "medium"),
        ("the internet has been out all day", "medium"),
        ("I need it by Friday", "medium"),
        ("the alarm of the shop needs the line, it must be up today", "high"),
        ("I was promised a call yesterday and heard nothing", "medium"),
        ("you will be hearing from my solicitor", "medium"),
        ("this is a scam", "high"),
        ("is there a deadline for returning shoes?", "low"),
        ("can I pay by Friday?", "low"),
        ("how do I cancel my subscription", "low"),
        ("what is your emergency maintenance policy", "low"),
        ("do you have a fire alarm in stock", "low"),
        ("I'd like to book a flight for tomorrow", "low"),
        ("which plan is best for working from home", "low"),
        ("the lamp is out of stock?", "low"),
        ("when does your office open tomorrow", "low"),
        ("I paid for two times the speed", "low"),
        ("do you offer fraud protection", "low"),
        ("thanks, I got the refund already", "low"),
    ],
)
def test_what_a_reader_would_hurry_for_and_what_not(text: str, expected: Urgency) -> None:
    assert urgency(text) == expected, [sign.name for sign in signs_of(text)]

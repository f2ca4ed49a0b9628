import pytest

from agents.persons import find_name
from agents.slots import KINDS, find_slot

FOUND = [
    ("email", "it's jane@example.com.", "jane@example.com"),
    (
        "email",
        "change it from old@a.example to new.one+x@b.example.org please",
        "new.one+x@b.example.org",
    ),
    ("phone", "call me at +1 (555) 010-2233, thanks", "+1 555 010-2233"),
    ("phone", "(555) 010-2233", "555 010-2233"),
    ("phone", "555-0149", "555-0149"),
    ("contact", "jane@example.com or 555-010-2233", "jane@example.com 555-010-2233"),
    ("number", "order 2 status pls", "2"),
    ("number", "Where is order #1003?", "1003"),
    ("number", "no longer need it. order number 1009", "1009"),
    ("number", "ordr status 1017", "1017"),
    ("number", "Where are orders 3 and 4", "3"),
    ("code", "what is in inv-2041?", "INV-2041"),
    ("code", "why is INV2015 open", "INV-2015"),
    ("time", "can a technician come on Saturday morning", "on Saturday morning"),
    ("time", "I paid last week by card", "last week"),
    ("time", "book for 14 june, 8 to 12", "14 june, 8 to 12"),
    ("time", "i need a slot after 5pm", "after 5pm"),
    ("matter", "new ticket: mesh point makes noise", "new ticket: mesh point makes noise"),
    ("name", "my name is jane miller and I need a quote", "jane miller"),
    ("name", "I'm Jane Miller, from Kelling", "Jane Miller"),
    ("name", "Hi, this is Dr. José O'Brien", "Dr José O'Brien"),
    ("name", "Jane here, I need help", "Jane"),
    ("name", "call me back about fiber? Tom Baker 555-010-3344", "Tom Baker"),
    ("name", "Best regards Ann Lee, ann@lee.example", "Ann Lee"),
]

NOT_FOUND = [
    ("email", "at example dot com"),
    ("phone", "my order of 2026-03-01 10:00"),
    ("phone", "it costs 1,299.99 or 12.05.2026"),
    ("number", "I have been waiting for 2 weeks"),
    ("number", "it cost $149 or 29.99"),
    ("number", "customer no 2 here, ticket 7"),
    ("number", "call 555-010-2233"),
    ("number", "since January 2026"),
    ("code", "covid 19 and usb-c"),
    ("time", "may I ask when somebody comes"),
    ("time", "10 % off"),
    ("matter", "Please open a ticket"),
    ("matter", "I need a quote please"),
    ("text", "anything"),
    ("yes", "yes"),
    ("name", "I'm moving to Kelling"),
    ("name", "I am very angry"),
    ("name", "THIS IS UNACCEPTABLE"),
    ("name", "Jane Miller"),
]


@pytest.mark.parametrize(("kind", "text", "detail"), FOUND)
def test_a_detail_is_found_without_being_asked_for(kind: str, text: str, detail: str) -> None:
    of = ("order", "ticket", "number") if "customer" not in text else ("order",)
    assert find_slot(kind, text, asked=False, of=of) == detail


@pytest.mark.parametrize(("kind", "text"), NOT_FOUND)
def test_what_only_looks_like_a_detail_is_none(kind: str, text: str) -> None:
    assert find_slot(kind, text, asked=False, of=("order",)) is None


@pytest.mark.parametrize(
    ("kind", "text", "detail"),
    [
        ("number", "2", "2"),
        ("number", "it's 3 I think", "3"),
        ("name", "Jane Miller", "Jane Miller"),
        ("name", "sure, it's Jane", "Jane"),
        ("name", "Jane Miller and my number is 555-010-2233", "Jane Miller"),
        ("name", "Ann Lee, ann@bakery.example", "Ann Lee"),
        ("name", "李雷", "李雷"),
        ("yes", "Yes, please do", "yes"),
        ("yes", "ok", "yes"),
        ("yes", "no thanks", "no"),
        ("yes", "don't", "no"),
        ("text", "  whatever it is ", "whatever it is"),
        ("matter", "noise", "noise"),
        ("time", "whenever you like", "whenever you like"),
    ],
)
def test_a_bare_answer_counts_when_it_was_asked_for(kind: str, text: str, detail: str) -> None:
    assert find_slot(kind, text, asked=True) == detail


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("name", "why do you need that?"),
        ("name", "where is my order"),
        ("name", "I would rather not say"),
        ("name", "no internet"),
        ("name", "tuesday morning"),
        ("name", "12345"),
        ("number", "the headphones"),
        ("number", "2 days ago"),
        ("yes", "how long would that take"),
        ("email", "my old one"),
        ("text", "   "),
    ],
)
def test_a_bare_answer_that_is_none_is_none(kind: str, text: str) -> None:
    assert find_slot(kind, text, asked=True) is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["", " ", "?", "\n\n", "a" * 20_000, "1 " * 8_000, "@" * 5_000])
def test_odd_texts_are_read_without_harm(kind: str, text: str) -> None:
    find_slot(kind, text, asked=True)
    find_slot(kind, text, asked=False)


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(ValueError, match="unknown slot kind 'colour'; known are email"):
        find_slot("colour", "blue", asked=True)


def test_a_word_that_stands_for_itself_is_no_name() -> None:
    assert find_name("it's not working", asked=False) is None

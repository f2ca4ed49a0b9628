import pytest

from agents.cues import gives_up, names_another, refers_back, was_in_vain
from agents.naming import by_id, mentions, named

ORDERS = [
    {"id": 2, "product": "Phone Case"},
    {"id": 1, "product": "Wireless Headphones"},
    {"id": 7, "product": "Wireless Charging Pad, 15 W"},
]


@pytest.mark.parametrize(
    "text", ["never mind", "Oh sorry, forget it", "no thanks", "STOP!", "leave it please"]
)
def test_giving_up_is_heard(text: str) -> None:
    assert gives_up(text)


@pytest.mark.parametrize("text", ["no", "cancel my order", "stop the shipment", "thanks", "never"])
def test_what_only_begins_like_it_is_not(text: str) -> None:
    assert not gives_up(text)


@pytest.mark.parametrize("text", ["and the headphones?", "what about order 3", "How about Mexico?"])
def test_another_thing_in_the_same_question(text: str) -> None:
    assert names_another(text)


@pytest.mark.parametrize(
    "text", ["and when is my bill due?", "and I need a ticket", "the headphones", "and " * 9]
)
def test_a_question_of_its_own_is_not_another_thing(text: str) -> None:
    assert not names_another(text)


@pytest.mark.parametrize(
    "text",
    [
        "tried that, did not help",
        "still not working",
        "Still nothing!",
        "it didn't change anything",
        "same problem as before",
        "no luck",
    ],
)
def test_help_that_was_none(text: str) -> None:
    assert was_in_vain(text)


@pytest.mark.parametrize(
    "text", ["it works now, thanks", "that helped", "not today", "nothing else"]
)
def test_help_that_helped(text: str) -> None:
    assert not was_in_vain(text)


def test_pronouns_and_short_messages_refer_back() -> None:
    assert refers_back("can you please send it to my other address instead")
    assert refers_back("the second")
    assert not refers_back("my internet at home does not work since this morning")


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("where are my headphones", 1),
        ("the phone case please", 2),
        ("the pad", 7),
        ("my latest order", 2),
        ("the wireless one", None),
        ("where is my order", None),
        ("I ordered last week", None),
        ("15 of them", None),
    ],
)
def test_a_thing_is_named_by_its_own_words(text: str, order: int | None) -> None:
    found = named(ORDERS, text, "product")
    assert (found["id"] if found else None) == order


def test_an_id_is_found_in_any_writing() -> None:
    assert by_id(ORDERS, "7") == ORDERS[2]
    assert by_id(ORDERS, 3) is None
    assert by_id(None, 3) is None
    assert by_id([{"id": "INV-2041"}], "inv-2041") == {"id": "INV-2041"}
    assert by_id([{"id": "INV-2041"}], "041") is None


def test_phrases_are_whole_words() -> None:
    assert mentions("Please cancel my order", "cancel my order") == "cancel my order"
    assert mentions("we discovered it", "cover") == ""

"""What the engine makes of a message that follows on one before, on small playbooks."""

from dataclasses import replace

from agents.interpreter import next_move
from agents.memory import waiting_specialist
from agents.moves import Ask, Result
from agents.phrases import phrase
from tests.agents.small import (
    LOOKED_UP,
    LOOKS_UP,
    MAIL,
    NAME,
    NOTHING,
    SHIPPING,
    TIMES,
    book,
    facts,
    found_by,
)


def test_details_are_asked_for_in_order_and_one_at_a_time() -> None:
    playbooks = book(slots=[NAME, MAIL], reply=[{"say": "{{ who }}, {{ mail }}"}])
    first = next_move(facts("x", "main"), playbooks, [])
    assert (first.text, first.memory["asked"]) == ("Who?", "who")
    second = next_move(facts("Jane Miller", "other", memory=first.memory), playbooks, [])
    assert second.text == "Which address?"
    third = next_move(facts("j@a.example", "other", memory=second.memory), playbooks, [])
    assert third.text == "Jane Miller, j@a.example"
    assert waiting_specialist(third.memory) is None


def test_no_detail_is_asked_for_before_one_that_a_tool_may_bring() -> None:
    playbooks = book(
        slots=[{**NAME, "known": "lookup_customer.name"}, MAIL],
        steps=[{"tool": "lookup_customer"}],
    )
    start = facts("x", "main")
    assert [a.tool for a in next_move(start, playbooks, []).calls] == ["lookup_customer"]
    known = next_move(start, playbooks, [Result("lookup_customer", {}, {"name": "Ann"})])
    assert known.text == "Which address?"
    assert known.memory["slots"] == {"who": "Ann"}
    unknown = next_move(start, playbooks, [Result("lookup_customer", {}, {"name": None})])
    assert unknown.text == "Who?"


def test_an_answer_of_no_use_is_asked_for_again_and_then_given_to_people() -> None:
    playbooks = book(slots=[MAIL])
    first = next_move(facts("x", "main"), playbooks, [])
    again = next_move(facts("my new one", "main", memory=first.memory), playbooks, [])
    assert again.text == f"{phrase('not_understood', 'friendly')} Which address?"
    last = next_move(facts("the new one!", "main", memory=again.memory), playbooks, [])
    assert last.hand_over == "data_gap"


def test_a_sure_new_subject_ends_the_waiting_but_keeps_what_was_said() -> None:
    playbooks = book(slots=[NAME, MAIL]) | book(name="other", intents=["other"])
    asked = next_move(facts("I'm Jane Miller", "main"), playbooks, [])
    assert asked.memory["slots"] == {"who": "Jane Miller"}
    aside = next_move(facts("something else?", "other", memory=asked.memory), playbooks, [])
    assert aside.text == "Done."
    assert waiting_specialist(aside.memory) is None
    back = next_move(facts("the first thing again", "main", memory=aside.memory), playbooks, [])
    assert back.text == "Which address?"


def test_an_unsure_intent_is_taken_for_the_answer() -> None:
    playbooks = book(
        slots=[{"name": "a", "kind": "text", "ask": "What?"}], reply=[{"say": "{{ a }}"}]
    )
    asked = next_move(facts("x", "main"), playbooks, [])
    said = next_move(facts("the blue one?", "other", sure=0.6, memory=asked.memory), playbooks, [])
    assert said.text == "the blue one?"


def test_an_open_question_takes_any_statement() -> None:
    playbooks = book(
        slots=[{"name": "a", "kind": "text", "ask": "What?"}], reply=[{"say": "{{ a }}"}]
    )
    asked = next_move(facts("x", "main"), playbooks, [])
    said = next_move(facts("my bill is wrong", "other", memory=asked.memory), playbooks, [])
    assert said.text == "my bill is wrong"


def test_the_answer_goes_to_the_specialist_who_asked() -> None:
    playbooks = book(slots=[NAME], intents=["main"])
    asked = next_move(facts("x", "leads/main", specialist="leads"), playbooks, [])
    assert waiting_specialist(asked.memory) == "leads"
    passed = next_move(
        facts("Jane Miller", "greeting", sure=0.2, memory=asked.memory), playbooks, []
    )
    assert passed.transfer is not None
    assert passed.transfer[0] == "leads"
    there = facts("Jane Miller", "greeting", specialist="leads", memory=passed.memory)
    done = next_move(replace(there, done=frozenset({"greeting"})), playbooks, [])
    assert done.text == "Done."
    assert "passed" not in done.memory


def test_never_mind_ends_it() -> None:
    playbooks = book(slots=[NAME])
    asked = next_move(facts("x", "main"), playbooks, [])
    for text in ("never mind", "No thanks.", "Forget it, thanks", "ok, stop"):
        left = next_move(facts(text, "main", memory=asked.memory), playbooks, [])
        assert (left.text, left.memory) == (phrase("left", "friendly"), {})


def test_a_short_follow_up_goes_on_with_the_last_topic() -> None:
    playbooks = book(
        steps=[{"tool": "get_orders", "when": "false"}],
        reply=[{"when": "again", "say": "Once more."}, {"say": "First."}],
    )
    first = next_move(facts("x", "main"), playbooks, [])
    second = next_move(facts("and now?", "other", sure=0.1, memory=first.memory), playbooks, [])
    assert (first.text, second.text) == ("First.", "Once more.")


def test_a_follow_up_goes_to_the_topics_specialist_and_is_not_lost() -> None:
    playbooks = book(steps=[{"tool": "get_orders", "when": "false"}])
    first = next_move(facts("x", "tech/main", specialist="tech"), playbooks, [])
    passed = next_move(facts("and now?", "chat", sure=0.1, memory=first.memory), playbooks, [])
    assert passed.transfer is not None
    there = facts("and now?", "chat", sure=0.1, specialist="tech", memory=passed.memory)
    assert next_move(replace(there, done=frozenset({"chat"})), playbooks, []).text == "Done."


def test_only_one_question_is_put_at_a_time() -> None:
    playbooks = book(name="one", intents=["one"], slots=[NAME]) | book(
        name="two", intents=["two"], slots=[MAIL]
    )
    move = next_move(facts("x", "one", "two"), playbooks, [])
    assert move.text == f"Who?\n\n{phrase('one_at_a_time', 'friendly')}"
    assert move.memory["playbook"] == "one"


def test_a_question_asked_before_a_transfer_is_not_answered_by_the_same_message() -> None:
    playbooks = book(
        name="one", intents=["one"], slots=[{"name": "a", "kind": "text", "ask": "What?"}]
    )
    asked = next_move(facts("x", "one", "billing/two"), playbooks, [])
    assert asked.transfer is not None
    there = facts("x", "one", "billing/two", specialist="billing", memory=asked.memory)
    move = next_move(replace(there, done=frozenset({"one"})), playbooks, [NOTHING])
    assert move.memory["playbook"] == "one"
    assert "fresh" not in move.memory


def test_something_else_in_the_same_question_goes_on_with_it() -> None:
    playbooks = book(**LOOKS_UP)
    start = facts("and the headphones?", "tech/device_trouble", sure=0.8, memory=LOOKED_UP)
    move = next_move(replace(start, specialist="tech"), playbooks, [])
    assert move.transfer is not None
    assert move.transfer[0] == "general"
    bill = facts("and my bill?", "bill", memory=LOOKED_UP)
    own = book(name="bill", intents=["bill"], **LOOKS_UP, reply=[{"say": "Bill."}])
    assert next_move(bill, playbooks | own, []).text == "Bill."


def test_a_thanks_that_says_it_did_not_help_is_none() -> None:
    thanks = book(name="thanks", intents=["thanks"], reply=[{"say": "You're welcome."}])
    playbooks = book(**LOOKS_UP, reply=[{"when": "again", "say": "Then a ticket."}]) | thanks
    start = facts("tried that, did not help", "thanks", memory=LOOKED_UP)
    assert next_move(start, playbooks, []).text == "Then a ticket."
    assert next_move(
        facts("thanks, that helped", "thanks", memory=LOOKED_UP), playbooks, []
    ).text == ("You're welcome.")


def test_a_courtesy_leaves_the_subject_as_it_was() -> None:
    hello = book(name="hello", intents=["hello"], reply=[{"say": "Hello."}])
    said = next_move(facts("hello", "hello", memory=LOOKED_UP), hello, [])
    assert said.memory == LOOKED_UP


def test_an_article_that_did_not_help_is_followed_by_a_person() -> None:
    start = facts("x", "shipping")
    said = next_move(start, {}, [Result("knowledge_search", {"query": "x"}, [SHIPPING])])
    after = facts("that does not help me at all, still the same", "thanks", memory=said.memory)
    assert next_move(after, {}, []).hand_over == "data_gap"


def test_a_follow_up_to_an_article_is_searched_for_in_full() -> None:
    start = facts("Do you ship to Canada?", "shipping")
    query = {"query": "Do you ship to Canada?"}
    said = next_move(start, {}, [Result("knowledge_search", query, [SHIPPING])])
    move = next_move(facts("and to Mexico?", "shipping", memory=said.memory), {}, [])
    assert move.calls == (
        Ask("knowledge_search", {"query": "and to Mexico?"}),
        Ask("knowledge_search", {"query": "Do you ship to Canada? and to Mexico?"}),
    )


def test_a_question_instead_of_an_answer_is_answered_and_not_held_against_anybody() -> None:
    playbooks = book(slots=[MAIL])
    first = next_move(facts("x", "main"), playbooks, [])
    aside = facts("do you ship to Canada?", "main", memory=first.memory)
    asked = next_move(aside, playbooks, [])
    move = next_move(aside, playbooks, found_by(asked, SHIPPING))
    assert move.text == "Not to Canada.\n\nSource: Shipping\n\nWhich address?"
    assert move.memory == {**first.memory, "told": move.text}
    nothing = found_by(asked)
    once = next_move(aside, playbooks, nothing)
    assert once.text == f"{phrase('not_found', 'friendly')}\n\nWhich address?"
    again = next_move(replace(aside, memory=once.memory), playbooks, nothing)
    assert again.hand_over == "data_gap"


def test_a_sure_other_question_for_the_articles_does_not_end_the_waiting() -> None:
    playbooks = book(slots=[MAIL]) | book(name="other", intents=["other"], slots=[NAME])
    first = next_move(facts("x", "main"), playbooks, [])
    text = "how long does it take?"
    aside = facts(text, "other", memory=first.memory)
    asked = next_move(aside, playbooks, [])
    assert next_move(aside, playbooks, found_by(asked, TIMES)).text.endswith("Which address?")
    moved = next_move(aside, playbooks, found_by(asked))
    assert moved.text == "Who?"
    assert moved.memory["playbook"] == "other"


def test_a_sure_question_about_an_account_ends_the_waiting() -> None:
    playbooks = book(slots=[{"name": "a", "kind": "text", "ask": "What?"}]) | book(
        name="other", intents=["other"], verify=True, reply=[{"say": "Other."}]
    )
    first = next_move(facts("x", "main"), playbooks, [])
    moved = next_move(facts("where is my order?", "other", memory=first.memory), playbooks, [])
    assert moved.text == "Other."

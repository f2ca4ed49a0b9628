"""The engine's decisions, on small playbooks and made-up results."""

from dataclasses import replace

from agents.facts import Clause
from agents.interpreter import next_move
from agents.moves import Ask, Move, Result
from agents.phrases import phrase
from tests.agents.small import NAME, NOTHING, book, facts


def test_tools_that_need_nothing_of_each_other_are_asked_for_at_once() -> None:
    playbooks = book(
        steps=[
            {"tool": "lookup_customer"},
            {"tool": "get_orders", "with": {"limit": 3}},
            {"tool": "flag_refund", "with": {"order_id": "{{ get_orders[0].id }}"}},
        ]
    )
    start = facts("x", "main")
    first = next_move(start, playbooks, [])
    assert first.calls == (Ask("lookup_customer", {}), Ask("get_orders", {"limit": 3}))
    results = [Result("lookup_customer", {}, {}), Result("get_orders", {"limit": 3}, [{"id": 7}])]
    second = next_move(start, playbooks, results)
    assert second.calls == (Ask("flag_refund", {"order_id": 7}),)
    done = next_move(
        start, playbooks, [*results, Result("flag_refund", {"order_id": 7}, {"id": 7})]
    )
    assert done.text == "Done."


def test_a_step_waits_for_what_let_is_made_of() -> None:
    playbooks = book(
        let={"first": "get_orders[0]", "number": "first.id"},
        steps=[
            {"tool": "get_orders"},
            {"tool": "flag_refund", "when": "number", "with": {"order_id": "{{ number }}"}},
        ],
        reply=[{"when": "flag_refund", "say": "Flagged {{ number }}."}, {"say": "No order."}],
    )
    start = facts("x", "main")
    assert [a.tool for a in next_move(start, playbooks, []).calls] == ["get_orders"]
    one = [Result("get_orders", {}, [{"id": 7}])]
    assert next_move(start, playbooks, one).calls == (Ask("flag_refund", {"order_id": 7}),)
    assert next_move(start, playbooks, [Result("get_orders", {}, [])]).text == "No order."


def test_a_refused_look_up_is_never_read_as_none() -> None:
    playbooks = book(steps=[{"tool": "get_orders"}], reply=[{"say": "No orders."}])
    start = facts("x", "main")
    unverified = Result("get_orders", {}, None, "needs_verification", "not verified")
    assert next_move(start, playbooks, [unverified]).text == phrase("unverified", "friendly")
    broken = Result("get_orders", {}, None, "invalid", "not a tool")
    assert next_move(start, playbooks, [broken]).hand_over == "data_gap"


def test_a_step_that_may_fail_says_why() -> None:
    playbooks = book(
        steps=[{"tool": "flag_refund", "with": {"order_id": 1}, "may_fail": True}],
        reply=[{"when": "refused.flag_refund == 'conflict'", "say": "{{ reason.flag_refund }}"}],
    )
    refused = Result("flag_refund", {"order_id": 1}, None, "conflict", "it is too late")
    assert next_move(facts("x", "main"), playbooks, [refused]).text == "it is too late"


def test_who_is_not_verified_gets_what_the_articles_say() -> None:
    playbooks = book(verify=True, steps=[{"tool": "get_orders"}])
    start = facts("where is it", "main", identity="claimed")
    assert next_move(start, playbooks, []).calls == (
        Ask("knowledge_search", {"query": "where is it"}),
    )
    found = [
        {"title": "Orders", "heading": "Orders", "content": "They are in the app.", "score": 0.8}
    ]
    said = next_move(
        start, playbooks, [Result("knowledge_search", {"query": "where is it"}, found)]
    )
    assert said.text.endswith(phrase("unverified", "friendly"))
    assert "They are in the app." in said.text
    nothing = next_move(
        start, playbooks, [Result("knowledge_search", {"query": "where is it"}, [])]
    )
    assert nothing.text == phrase("unverified", "friendly")


def test_nothing_is_played_for_a_guess() -> None:
    playbooks = book(steps=[{"tool": "create_ticket"}])
    move = next_move(facts("hmm hmm hmm hmm hmm hmm", "main", sure=0.3), playbooks, [])
    assert [a.tool for a in move.calls] == ["knowledge_search"]


def test_the_knowledge_base_is_asked_twice_before_people_are() -> None:
    start = facts("x", "nowhere")
    assert next_move(start, {}, []).calls == (Ask("knowledge_search", {"query": "x"}),)
    once = next_move(start, {}, [NOTHING])
    assert once.text == phrase("ask_again", "friendly")
    twice = next_move(facts("x", "nowhere", memory=once.memory), {}, [NOTHING])
    assert twice.hand_over == "data_gap"


def test_results_of_two_questions_are_not_mixed_up() -> None:
    both = replace(
        facts("a b", "one", "two"),
        clauses=(
            Clause("a", "one", "general", account=False, confidence=0.9),
            Clause("b", "two", "general", account=False, confidence=0.9),
        ),
    )

    def found(query: str) -> Result:
        passage = {"title": query, "heading": query, "content": f"About {query}.", "score": 0.9}
        return Result("knowledge_search", {"query": query}, [passage])

    say = [{"say": "{{ knowledge_search[0].content }}"}]
    step = [{"tool": "knowledge_search", "with": {"query": "{{ text }}"}}]
    playbooks = book(name="one", intents=["one"], steps=step, reply=say) | book(
        name="two", intents=["two"], steps=step, reply=say
    )
    assert next_move(both, playbooks, [found("a"), found("b")]).text == "About a.\n\nAbout b."


def test_a_guess_in_the_second_half_of_a_message_is_passed_over() -> None:
    start = facts("x", "main", "billing/other")
    unsure = replace(start, clauses=(start.clauses[0], replace(start.clauses[1], confidence=0.2)))
    move = next_move(unsure, book(), [])
    assert (move.text, move.transfer) == ("Done.", None)


def test_a_sure_question_of_another_specialist_is_passed_on() -> None:
    move = next_move(facts("x", "billing/other"), book(), [])
    assert move.transfer is not None
    assert move.transfer[0] == "billing"


def test_no_line_that_holds_means_a_person() -> None:
    move = next_move(facts("x", "main"), book(reply=[{"when": "false", "say": "Never."}]), [])
    assert move == Move(hand_over="data_gap", memory=move.memory)


def test_the_first_lines_come_before_any_question_or_tool() -> None:
    playbooks = book(
        first=[{"when": "text | mentions('lawyer')", "hand_over": "legal"}],
        slots=[NAME],
        steps=[{"tool": "get_orders"}],
    )
    assert next_move(facts("ask my lawyer", "main"), playbooks, []).hand_over == "legal"
    assert next_move(facts("ask me", "main"), playbooks, []).text == "Who?"


def test_an_empty_argument_is_left_out() -> None:
    playbooks = book(
        steps=[{"tool": "create_lead", "with": {"name": "Ann", "phone": "{{ none }}"}}]
    )
    assert next_move(facts("x", "main"), playbooks, []).calls == (
        Ask("create_lead", {"name": "Ann"}),
    )


def test_a_change_waits_for_the_look_ups_before_it() -> None:
    playbooks = book(
        steps=[{"tool": "get_tickets"}, {"tool": "create_ticket", "with": {"subject": "s"}}]
    )
    start = facts("x", "main")
    assert [a.tool for a in next_move(start, playbooks, []).calls] == ["get_tickets"]
    after = next_move(start, playbooks, [Result("get_tickets", {}, [])])
    assert [a.tool for a in after.calls] == ["create_ticket"]


def test_people_are_not_asked_for_by_a_guess() -> None:
    guess = next_move(facts("yes please", "handoff/human_request", sure=0.6), {}, [])
    assert [a.tool for a in guess.calls] == ["knowledge_search"]
    asked = next_move(facts("a person please", "handoff/human_request"), {}, [])
    assert asked.hand_over == "human_requested"


def test_a_rule_for_every_message_comes_before_all_else() -> None:
    rules = book(
        name="always",
        intents=["always"],
        first=[{"when": "text | mentions('my lawyer')", "hand_over": "legal"}],
        reply=[{"say": "never said"}],
    )
    playbooks = book(slots=[NAME]) | rules
    threat = "you will hear from my lawyer"
    assert next_move(facts(threat, "nonsense", sure=0.1), playbooks, []).hand_over == "legal"
    waiting = next_move(facts("x", "main"), playbooks, [])
    assert waiting.text == "Who?"
    later = facts(threat, "main", memory=waiting.memory)
    assert next_move(later, playbooks, []).hand_over == "legal"

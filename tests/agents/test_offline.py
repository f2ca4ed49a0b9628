import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage

from agents.control import HAND_OVER, TRANSFER
from agents.facts import Clause, Facts
from agents.moves import Ask, Move, Result
from agents.offline import NAME, OfflineModel, as_message, decided, results_in
from agents.playbook import Playbook

TEXT = "Where is my order?"
FACTS = Facts(
    specialist="general",
    text=TEXT,
    clauses=(Clause(TEXT, "order_status", "general", account=True, confidence=0.9),),
    identity="verified",
    customer=None,
    memory={},
    tone="friendly",
    company={},
)
ORDERS = Playbook.model_validate(
    {
        "name": "order_status",
        "intents": ["order_status"],
        "steps": [{"tool": "get_orders"}],
        "reply": [{"say": "It is {{ get_orders[0].status }} by now."}],
    }
)
PLAYBOOKS = {"order_status": ORDERS}


def called(**results: Any) -> list[AIMessage | ToolMessage | HumanMessage]:
    """A turn in which these tools were called and answered."""
    calls = [{"name": name, "args": {}, "id": f"c-{name}"} for name in results]
    return [
        HumanMessage(TEXT),
        AIMessage("", tool_calls=calls),
        *(ToolMessage(json.dumps(v), name=n, tool_call_id=f"c-{n}") for n, v in results.items()),
    ]


async def test_the_model_asks_for_tools_and_answers_from_them() -> None:
    model = OfflineModel()
    asked = await model.ainvoke([HumanMessage(TEXT)], facts=FACTS, playbooks=PLAYBOOKS)
    assert [call["name"] for call in asked.tool_calls] == ["get_orders"]
    answer = await model.ainvoke(
        called(get_orders=[{"status": "shipped"}]), facts=FACTS, playbooks=PLAYBOOKS
    )
    assert answer.content == "It is shipped by now."
    assert answer.response_metadata["model_name"] == NAME
    assert answer.response_metadata["memory"]["topic"]["playbook"] == "order_status"


async def test_streamed_pieces_add_up_to_the_message() -> None:
    model = OfflineModel()
    pieces = [
        piece
        async for piece in model.astream(
            called(get_orders=[{"status": "shipped"}]), facts=FACTS, playbooks=PLAYBOOKS
        )
    ]
    assert len(pieces) > 3
    total = AIMessageChunk(content="")
    for piece in pieces:
        total += piece
    assert total.content == "It is shipped by now."
    assert total.response_metadata["memory"]["topic"]["playbook"] == "order_status"


async def test_streamed_tool_calls_come_whole() -> None:
    pieces = [
        piece
        async for piece in OfflineModel().astream(
            [HumanMessage(TEXT)], facts=FACTS, playbooks=PLAYBOOKS
        )
    ]
    assert [call["name"] for piece in pieces for call in piece.tool_calls] == ["get_orders"]


def test_only_what_was_answered_since_the_customer_spoke_counts() -> None:
    before = called(get_orders=[1])
    now = called(get_tickets=[2])
    assert results_in([*before, *now]) == [Result("get_tickets", {}, [2])]


@pytest.mark.parametrize(
    ("content", "result"),
    [
        ('{"refused": "conflict", "reason": "no"}', Result("t", {}, None, "conflict", "no")),
        (
            "Error: t is not a valid tool",
            Result("t", {}, None, "invalid", "Error: t is not a valid tool"),
        ),
        ("null", Result("t", {}, None)),
        ('{"id": 1}', Result("t", {}, {"id": 1})),
    ],
)
def test_a_refusal_is_told_from_a_result(content: str, result: Result) -> None:
    assert results_in([HumanMessage(TEXT), ToolMessage(content, name="t", tool_call_id="c")]) == [
        result
    ]


def test_moves_become_calls_of_control_tools() -> None:
    handed = as_message(Move(hand_over="refund"), FACTS)
    assert handed.tool_calls[0]["name"] == HAND_OVER
    assert handed.tool_calls[0]["args"] == {"reason": "refund", "summary": TEXT}
    passed = as_message(Move(text="First this.", transfer=("billing", "a bill")), FACTS)
    assert passed.content == "First this."
    assert passed.tool_calls[0]["name"] == TRANSFER
    assert passed.tool_calls[0]["args"] == {"specialist": "billing", "reason": "a bill"}
    several = as_message(Move(calls=(Ask("a", {}), Ask("b", {"n": 1}))), FACTS)
    assert [(c["name"], c["args"]) for c in several.tool_calls] == [("a", {}), ("b", {"n": 1})]


def test_a_playbook_that_cannot_be_played_gives_the_customer_a_person(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = ORDERS.model_copy(update={"steps": (), "let": {"n": "1 / 0"}, "reply": ORDERS.reply})
    broken = Playbook.model_validate(
        {**broken.definition(), "reply": [{"say": "{{ n }}"}], "let": {"n": "1 / 0"}}
    )
    move = decided(FACTS, {"order_status": broken}, [])
    assert move.hand_over == "data_gap"
    assert "playbook_failed" in caplog.text

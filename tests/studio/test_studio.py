"""A developer steps through the graph in LangGraph Studio, without a network."""

from typing import Any

import psycopg
import pytest

from tests.studio.dev_server import DevServer
from tests.studio.studio import GRAPH, Studio, said

pytestmark = pytest.mark.studio

STATUS = "What is the status of my order?"
PERSON = "I want to talk to a person"
SPECIALISTS = {"tech", "billing", "leads", "general"}
NODES = SPECIALISTS | {"enrich", "classify", "answer", "specialist", "review", "reply"}
PEOPLE = {"handoff", "human"}


async def test_the_graph_is_listed_with_what_it_does(studio: Studio) -> None:
    (listed,) = await studio.client.assistants.search(graph_id=GRAPH)

    assert "customer's message" in str(listed["description"])


async def test_its_forms_take_a_message_and_the_customer_to_play(studio: Studio) -> None:
    (listed,) = await studio.client.assistants.search(graph_id=GRAPH)
    schemas: Any = await studio.client.assistants.get_schemas(listed["assistant_id"])

    assert list(schemas["input_schema"]["properties"]) == ["messages"]
    assert {"messages", "memory", "draft"} <= set(schemas["state_schema"]["properties"])
    played = schemas["context_schema"]["properties"]
    assert {name: field["default"] for name, field in played.items()} == {
        "tenant": "demo",
        "customer_id": 1,
        "identity": "verified",
        "tone": None,
    }


@pytest.mark.parametrize("xray", [False, True])
async def test_its_drawing_has_every_node_and_no_way_back_to_oneself(
    studio: Studio, *, xray: bool
) -> None:
    drawn: Any = await studio.client.assistants.get_graph(GRAPH, xray=xray)
    edges = {(edge["source"], edge["target"]) for edge in drawn["edges"]}

    assert {node["id"] for node in drawn["nodes"]} == NODES | PEOPLE | {"__start__", "__end__"}
    assert {target for source, target in edges if source == "classify"} == (
        SPECIALISTS | {"specialist", "answer", "handoff"}
    )
    assert {target for source, target in edges if source == "billing"} == (
        SPECIALISTS - {"billing"} | {"specialist", "review", "handoff"}
    )
    assert {source for source, target in edges if target == "__end__"} == {"reply", "human"}


async def test_every_node_shows_what_it_got_and_what_it_made_of_it(studio: Studio) -> None:
    steps = await studio.steps(STATUS)
    outer = {step.node: step for step in steps if not step.path}
    tools = [step for step in steps if step.node == "tools"]

    assert list(outer) == ["enrich", "classify", "general", "review", "reply"]
    assert list(outer["enrich"].input) == ["messages"]
    assert outer["enrich"].result["context"]["customer"]["name"] == "Alice Martin"
    assert outer["classify"].input["context"] == outer["enrich"].result["context"]
    (clause,) = outer["classify"].result["understanding"]["clauses"]
    assert (clause["intent"], clause["specialist"]) == ("order_status", "general")
    assert {call["name"] for step in tools for call in step.input} >= {"get_orders"}
    assert any("Phone Case" in str(step.result) for step in tools)
    draft = outer["general"].result["draft"]
    assert "get_orders" in draft["tool_calls"]
    assert outer["review"].input["draft"] == draft
    assert outer["reply"].result["reply"] == draft["text"]


async def test_a_handoff_waits_in_the_shape_of_agent_inbox_until_people_answer(
    studio: Studio,
) -> None:
    await studio.say(PERSON)
    state = await studio.state()
    (interrupt,) = state["interrupts"]
    inbox = interrupt["value"]

    assert state["next"] == ["human"]
    assert (await studio.client.threads.get(studio.thread))["status"] == "interrupted"
    assert inbox["action_request"]["action"] == "take_over"
    assert inbox["action_request"]["args"]["reasons"] == ["human_requested"]
    assert inbox["description"] == PERSON
    assert inbox["config"] == {
        "allow_accept": True,
        "allow_edit": False,
        "allow_respond": True,
        "allow_ignore": True,
    }

    resumed = await studio.go_on(
        command={"resume": [{"type": "response", "args": "Called her back"}]}
    )

    assert resumed["returned"] == {"action": "return", "note": "Called her back"}
    assert resumed["handoff"] is None
    assert (await studio.state())["next"] == []
    assert len((await studio.say(STATUS))["messages"]) == 4


async def test_threads_do_not_mix_and_a_second_message_is_added(studio: Studio) -> None:
    other = await studio.another()
    await studio.say(STATUS)
    await other.say(PERSON)

    state = await studio.say("And how do I return an item?")

    assert [text for text in said(state) if text.endswith("?")] == [
        STATUS,
        "And how do I return an item?",
    ]
    assert len(state["messages"]) == 4
    assert said(await other.values())[0] == PERSON
    assert len((await other.values())["messages"]) == 2


async def test_stepping_stops_before_every_node_and_loses_nothing(studio: Studio) -> None:
    stops = []
    state = await studio.say(STATUS, interrupt_before="*")
    while following := (await studio.state())["next"]:
        stops += following
        state = await studio.go_on(interrupt_before="*")

    assert stops == ["enrich", "classify", "general", "review", "reply"]
    assert "Phone Case" in state["reply"]


async def test_an_edited_draft_is_what_the_customer_reads(studio: Studio) -> None:
    state = await studio.say(STATUS, interrupt_before=["review"])

    await studio.edit({"draft": {**state["draft"], "text": "It is on its way to you."}})

    assert (await studio.go_on())["reply"] == "It is on its way to you."


async def test_an_edited_understanding_leads_another_way(studio: Studio) -> None:
    state = await studio.say(STATUS, interrupt_after=["classify"])

    await studio.edit(
        {"understanding": {**state["understanding"], "wants_human": True}}, as_node="classify"
    )

    assert (await studio.state())["next"] == ["handoff"]
    assert (await studio.go_on())["handoff"]["reasons"] == ["human_requested"]


async def test_a_run_from_an_earlier_state_writes_anew(
    studio: Studio, rows: psycopg.Connection
) -> None:
    complaint = "I want to file a complaint: the technician never came on Monday"
    await studio.say(complaint, interrupt_after=["classify"])
    before = (await studio.state())["checkpoint"]

    first = await studio.go_on()
    again = await studio.go_on(checkpoint=before)

    made = rows.execute(
        "SELECT operation, actor FROM writes WHERE conversation_id = %s", [studio.thread]
    ).fetchall()
    assert "create_ticket" in first["draft"]["tool_calls"]
    assert again["draft"]["tool_calls"] == first["draft"]["tool_calls"]
    assert made == [("create_ticket", "customer_ai/studio")] * 2


async def test_another_customer_can_be_played(studio: Studio) -> None:
    bob = await studio.say(STATUS, context={"customer_id": 2})
    nobody = await (await studio.another()).say(STATUS, context={"customer_id": None})

    assert bob["context"]["customer"]["name"] == "Bob Keller"
    assert "Wi-Fi 7 Mesh Router Set" in bob["reply"]
    assert nobody["context"]["customer"] is None


async def test_nothing_of_all_this_blocked_the_event_loop(
    studio: Studio, server: DevServer
) -> None:
    await studio.say(STATUS)

    assert "Blocking call" not in server.log.read_text()

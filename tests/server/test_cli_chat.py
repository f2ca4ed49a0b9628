import time
from pathlib import Path

import httpx
import pytest

from server.talk import Talk
from tests.command import switchboard
from tests.served import Served


def given(server: Served, **more: str) -> dict[str, str]:
    """The settings of a terminal beside that server: the demo key is in its data directory."""
    port = server.url.rpartition(":")[2]
    return {"PORT": port, "DATA_DIR": str(server.settings.data_dir), **more}


async def test_a_customer_gets_an_answer_and_sees_where_it_comes_from(
    server: Served, tmp_path: Path
) -> None:
    shown = switchboard(
        "chat",
        "--customer",
        "1",
        folder=tmp_path,
        given=given(server),
        typed="What is the status of my order?\n",
    )
    assert shown.returncode == 0, shown.stderr
    assert "Phone Case" in shown.stdout
    assert "enrich › classify › lookup_customer() › get_orders()" in shown.stdout
    assert shown.stdout.index("get_orders()") < shown.stdout.index("Phone Case")


async def test_an_answer_from_the_knowledge_base_names_its_source(
    server: Served, tmp_path: Path
) -> None:
    shown = switchboard(
        "chat",
        folder=tmp_path,
        given=given(server),
        typed="How long do I have to return a defective item?\n",
    )
    assert "30 days" in shown.stdout
    assert "\n  [" in shown.stdout, "a source in brackets"


async def test_after_a_handoff_the_operators_words_are_shown(
    server: Served, tmp_path: Path
) -> None:
    shown = switchboard(
        "chat",
        folder=tmp_path,
        given=given(server),
        typed="I want to talk to a human\nhello?\n\n",
    )
    assert "A colleague takes over (human_requested)." in shown.stdout
    assert "Your message is with our team" in shown.stdout


async def test_a_conversation_goes_on_from_message_to_message(server: Served) -> None:
    with httpx.Client(base_url=server.url, headers=server.headers, timeout=60) as client:
        talk = Talk(client, customer_id=1)
        for words in ("I want to talk to a human", "hello?"):
            *_, last = talk.say(words)
        assert last["result"]["handoff"]
        path = f"/v1/handoffs/{talk.conversation_id}/messages"
        heard: list[str] = []
        client.post(path, json={"message": "Hi, Sam here."}).raise_for_status()
        with talk.following(heard.append):
            client.post(path, json={"message": "How can I help?"}).raise_for_status()
            for _ in range(200):
                if len(heard) == 2:
                    break
                time.sleep(0.05)
        assert heard == ["Hi, Sam here.", "How can I help?"]


async def test_a_visitor_without_a_key_keeps_the_conversations_token(server: Served) -> None:
    with httpx.Client(base_url=server.url, timeout=60) as client:
        talk = Talk(client)
        *_, first = talk.say("hello")
        *_, second = talk.say("How long do I have to return a defective item?")
        assert first["result"]["conversation_id"] == second["result"]["conversation_id"]
        assert "conversation_token" in first["result"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--key", "sb_wrong"), "401: the API key is not valid"),
        (("--customer", "999"), "404: customer '999' not found"),
    ],
)
async def test_what_the_server_refuses_is_said_in_its_words_and_the_talk_goes_on(
    server: Served, words: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    shown = switchboard("chat", *words, folder=tmp_path, given=given(server), typed="a\nb\n")
    assert shown.returncode == 0
    assert shown.stdout.count(sentence) == 2


async def test_a_key_is_not_sent_to_a_server_of_another_machine_unless_given(
    server: Served, tmp_path: Path
) -> None:
    from server.client import key_for

    kept = server.settings.model_copy(update={"data_dir": server.settings.data_dir})
    assert key_for(kept, "http://127.0.0.1:8000", None) == server.key
    assert key_for(kept, "https://support.example.com", None) is None
    assert key_for(kept, "https://support.example.com", "mine") == "mine"


async def test_serving_twice_on_one_port_names_the_server_that_is_there(
    server: Served, tmp_path: Path
) -> None:
    shown = switchboard("serve", folder=tmp_path, given=given(server))
    port = int(server.url.rpartition(":")[2])
    assert shown.returncode == 1
    assert shown.stderr == (
        f"A Switchboard serves on 127.0.0.1:{port} already. Use it, stop it,"
        f" or start this one on another port: PORT={port + 1} make run\n"
    )

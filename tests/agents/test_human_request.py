import time

import pytest

from agents.human_request import only_sounds_like, wants_human
from data.seed.knowledge import read_knowledge
from data.seed.load import SEED_FOLDERS


@pytest.mark.parametrize(
    "text",
    [
        "talk to a real person",
        "agent please",
        "representative",
        "REPRESENTATIVE!!!",
        "human!!",
        "I want to cancel. Agent.",
        "I don't want a bot, I want a person",
        "can I speak to someone about my roof",
        "please connect me with your billing team's manager",
        "put me through",
        "Transfer me now",
        "let me talk to your supervisor, the refund is wrong",
        "get me a live agent",
        "I need help contacting an operator",
        "is there a human available?",
        "could somebody call me, please",
        "I’d rather chat with a human if possible",
        "no more bots please",
        "escalate this",
        "is it possible to talk with an assistant of yours?",
        "speak to an agnet please",
        "reprsentative please",
        "give me a huamn",
        "could you kindly connect me with one of your colleagues?",
        "I would be grateful if I could speak with a member of your support team",
        "would it be possible to have someone contact me by phone?",
        "please ring me",
        "could a person look at this?",
        "i need to speak w/ someone",
        "wanna talk 2 a person",
        "my internet is down and I want a technician to call me",
        "someone from billing should call me",
        "hand me over to a colleague",
        "can I get some human help here",
        "Please have a representative reach out to me",
        "quiero hablar con un agente",
        "Ich möchte mit einem Menschen sprechen",
        "Kann mich bitte jemand anrufen?",
        "je veux parler à un conseiller",
        "voglio parlare con un operatore",
        "quero falar com um atendente",
        "ik wil met een medewerker spreken",
    ],
)
def test_a_request_for_a_person_is_understood(text: str) -> None:
    assert wants_human(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "human resources",
        "is this a human readable format",
        "are you a human?",
        "are you a bot or a real person",
        "am I talking to a real person?",
        "I spoke to an agent yesterday",
        "an agent told me it is free",
        "I don't need a human, just tell me the price",
        "no human needed",
        "how do I add a person to my account",
        "I need a password manager",
        "my manager needs the invoice",
        "my real estate agent lost the key",
        "which operator do you use",
        "the person who installed it broke my wall",
        "is anyone there",
        "I want to talk to you about my bill",
        "plan for one person please",
        "i want to transfer my money",
        "switch me to the bigger plan",
        "connect me to the internet",
        "do you have people in the next town?",
        "can you call the technician",
        "can you escalate my existing ticket",
        "my agent sold me the house",
        "I need a representative sample of my usage",
        "someone called me from your company",
        "someone keeps calling me with spam",
        "my parcel was left with a person from the shop",
        "the technician called me back",
        "People call me and go straight to voicemail",
        "Can you phone me or only write?",
        "I was told somebody would call me back on Monday",
        "please call me Sam",
        "Necesito ayuda con mi factura",
        "Wo ist meine Bestellung?",
    ],
)
def test_what_only_sounds_like_it_is_not(text: str) -> None:
    assert not wants_human(text)


@pytest.mark.parametrize("text", ["agent orange?", "see bill from Mr. Smith"])
def test_words_for_people_that_mean_something_else_are_known(text: str) -> None:
    assert only_sounds_like(text)


@pytest.mark.parametrize("folder", SEED_FOLDERS, ids=lambda folder: folder.name)
def test_of_the_demo_messages_those_that_ask_are_found_and_few_others(folder: object) -> None:
    entries = read_knowledge(folder).intents  # type: ignore[arg-type]
    asking = [e for entry in entries if entry.specialist == "handoff" for e in entry.examples]
    others = [e for entry in entries if entry.specialist != "handoff" for e in entry.examples]
    missed = [text for text in asking if not wants_human(text)]
    mistaken = [text for text in others if wants_human(text)]
    assert len(missed) <= len(asking) * 0.1, missed
    assert len(mistaken) <= len(others) * 0.01, mistaken


@pytest.mark.parametrize(
    "text", ["speak to a the your ", "a ", "i need the ", "human ", "someone can to ", "is it a "]
)
def test_no_message_takes_more_than_a_moment(text: str) -> None:
    start = time.perf_counter()
    wants_human(text * (10_000 // len(text)))
    assert time.perf_counter() - start < 1

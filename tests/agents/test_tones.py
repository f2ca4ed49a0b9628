"""Which tone a reply has, and what a tenant may say about it."""

from typing import Any

import pytest

from agents.tones import load_tones, tone_for, tones_of

NEUTRAL = "Where is my order?"
ACUTE = "This is OUTRAGEOUS, nobody answers"
CALM = {"preferred_tone": "playful", "risk_flag": False}
AT_RISK = {"preferred_tone": "playful", "risk_flag": True}


@pytest.mark.parametrize(
    ("requested", "text", "customer", "tone"),
    [
        ("playful", ACUTE, AT_RISK, "playful"),
        (None, ACUTE, CALM, "professional"),
        (None, ACUTE, None, "professional"),
        (None, NEUTRAL, AT_RISK, "professional"),
        (None, NEUTRAL, CALM, "playful"),
        (None, NEUTRAL, {"preferred_tone": None}, "friendly"),
        (None, NEUTRAL, None, "friendly"),
    ],
)
def test_the_strongest_reason_for_a_tone_wins(
    requested: str | None, text: str, customer: dict[str, Any] | None, tone: str
) -> None:
    found = tone_for(
        requested=requested,
        text=text,
        customer=customer,
        default="friendly",
        tones=load_tones(),
    )
    assert found == tone


@pytest.mark.parametrize(
    "text",
    [
        "I am so frustrated",
        "I'm ANGRY.",
        "you will hear from my lawyer",
        "That is a rip-off",
        "I'm fed up with this",
        "my lawsuit",
        "what an awful, awful day",
        "I will sue you",
        "I want to file a complaint",
    ],
)
def test_acute_words_are_found_however_they_are_written(text: str) -> None:
    assert load_tones().is_acute(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I have an issue with my invoice",
        "Please pursue this",
        "whatever you think is best",
        "Is Sue there?",
        "the upsetting-free plan",
        "Can I change my plan?",
    ],
)
def test_other_words_are_not(text: str) -> None:
    assert not load_tones().is_acute(text)


def test_a_tenants_own_come_on_top() -> None:
    own = {"tones": {"friendly": "Say ahoy."}, "guardrails": ["No jokes."], "acute": ["kraken*"]}
    tones = tones_of({"name": "Acme", "tones": own})
    prompt = tones.prompt("friendly")
    assert prompt.startswith("Say ahoy.")
    assert "- No jokes." in prompt
    assert all(f"- {rule}" in prompt for rule in load_tones().guardrails)
    assert tones.prompt("playful").startswith(load_tones().tones["playful"].strip())
    assert tones.is_acute("Release the krakens!")
    assert tones.is_acute(ACUTE)


@pytest.mark.parametrize(
    "own",
    [
        "friendly",
        {"tones": {"pirate": "Arr."}},
        {"tones": {"friendly": ""}},
        {"guardrails": "none"},
        {"acute": ["*"]},
        {"acute": ["'"]},
        {"acute": ["'*"]},
        {"acute": ["-"]},
        {"acute": ["(a+)+$"]},
    ],
)
def test_what_cannot_be_read_counts_as_not_said(own: object) -> None:
    assert tones_of({"tones": own}) is load_tones()


def test_an_unknown_tone_speaks_professionally() -> None:
    assert load_tones().prompt("pirate") == load_tones().prompt("professional")


def test_acute_words_of_any_language_are_taken() -> None:
    tones = tones_of({"tones": {"acute": ["Wütend*", "that's it"]}})
    assert tones.is_acute("Ich bin WÜTENDER als je zuvor")
    assert tones.is_acute("THAT'S IT!")
    assert not tones.is_acute("Hello, that is all")

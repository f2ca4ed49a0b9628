from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.extract import answer_from
from agents.phrases import phrase
from agents.sections import Question, answering, grounded_answer, sections_of
from data.db import Database
from data.seed.knowledge import read_knowledge
from data.seed.load import SEED_FOLDERS
from retrievers.embed import Embedder
from retrievers.search import search
from tools.knowledge import PASSAGES

HERE = Path(__file__).parent
QUESTIONS = yaml.safe_load((HERE / "questions.yaml").read_text())
FOLLOW_UPS = yaml.safe_load((HERE / "follow_ups.yaml").read_text())
FOLDERS = {"demo": SEED_FOLDERS[0], "ridgeline": SEED_FOLDERS[1]}
FEWEST_RIGHT = 71  # of 91; 74 when it was written
FEWEST_FOLLOW_UPS_RIGHT = 43  # of 65; 45 when it was written


def passage(content: str, score: float = 0.9, heading: str = "Help › Shipping") -> dict[str, Any]:
    return {"title": "Help", "heading": heading, "content": content, "score": score}


def heading_of(question: Question, *passages: dict[str, Any]) -> str | None:
    found = answering(passages, question)
    return found.heading if found else None


def test_a_passage_is_cut_at_the_headings_inside_it() -> None:
    found = list(sections_of(passage("First.\n\n### Second part\n\nMore.", heading="Help › One")))
    assert [(s.heading, s.body) for s in found] == [("One", "First."), ("Second part", "More.")]


def test_words_decide_between_sections_that_are_about_as_near() -> None:
    claim = passage("The visit is free during the warranty.", 0.72, "Making a claim")
    length = passage("Ten years.", 0.70, "How long the warranty lasts")
    asked = Question("how long is the warranty")
    assert heading_of(asked, claim, length) == "How long the warranty lasts"


def test_meaning_decides_where_no_word_is_shared() -> None:
    one, two = passage("x", 0.61, "One"), passage("y", 0.9, "Two")
    assert heading_of(Question("zebra"), one, two) == "Two"


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("what does it cost", "Cost"),
        ("how long does the repair take", "Time"),
        ("who repairs it", "Cost"),
    ],
)
def test_a_section_without_what_is_asked_for_is_another_ones(text: str, heading: str) -> None:
    cost = passage("A repair is $20.00 for everybody.", 0.8, "Cost")
    time = passage("A repair is done in 3 days by us.", 0.8, "Time")
    assert heading_of(Question(text), cost, time) == heading


def test_a_misspelt_word_counts_as_the_one_that_was_meant() -> None:
    near = passage("Any store.", 0.62, "Where to park")
    meant = passage("Charge them first.", 0.6, "Headphones")
    assert heading_of(Question("hedphones dead"), near, meant) == "Headphones"


def test_words_that_are_said_for_one_another_are_the_same() -> None:
    near = passage("It costs $5.00.", 0.62, "Parking")
    meant = passage("It is $7.00 for all.", 0.6, "Fees of the bank")
    assert heading_of(Question("price of the bank"), near, meant) == "Fees of the bank"


def test_more_is_needed_where_nobody_knows_the_subject() -> None:
    found = passage("We sew sails.", 0.7, "Sails")
    assert heading_of(Question("zebra"), found) == "Sails"
    assert heading_of(Question("zebra", known=False), found) is None


def test_what_goes_on_is_answered_by_the_article_that_answered_before() -> None:
    told = f"Two parts.\n\n{phrase('sources', titles='Help')}"
    other = {**passage("A lost one costs $9.00.", 0.5, "Cards"), "title": "Cards"}
    same = passage("A part that is late costs $5.00.", 0.45, "Late parts")
    alone = answering([other, same], Question("what does it cost"))
    going_on = answering(
        [other, same], Question("what does it cost", "can I pay in parts", told), [same]
    )
    assert alone is not None
    assert going_on is not None
    assert (alone.heading, going_on.heading) == ("Cards", "Late parts")


@pytest.mark.parametrize("passages", [None, [], [passage("Text.", 0.59)], [passage("  ", 0.9)]])
def test_what_is_not_near_enough_is_no_answer(passages: list[dict[str, Any]] | None) -> None:
    assert grounded_answer(passages, "zebra") == ""


def test_an_answer_names_its_source() -> None:
    assert grounded_answer([passage("We ship.")], "ship") == "We ship.\n\nSource: Help"


async def test_customers_questions_are_answered_by_the_right_section(
    demo: Database, embedder: Embedder
) -> None:
    asked = [(tenant, *entry) for tenant, entries in QUESTIONS.items() for entry in entries]
    right = 0
    for tenant, text, *headings in asked:
        found = await found_for(demo, embedder, tenant, text)
        best = answering(found, Question(text))
        right += best is not None and best.heading in headings
    assert right >= FEWEST_RIGHT, f"{right} of {len(asked)}"


async def test_what_follows_is_answered_by_the_right_section(
    demo: Database, embedder: Embedder
) -> None:
    asked = [(tenant, *entry) for tenant, entries in FOLLOW_UPS.items() for entry in entries]
    written = {tenant: sections_in(folder) for tenant, folder in FOLDERS.items()}
    right = 0
    for tenant, before, heading, text, *headings in asked:
        title, body = written[tenant][heading]
        told = f"{answer_from(before, body)}\n\n{phrase('sources', titles=title)}"
        question = Question(text, before, told)
        found = await found_for(demo, embedder, tenant, text, told)
        in_full = await found_for(demo, embedder, tenant, question.in_full, told)
        best = answering(found, question, in_full)
        right += best is not None and best.heading in headings
    assert right >= FEWEST_FOLLOW_UPS_RIGHT, f"{right} of {len(asked)}"


async def found_for(
    database: Database, embedder: Embedder, tenant: str, text: str, earlier: str = ""
) -> list[dict[str, Any]]:
    found = await search(database, embedder, tenant, text, earlier=earlier, limit=PASSAGES)
    return [
        {"title": p.title, "heading": p.heading, "content": p.content, "score": p.score}
        for p in found
    ]


def sections_in(folder: Path) -> dict[str, tuple[str, str]]:
    """Title and text of each section of a company's articles, by its heading."""
    return {
        section.heading: (section.title, section.body)
        for article in read_knowledge(folder).articles
        for section in sections_of(
            {"title": article.front.title, "content": article.content, "score": 1.0}
        )
    }

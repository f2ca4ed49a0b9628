"""What is wrong with a tenant's knowledge files is said before anything is written."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from data.errors import Invalid
from data.seed.knowledge import read_knowledge
from data.seed.load import SEED_FOLDERS

NORTHWAVE = next(folder for folder in SEED_FOLDERS if folder.name == "northwave")
REFUNDS = "articles/billing/refund-policy.md"

Edit = Callable[[str], str]


def swap(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


@pytest.mark.parametrize("folder", SEED_FOLDERS, ids=lambda folder: folder.name)
def test_what_is_shipped_can_be_read(folder: Path) -> None:
    files = read_knowledge(folder)
    assert files.intents
    assert files.curated
    assert all(article.source.startswith("articles/") for article in files.articles)
    assert {article.front.specialist for article in files.articles} >= {"billing", "general"}


def test_an_article_is_named_by_its_path() -> None:
    articles = {article.source: article for article in read_knowledge(NORTHWAVE).articles}
    refunds = articles["articles/billing/refund-policy"]
    assert (refunds.front.title, refunds.front.specialist) == ("Refund policy", "billing")
    assert "30 days" in refunds.content
    assert "title:" not in refunds.content


@pytest.mark.parametrize(
    ("file", "edit", "problem"),
    [
        ("intents.yaml", lambda _: "[", "northwave/intents.yaml: line 1 is no YAML"),
        ("intents.yaml", lambda _: "a: 1", "northwave/intents.yaml: must be a list of entries"),
        (
            "intents.yaml",
            swap("specialist: tech", "specialist: Tech Team"),
            r"northwave/intents.yaml, entry 1 \(name connection_down\): specialist: String should",
        ),
        (
            "intents.yaml",
            swap("  account: false\n", "  acount: false\n"),
            r"northwave/intents.yaml, entry 1 \(name connection_down\): acount is no field",
        ),
        (
            "intents.yaml",
            swap("- name: connection_slow", "- name: connection_down"),
            "northwave/intents.yaml: the name 'connection_down' occurs twice",
        ),
        (
            "intents.yaml",
            swap("    - slow internet\n", "    - no internet\n"),
            "northwave/intents.yaml: the example 'no internet' occurs twice",
        ),
        (
            "curated.yaml",
            swap("confidence: 0.95", "confidence: 1.5"),
            r"northwave/curated.yaml, entry 1 \(name opening_hours\): confidence: Input should",
        ),
        (
            "curated.yaml",
            swap("[company_info]", "[company_infos]"),
            "northwave/curated.yaml, entry opening_hours: 'company_infos' is no intent",
        ),
        (
            "curated.yaml",
            swap("name: contact", "name: opening_hours"),
            "northwave/curated.yaml: the name 'general/opening_hours' occurs twice",
        ),
        (REFUNDS, swap("---\n", ""), "billing/refund-policy.md: must begin with title"),
        (REFUNDS, lambda _: "", "billing/refund-policy.md: must begin with title"),
        (REFUNDS, swap("title: ", "titel: "), "billing/refund-policy.md: title is missing"),
        (REFUNDS, swap("title: ", "title: ]"), "billing/refund-policy.md: what stands between"),
        (
            REFUNDS,
            lambda _: "---\ntitle: Refunds\n---\n\n",
            "billing/refund-policy.md: the article has no text",
        ),
    ],
)
def test_a_malformed_file_is_named_with_its_entry(
    tmp_path: Path, file: str, edit: Edit, problem: str
) -> None:
    folder = tmp_path / "northwave"
    copytree(NORTHWAVE, folder)
    (folder / file).write_text(edit((folder / file).read_text("utf-8")), "utf-8")
    with pytest.raises(Invalid, match=f"^{problem}"):
        read_knowledge(folder)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"intents\.yaml: the file is missing"):
        read_knowledge(tmp_path)


def test_an_article_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    copytree(NORTHWAVE, tmp_path / "northwave")
    (tmp_path / "northwave" / REFUNDS).write_bytes(b"---\ntitle: \xff\n---\nx")
    with pytest.raises(Invalid, match=r"^billing/refund-policy\.md: the file is not UTF-8"):
        read_knowledge(tmp_path / "northwave")

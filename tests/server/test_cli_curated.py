"""Curated answers by file, run in this process, on a real database."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import Result

from data import intents, tenants
from data.curated import CuratedAnswer
from data.db import open_database
from data.errors import Invalid, NotFound
from data.intents import Intent
from data.seed.knowledge import read_curated
from data.seed.load import SEED_FOLDERS
from data.tenants import Tenant
from server.curated_file import Difference, difference, lines_of
from tests.command import run_here

OVEN = Intent("oven", "general", account=False, description="", keywords=[])
HOURS = """\
- specialist: general
  name: opening_hours
  keywords: [opening hours, when are you open]
  response: |
    From six to four.

    On Sundays: never.
- specialist: general
  name: oven
  intents: [oven]
  keywords: []
  response: We bake at 250 °C.
  confidence: 1
"""
MUFFINS = CuratedAnswer("general", "muffins", [], ["muffin"], "Two dollars.", 0.9)


@pytest.fixture
def bakery(database_url: str) -> str:
    async def found() -> None:
        async with open_database(database_url, minimum=1, maximum=1) as database:
            async with database.ops_transaction() as ops:
                await tenants.add_tenant(ops, Tenant("buns", "Buns", {}, "x" * 32))
            async with database.transaction("buns") as db:
                await intents.put_intents(db, "buns", [OVEN])

    asyncio.run(found())
    return database_url


def test_a_file_is_loaded_edited_and_loaded_again(
    bakery: str, data_dir: Path, tmp_path: Path
) -> None:
    def run(*words: str, fails: bool = False) -> Result:
        result = run_here(["curated", *words, "--tenant", "buns"], data_dir, bakery)
        assert (result.exit_code != 0) is fails, result.output
        return result

    file = tmp_path / "buns.yaml"
    file.write_text(HOURS, "utf-8")
    assert "2 added, 0 changed" in run("load", str(file), "--dry-run").output
    loaded = run("load", str(file)).output
    assert loaded.splitlines()[:2] == ["+ general/opening_hours", "+ general/oven"]
    file.write_text(run("export").stdout, "utf-8")
    assert "0 added, 0 changed, 0 taken away, 2 the same" in run("load", str(file)).output

    edited = file.read_text("utf-8").replace("six to four", "six to three")
    file.write_text(edited.replace("name: oven", "name: ovens"), "utf-8")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(edited.replace("- oven", "- owen"), "utf-8")
    refused = run("load", str(wrong), "--prune", fails=True)
    assert isinstance(refused.exception, Invalid)
    assert "entry oven: 'owen' is no intent" in str(refused.exception)
    assert "(line 17)" in str(refused.exception)
    changed = run("load", str(file), "--prune").stdout.splitlines()
    assert changed[:2] == ["+ general/ovens", "~ general/opening_hours"]
    assert changed[-1] == "- general/oven"
    assert "1 added" not in run("load", str(file)).output

    missing = run("remove", "general/ovens", "general/none", fails=True)
    assert isinstance(missing.exception, NotFound)
    assert "ovens" in run("export").stdout  # all or none of them
    run("remove", "general/ovens", "general/opening_hours")
    assert run("export").stdout.endswith("[]\n")
    nobody = run_here(["curated", "load", str(file), "--tenant", "nobody"], data_dir, bakery)
    assert "there is no tenant 'nobody'" in str(nobody.exception)


@pytest.mark.parametrize("folder", SEED_FOLDERS, ids=lambda folder: folder.name)
def test_the_demo_companies_files_may_be_taken_as_they_are(folder: Path) -> None:
    assert read_curated(folder / "curated.yaml")


def entry(**fields: str) -> str:
    whole = {"specialist": "general", "name": "x", "keywords": "[a]", "response": "b"} | fields
    return "- " + "\n  ".join(f"{key}: {value}" for key, value in whole.items() if value) + "\n"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (entry() + entry(), "the name 'general/x' occurs twice; remove one \\(line 5\\)"),
        (entry(response=""), r"entry 1 \(name x\): response is missing; add it \(line 1\)"),
        (entry(response="' '"), r"response: String should have at least 1 character.*\(line 4\)"),
        (entry(response='"\\u200b"'), r"response: must not be blank.*\(line 4\)"),
        (
            entry(response="x" * 4001),
            r"response: String should have at most 4000 characters;",
        ),
        (entry(response="yes"), r"response: must be text; put quotes around it.*\(line 4\)"),
        (entry(response='"a\\0b"'), r"must not contain the character NUL.*\(line 4\)"),
        (entry(keywords="hours"), r"keywords must be a list.*\(line 3\)"),
        (entry(keywords=str(["a"] * 51)), r"keywords: List should have at most 50.*\(line 3\)"),
        (entry(confidence="95"), r"confidence: Input should be less than or equal to 1"),
        (entry(confidence="'0.9'"), r"confidence: Input should be a valid number"),
        (entry(specialist="Sales Team"), r"specialist: String should match"),
        (entry(reply="b"), r"reply is no field of such an entry; remove it \(line 5\)"),
        (entry() + "  response: c\n", r"line 5 is no YAML \('response' is there twice"),
        ("[" * 1000, "lists in lists without end"),
        ("a: 1", "must be a list of entries"),
    ],
)
def test_a_wrong_file_says_what_and_where(tmp_path: Path, content: str, complaint: str) -> None:
    (tmp_path / "a.yaml").write_text(content, "utf-8")
    with pytest.raises(Invalid, match=complaint):
        read_curated(tmp_path / "a.yaml")


def test_an_empty_file_takes_nothing_away(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("# nothing yet\n")
    refused = run_here(["curated", "load", str(tmp_path / "a.yaml"), "--prune"], data_dir)
    assert "holds no answer" in str(refused.exception)


def places(answers: Sequence[CuratedAnswer]) -> list[str]:
    return [answer.name for answer in answers]


def test_only_what_is_pruned_goes() -> None:
    dearer = replace(MUFFINS, response="Three dollars.", keywords=["muffin", "muffins"])
    other = replace(MUFFINS, name="other")
    kept = difference([MUFFINS, other], [dearer], prune=False)
    assert kept == Difference((), ((MUFFINS, dearer),), (), 0)
    assert places(difference([MUFFINS, other], [dearer], prune=True).gone) == ["other"]
    assert list(lines_of(kept)) == [
        "~ general/muffins",
        "    keywords + muffins",
        "    response - Two dollars.",
        "    response + Three dollars.",
    ]

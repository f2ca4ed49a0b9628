"""Labelled messages by file, and the commands that fit: run in this process, on a real database."""

import asyncio
import json
from pathlib import Path

import pytest

from agents.fitted import Source
from agents.route_head import FITTED, read_head
from agents.sentiment_head import FITTED as MOODS
from agents.sentiment_head import read_head as read_moods
from data import tenants
from data.db import open_database
from data.errors import Invalid
from data.tenants import Tenant
from server.labelling import read_labelled
from tests.command import run_here

YAML = """
- name: crumbs
  specialist: general
  account: false
  description: About crumbs.
  keywords: [crumbs]
  examples: [there are crumbs everywhere]
"""


def test_files_are_added_listed_and_taken_away(
    database_url: str, data_dir: Path, tmp_path: Path
) -> None:
    async def found_bakery() -> None:
        async with (
            open_database(database_url, minimum=1, maximum=1) as database,
            database.ops_transaction() as ops,
        ):
            await tenants.add_tenant(ops, Tenant("bakery", "Bakery", {}, "x" * 32))

    asyncio.run(found_bakery())
    (tmp_path / "a.yaml").write_text(YAML)
    lines = [
        {"intent": "crumbs", "content": "so many crumbs"},
        {"route": "billing", "text": "the rolls were charged twice"},
    ]
    (tmp_path / "b.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "c.jsonl").write_text(
        '{"intent": "tech", "content": "x"}\n{"intent": "no_such", "content": "y"}'
    )
    files = [str(tmp_path / name) for name in ("a.yaml", "b.jsonl")]
    bakery = ["--tenant", "bakery"]
    added = run_here(["intents", "add", *files, *bakery], data_dir, database_url)
    assert added.exit_code == 0, added.output
    assert "b.jsonl: 2 labelled messages for bakery." in added.output
    refused = run_here(
        ["intents", "add", str(tmp_path / "c.jsonl"), *bakery], data_dir, database_url
    )
    assert isinstance(refused.exception, Invalid)
    assert "there is no intent 'no_such'" in str(refused.exception)
    listed = run_here(["intents", "list", *bakery], data_dir, database_url)
    rows = [line.split("\t") for line in listed.output.splitlines()]
    assert [(intent, content) for _, intent, content in rows] == [
        ("billing", "the rolls were charged twice"),
        ("crumbs", "there are crumbs everywhere"),
        ("crumbs", "so many crumbs"),
    ]
    gone = run_here(["intents", "remove", rows[0][0], *bakery], data_dir, database_url)
    assert gone.exit_code == 0, gone.output
    left = run_here(["intents", "list", *bakery, "--intent", "billing"], data_dir, database_url)
    assert left.output == ""


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.jsonl", '{"intent": "ok", "content": "x"}\n{"intent": "ok"}', r"a\.jsonl, line 2"),
        ("a.jsonl", "", "holds no labelled message"),
        ("a.yaml", "- name: x\n", "specialist"),
        ("a.yaml", "- [", "no YAML"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(
    tmp_path: Path, name: str, content: str, complaint: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(Invalid, match=complaint):
        read_labelled(tmp_path / name)


def test_both_heads_are_fitted_by_command(data_dir: Path, tmp_path: Path) -> None:
    """On our own messages, beside which a company's may stand."""
    (tmp_path / "mine.jsonl").write_text('{"text": "the blorb is splunky", "route": "tech"}')
    words = ["train", "intent", "--data", str(tmp_path / "mine.jsonl"), "--licence", "ours"]
    fitted = run_here([*words, "--out", str(tmp_path / FITTED)], data_dir)
    assert fitted.exit_code == 0, fitted.output
    mine = read_head(tmp_path / FITTED).sources[1]
    assert mine == Source("mine", 1, mine.sha256, "ours")
    moods = run_here(["train", "sentiment", "--out", str(tmp_path / MOODS)], data_dir)
    assert moods.exit_code == 0, moods.output
    assert read_moods(tmp_path / MOODS).sources

import json
from pathlib import Path
from typing import Any

from tests.command import switchboard
from tests.served import Served

LINES: list[dict[str, Any]] = [
    {"turns": [{"customer": "hello"}, {"customer": "How long can I return a defective item?"}]},
    {
        "turns": [
            {"customer": "I want to talk to a human"},
            {"customer": "are you there?"},
            {"customer": "hello?"},
        ],
        "expected_routes": ["general"],
    },
    {"text": "How long do I have to return a defective item?", "route": "general"},
    {"text": "My internet is down", "route": "tech"},
    {"text": "x" * 8001, "route": "tech"},
]


def replay(server: Served, folder: Path, *words: str) -> tuple[int, str]:
    """Run the command beside a server; exit code and what it said."""
    given = {
        "PORT": server.url.rpartition(":")[2],
        "DATA_DIR": str(server.settings.data_dir),
        "DATABASE_URL": str(server.settings.database_url),
    }
    done = switchboard("replay", *words, folder=folder, given=given)
    return done.returncode, done.stderr


def report_in(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


async def test_real_conversations_go_through_and_the_report_says_how(
    server: Served, tmp_path: Path
) -> None:
    lines = [json.dumps(line) for line in LINES]
    lines.insert(1, "{broken")
    file = tmp_path / "talks.jsonl"
    file.write_text("\n".join(lines))
    code, said = replay(server, tmp_path, str(file), "--report", str(tmp_path / "r"))
    report = report_in(tmp_path / "r")

    assert (report["conversations"], report["messages"]) == (5, 8)
    assert report["malformed"] == [{"line": 2, "reason": "is no JSON"}]
    assert "talks.jsonl:2 is no JSON" in said
    assert report["outcomes"]["after handoff"] == 2
    assert report["outcomes"]["error"] == 1
    assert report["handoffs"]["reasons"]["human_requested"] == 1
    assert "unanswered" not in report["outcomes"]
    (error,) = report["errors"]
    assert error.startswith("422")
    assert report["history"] == {"conversations": 5, "messages": 8, "losses": []}
    assert report["latency_ms"]["p50"] <= report["latency_ms"]["max"]
    assert code == 1, "a message met an error"
    assert "Replay of talks.jsonl" in (tmp_path / "r" / "report.md").read_text()
    every = (tmp_path / "r" / "messages.jsonl").read_text().splitlines()
    assert [json.loads(line)["said"] for line in every][:2] == [
        turn["customer"] for turn in LINES[0]["turns"]
    ]


async def test_plain_text_as_a_customer_reads_that_customers_records(
    server: Served, tmp_path: Path
) -> None:
    file = tmp_path / "lines.txt"
    file.write_text("What is the status of my order?\nWhere is my order?\nHi\n")
    words = ("--customer", "1", "--limit", "2", "--report", str(tmp_path / "r"), "--verify-all")
    code, said = replay(server, tmp_path, str(file), *words)
    report = report_in(tmp_path / "r")
    assert code == 0, said
    assert report["messages"] == 2
    assert report["outcomes"] == {"tools": 2}
    assert report["tools"]["calls"]["get_orders"] == 2
    assert report["routes"] is None


async def test_a_file_without_a_usable_line_sends_nothing(server: Served, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n[]\n")
    code, said = replay(server, tmp_path, str(tmp_path / "empty.jsonl"))
    assert code == 1
    assert "empty.jsonl:2 is no JSON object" in said
    assert "holds nothing to send" in said
    assert not (server.settings.data_dir / "replay").exists()


async def test_a_file_that_is_not_there_is_named(server: Served, tmp_path: Path) -> None:
    code, said = replay(server, tmp_path, "nowhere.jsonl")
    assert code == 2
    assert "nowhere.jsonl" in said
    assert "Traceback" not in said

"""A replay's report: `report.json` for programs, `report.md` for people, and every message."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from server.replay.sending import Sent
from server.replay.tally import outcome_of, specialist_of

TITLES = {
    "outcomes": "What came of the messages",
    "match_levels": "How the answered ones were matched",
    "specialists": "Who was on them",
}


def write_report(folder: Path, report: Mapping[str, Any], sent: Sequence[Sent]) -> Path:
    """Write `report.json`, `report.md` and `messages.jsonl`; where the readable one is.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    whole = json.dumps(report, indent=2, ensure_ascii=False)
    (folder / "report.json").write_text(f"{whole}\n", encoding="utf-8")
    with (folder / "messages.jsonl").open("w", encoding="utf-8") as messages:
        for conversation in sent:
            for line in _lines(conversation):
                messages.write(f"{json.dumps(line, ensure_ascii=False)}\n")
    readable = folder / "report.md"
    readable.write_text(as_markdown(report), encoding="utf-8")
    return readable


def _lines(conversation: Sent) -> list[dict[str, Any]]:
    """What was said and what came of it, to look into what the tables show."""
    return [
        {
            "line": conversation.recorded.line,
            "conversation_id": conversation.thread_id,
            "expected": conversation.recorded.expected,
            "said": each.content,
            "outcome": outcome_of(each),
            "specialist": specialist_of(each),
            "ms": round(each.seconds * 1000, 1),
            "error": each.error,
            "result": each.result,
        }
        for each in conversation.exchanges
    ]


def as_markdown(report: Mapping[str, Any]) -> str:
    """The report in tables."""
    parts = [_head(report)]
    parts += [f"## {title}\n\n{_table(report[key])}" for key, title in TITLES.items()]
    parts.append(_handoffs(report["handoffs"]))
    parts.append(_tools(report["tools"]))
    if report["routes"]:
        parts.append(_routes(report["routes"]))
    parts.append(f"## Latency, ms\n\n{_table(report['latency_ms'])}")
    parts.append(f"## Errors\n\n{_table(report['errors'])}")
    parts.append(_history(report["history"]))
    if report["malformed"]:
        lines = "\n".join(f"- line {m['line']} {m['reason']}" for m in report["malformed"])
        parts.append(f"## Lines left out\n\n{lines}")
    return "\n\n".join(parts) + "\n"


def _head(report: Mapping[str, Any]) -> str:
    return (
        f"# Replay of {report['file']}\n\n"
        f"{report['messages']} messages in {report['conversations']} conversations"
        f" to {report['url']}, {report['concurrency']} at a time, in {report['seconds']} s:"
        f" {report['turns_per_second']} turns a second."
        f" {len(report['malformed'])} lines left out."
    )


def _handoffs(handoffs: Mapping[str, Any]) -> str:
    return (
        f"## Handed over\n\n{handoffs['conversations']} conversations;"
        f" {handoffs['messages_afterwards']} messages came after that and went to people.\n\n"
        f"{_table(handoffs['reasons'])}"
    )


def _tools(tools: Mapping[str, Any]) -> str:
    return (
        f"## Tools\n\n{_table(tools['calls'])}\n\nTool errors:\n\n{_table(tools['errors'])}\n\n"
        f"Turns that failed and went to people: {tools['failed_turns']}."
    )


def _routes(routes: Mapping[str, Any]) -> str:
    lines = ["## Expected and taken"]
    if routes["judged"]:
        lines.append(
            f"{routes['agreed']} of {routes['judged']} single messages agree"
            f" ({routes['agreement']:.1%}); those that belong nowhere (`oos`) are not judged."
        )
    if routes["conversations_expected"]:
        lines.append(
            f"In whole conversations, {routes['conversations_reached']} of"
            f" {routes['conversations_expected']} expected specialists were reached."
        )
    if routes["confusion"]:
        lines.append(_confusion(routes["confusion"]))
    return "\n\n".join(lines)


def _confusion(confusion: Mapping[str, Mapping[str, int]]) -> str:
    taken = sorted({name for row in confusion.values() for name in row})
    head = f"| expected ↓ taken → | {' | '.join(taken)} |\n|---|{'--:|' * len(taken)}"
    rows = [
        f"| {expected} | {' | '.join(str(row.get(name, 0)) for name in taken)} |"
        for expected, row in confusion.items()
    ]
    return "\n".join([head, *rows])


def _history(history: Mapping[str, Any]) -> str:
    said = (
        f"## Looked up afterwards\n\n{history['messages']} messages of"
        f" {history['conversations']} conversations: "
    )
    if not history["losses"]:
        return said + "each is in the history once, in order."
    return said + "losses!\n\n" + "\n".join(f"- {loss}" for loss in history["losses"])


def _table(rows: Mapping[str, Any]) -> str:
    if not rows:
        return "None."
    body = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
    return f"| | |\n|---|--:|\n{body}"

"""One file from end to end: read, send, look up, report."""

import itertools
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from server.client import TIMEOUT_S
from server.customer_token import sign_token
from server.progress import bars, console
from server.replay.history import check_history, sample
from server.replay.patience import Patience
from server.replay.recording import Malformed, Recorded, read_recording
from server.replay.report import write_report
from server.replay.sending import Sent, open_remote, send_all
from server.replay.tally import tally
from server.settings import DEMO_TENANT, Settings

TOKEN_LIFE = timedelta(hours=24)  # a long replay must not outlive its token
NAMED = 10  # malformed lines that are shown at once; the report has all


@dataclass(frozen=True, slots=True)
class Order:
    """What to send where. `folder` is for the report."""

    file: Path
    url: str
    key: str
    customer_id: int | None
    concurrency: int
    limit: int | None
    folder: Path
    verify_all: bool


async def replay_file(settings: Settings, order: Order) -> bool:
    """Replay a file and report; whether nothing was lost and nothing met an error.

    Raises:
        NotFound: there is no such customer to make a token for.
        OSError: the file cannot be read, or the report not be written.
    """
    recordings, malformed = _read(order)
    _name(order.file, malformed)
    if not recordings:
        console.print(f"{order.file} holds nothing to send.", style="red", highlight=False)
        return False
    report, sent = await _send(settings, order, recordings)
    report["malformed"] = [asdict(each) for each in malformed]
    where = write_report(order.folder, report, sent)
    _summarise(report, where)
    return not report["errors"] and not report["history"]["losses"]


def _read(order: Order) -> tuple[list[Recorded], list[Malformed]]:
    lines = list(read_recording(order.file))
    good = (line for line in lines if isinstance(line, Recorded))
    bad = [line for line in lines if isinstance(line, Malformed)]
    return list(itertools.islice(good, order.limit)), bad


async def _send(
    settings: Settings, order: Order, recordings: list[Recorded]
) -> tuple[dict[str, Any], list[Sent]]:
    headers = {"x-api-key": order.key}
    sender = headers
    if order.customer_id is not None:
        token = await sign_token(settings, DEMO_TENANT, order.customer_id, TOKEN_LIFE)
        sender = {"authorization": f"Bearer {token}"}
    total, done = sum(len(each.said) for each in recordings), 0
    patience = Patience()
    started, begun = datetime.now(UTC), time.perf_counter()
    with bars() as shown:

        def progress() -> None:
            nonlocal done
            done += 1
            shown.report(order.file.name, done, total)

        shown.report(order.file.name, 0, total)
        sent = await send_all(
            open_remote(order.url, sender),
            recordings,
            concurrency=order.concurrency,
            progress=progress,
            patience=patience,
        )
        seconds = time.perf_counter() - begun
        looked_at = sample(sent, everything=order.verify_all)
        async with httpx.AsyncClient(
            base_url=order.url, headers=headers, timeout=TIMEOUT_S
        ) as client:
            checked = await check_history(client, looked_at, patience)
    report = {
        "file": order.file.name,
        "url": order.url,
        "started_at": started.isoformat(timespec="seconds"),
        "concurrency": order.concurrency,
        **tally(sent, seconds),
        "history": asdict(checked),
    }
    return report, sent


def _name(file: Path, malformed: list[Malformed]) -> None:
    for each in malformed[:NAMED]:
        console.print(f"{file.name}:{each.line} {each.reason}", style="yellow", highlight=False)
    if len(malformed) > NAMED:
        console.print(f"… and {len(malformed) - NAMED} more lines like that", style="yellow")


def _summarise(report: dict[str, Any], where: Path) -> None:
    latency = report["latency_ms"]
    lines = [
        f"{report['messages']} messages in {report['seconds']} s,"
        f" {report['turns_per_second']} turns a second;"
        f" p50 {latency.get('p50')} ms, p95 {latency.get('p95')} ms",
        ", ".join(f"{name}: {count}" for name, count in report["outcomes"].items()),
        *(f"lost: {loss}" for loss in report["history"]["losses"][:NAMED]),
        f"Report: {where}",
    ]
    console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)

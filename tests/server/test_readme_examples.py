"""The README's Python examples run as they stand there."""

import contextlib
import io
import re
from pathlib import Path

from tests.served import Served
from tests.server.callers import Callers

README = Path(__file__).parents[2] / "README.md"
PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def run(code: str, **replaced: str) -> str:
    """What an example prints, with a few of its words replaced."""
    for there, here in replaced.items():
        assert there in code
        code = code.replace(there, here)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        names: dict[str, object] = {}
        exec(code, names)
    with contextlib.suppress(AttributeError):
        names["support"].sync_client.close()  # type: ignore[attr-defined]
    return printed.getvalue()


def examples() -> list[str]:
    return PYTHON.findall(README.read_text(encoding="utf-8"))


async def test_an_application_plugs_in_with_a_key(server: Served) -> None:
    code = examples()[0]
    printed = run(code, **{"http://127.0.0.1:8000": server.url, "sb_…": server.key})
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    assert "curated/general" in printed or "articles/" in printed
    assert "'event': 'result'" in printed


async def test_a_customer_comes_with_a_token_of_the_host_application(
    server: Served, callers: Callers
) -> None:
    secret = await callers.secret()
    printed = run(
        examples()[1], **{"http://127.0.0.1:8000": server.url, "the tenant's secret": secret}
    )
    assert "Phone Case" in printed

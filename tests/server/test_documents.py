"""Documents over HTTP: as JSON, as files, replaced, taken away, and refused."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.retrievers import pdfs
from tests.server.callers import OTHER_TENANT, Callers, problem

PATH = "/v1/knowledge/documents"
GLIDERS = "# Gliders\n\nA glider of ours lands on water after {} hours.\n\n## Repairs\n\nIn June."


@pytest.fixture(scope="module")
async def admin(callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    async with callers.http(callers.admin) as http:
        yield http


async def best(http: httpx.AsyncClient, query: str) -> dict[str, Any]:
    found = await http.get("/v1/knowledge/search", params={"q": query, "num_results": 1})
    result: dict[str, Any] = found.json()["results"][0]
    return result


async def test_a_document_is_found_replaced_and_taken_away(
    callers: Callers, admin: httpx.AsyncClient
) -> None:
    new = {"title": "Gliders on water", "content": GLIDERS.format("nine"), "category": "air"}
    made = await admin.post(PATH, json=new)
    assert made.status_code == 201, made.text
    assert made.json()["source"] == "uploads/gliders-on-water"
    assert (made.json()["changed"], made.json()["status"]) == (True, "ready")
    assert "nine" in (await best(admin, "How long does a glider fly before water?"))["content"]

    same = await admin.post(PATH, json=new)
    assert same.json() == made.json() | {"changed": False}
    other = await admin.post(PATH, json=new | {"content": GLIDERS.format("seven")})
    assert (other.json()["id"], other.json()["changed"]) == (made.json()["id"], True)
    assert "seven" in (await best(admin, "How long does a glider fly before water?"))["content"]

    path = f"{PATH}/{made.json()['id']}"
    async with callers.http(await callers.key(tenant=OTHER_TENANT, role="admin")) as stranger:
        problem(await stranger.delete(path), 404)
    once = {"idempotency-key": "d-1"}
    answers = [await admin.delete(path, headers=once) for _ in range(2)]
    assert [answer.json() for answer in answers] == [{"deleted": 1}] * 2
    problem(await admin.delete(path), 404)
    assert "glider" not in (await best(admin, "glider on water"))["content"]


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("Kites.md", b"# Kites\n\nOur kites are **mauve**.", "mauve"),
        ("kites.txt", b"Our kites are purple.", "purple"),
        ("kites.HTML", b"<h1>Kites</h1><script>x</script><p>Our kites are teal.</p>", "teal"),
        ("kites.pdf", pdfs.text("Our kites are crimson."), "crimson"),
        ("../../C:\\x\\kites.txt", b"\xef\xbb\xbfOur kites are beige.\r\n", "beige"),
    ],
)
async def test_a_file_is_read_as_what_its_name_says(
    admin: httpx.AsyncClient, name: str, content: bytes, found: str
) -> None:
    fields = {"specialist": "tech", "source": "toys/kites"}
    made = await admin.post(PATH, files={"file": (name, content)}, data=fields)
    assert made.status_code == 201, made.text
    assert (made.json()["title"].lower(), made.json()["specialist"]) == ("kites", "tech")
    assert made.json()["source"] == "toys/kites"
    assert found in (await best(admin, "What colour are the kites?"))["content"]


async def test_an_upload_under_one_key_is_done_once(admin: httpx.AsyncClient) -> None:
    once = {"idempotency-key": "u-1"}
    new = {"title": "Balloons", "content": "Balloons cost nothing."}
    first = await admin.post(PATH, json=new, headers=once)
    assert (await admin.post(PATH, json=new, headers=once)).json() == first.json()
    problem(await admin.post(PATH, json=new | {"content": "x"}, headers=once), 409)


@pytest.mark.parametrize(
    ("name", "content", "data", "status", "named"),
    [
        ("x.docx", b"PK", {}, 415, "file"),
        ("x.pdf", b"%PDF-1.7", {}, 422, "content"),
        ("x.pdf", pdfs.blank(1_001), {}, 413, "content"),
        ("x.txt", b"", {}, 422, "content"),
        ("x.txt", b"\x00\x01\x02", {}, 422, "content"),
        ("x.txt", b"caf\xe9", {}, 422, "content"),
        ("x.txt", b"x" * 1_000_001, {}, 413, "content"),
        ("x.txt", b"x", {"specialist": "Nobody!"}, 422, "specialist"),
        ("x.txt", b"x", {"format": "docx"}, 422, "format"),
        ("x.txt", b"x", {"colour": "red"}, 422, "colour"),
        ("x.txt", b"x", {"title": "x\x1b"}, 422, "title"),
        ("x.txt", b"x", {"title": "x" * 201}, 422, "title"),
    ],
)
async def test_a_bad_file_is_refused_and_nothing_stored(
    admin: httpx.AsyncClient,
    name: str,
    content: bytes,
    data: dict[str, str],
    status: int,
    named: str,
) -> None:
    before = (await admin.get("/v1/knowledge/stats")).json()
    found = await admin.post(PATH, files={"file": (name, content)}, data=data)
    assert problem(found, status)["detail"].startswith(f"{named}: "), found.text
    assert (await admin.get("/v1/knowledge/stats")).json() == before


@pytest.mark.parametrize(
    "request_",
    [
        {"files": {"document": ("x.txt", b"x")}},
        {"files": {"a": ("x.txt", b"x"), "file": ("x.txt", b"x")}},
        {
            "content": b"--x\r\nbroken",
            "headers": {"content-type": "multipart/form-data; boundary=x"},
        },
        {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
        {"json": []},
        {"json": {"title": "x"}},
        {"json": {"title": "x", "content": "x", "format": "pdf"}},
    ],
)
async def test_a_body_that_holds_no_document_is_refused(
    admin: httpx.AsyncClient, request_: dict[str, Any]
) -> None:
    problem(await admin.post(PATH, **request_), 422)


async def test_a_title_that_looks_alike_replaces_nobody_elses_document(
    admin: httpx.AsyncClient,
) -> None:
    first = await admin.post(PATH, json={"title": "C++", "content": "A language."})
    assert first.status_code == 201, first.text
    refused = problem(await admin.post(PATH, json={"title": "C#", "content": "Another."}), 409)
    assert "is the document 'C++'" in refused["detail"]
    named = {"title": "C#", "content": "Another.", "source": "uploads/c-sharp"}
    assert (await admin.post(PATH, json=named)).status_code == 201
    again = await admin.post(PATH, json={"title": "c++", "content": "Changed."})
    assert again.json()["id"] == first.json()["id"]
    problem(await admin.post(PATH, json={"title": "\u200b", "content": "x"}), 422)


async def test_clearing_takes_all_documents_of_the_tenant_and_no_curated_answer(
    callers: Callers,
) -> None:
    async with callers.http(await callers.key(tenant=OTHER_TENANT, role="admin")) as http:
        held = (await http.get("/v1/knowledge/stats")).json()
        once = {"idempotency-key": "c-1"}
        for _ in range(2):
            cleared = await http.delete("/v1/knowledge", headers=once)
            assert cleared.json() == {"deleted": held["documents"]}
        after = (await http.get("/v1/knowledge/stats")).json()
        assert (after["documents"], after["passages"]) == (0, 0)
        assert (await http.get("/v1/knowledge/categories")).json()["items"]
    async with callers.http(callers.admin) as ours:
        assert (await ours.get("/v1/knowledge/stats")).json()["documents"] > 0

"""Files and folders as documents, and what is said about those that are none."""

import json
from pathlib import Path

import pytest

from data.errors import Invalid
from retrievers.sources import MOST_BYTES, Problem, read_sources, title_of

HEAD = "---\ntitle: Money back\nspecialist: billing\nlayout: page\n---\n# Refunds\n\nIn 30 days.\n"


def write(folder: Path, **files: str | bytes) -> None:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def problem_of(folder: Path) -> Problem:
    found = read_sources(folder)
    assert found.uploads == ()
    [problem] = found.problems
    return problem


def test_a_folder_is_read_with_all_below_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        refunds_md=HEAD,
        help__noise_txt="A hum is normal.",
        help__fees_html="<title>Fees &amp; more</title><p>Five.</p>",
        logo_png=b"\x89PNG",
        _git__readme_md="not a document",
    )
    found = read_sources(tmp_path)
    assert [(u.source, u.title, u.form, u.specialist) for u in found.uploads] == [
        ("help/fees.html", "Fees & more", "html", None),
        ("help/noise.txt", "Noise", "text", None),
        ("refunds.md", "Money back", "markdown", "billing"),
    ]
    assert found.uploads[2].content == "# Refunds\n\nIn 30 days.\n"
    assert (found.problems, found.others) == ((), 1)


def test_each_line_of_a_file_is_a_document(tmp_path: Path) -> None:
    lines = [
        json.dumps({"source": "a", "title": "A", "content": "One.", "specialist": "tech"}),
        "",
        json.dumps({"id": "b", "text": "<h1>Bees</h1>Two.", "format": "html", "more": [1]}),
        json.dumps({"id": "c", "text": "Three."}),
    ]
    write(tmp_path, all_jsonl="\n".join(lines))
    found = read_sources(tmp_path / "all.jsonl")
    assert [(u.source, u.title, u.form, u.specialist) for u in found.uploads] == [
        ("a", "A", "markdown", "tech"),
        ("b", "Bees", "html", None),
        ("c", "c", "markdown", None),
    ]


@pytest.mark.parametrize(
    ("name", "content", "where", "reason"),
    [
        ("a_md", b"one\ntwo \xff", "a.md", "content: line 2 is not UTF-8; save it as UTF-8"),
        ("a_md", " \n", "a.md", "content: is empty; it needs some text"),
        ("a_txt", "a\0b", "a.txt", "content: is binary, not text"),
        ("a_md", "---\nx: 1\ntitle: [\n---\nText", "a.md", "line 3: what stands between"),
        ("a_md", "---\nspecialist: No One\n---\nText", "a.md", "specialist: string should match"),
        ("a_txt", b"x" * (MOST_BYTES + 1), "a.txt", "larger than 4,000,000 bytes; cut it"),
        ("a_jsonl", '\n{"id": "a"', "a.jsonl:2", "line: is no JSON; write"),
        ("a_jsonl", '{"id": "a"}', "a.jsonl:1", "content: field required"),
        ("a_jsonl", '{"text": "a"}', "a.jsonl:1", "source: field required"),
        ("a_jsonl", "[" * 100_000, "a.jsonl:1", "line: is no JSON"),
        ("a_jsonl", "7", "a.jsonl:1", "line: input should be a valid dictionary"),
        ("a_jsonl", '{"id": "a", "text": " "}', "a.jsonl:1", "content: is empty"),
        ("a_jsonl", '{"id": "a", "text": "a", "format": "pdf"}', "a.jsonl:1", "format: input"),
    ],
)
def test_what_is_no_document_is_named_with_its_line_and_what_to_do(
    tmp_path: Path, name: str, content: str | bytes, where: str, reason: str
) -> None:
    write(tmp_path, **{name: content})
    problem = problem_of(tmp_path)
    assert problem.where == where
    assert problem.reason.startswith(reason)


def test_the_second_document_of_a_name_is_left_out(tmp_path: Path) -> None:
    line = json.dumps({"id": "a", "text": "One."})
    write(tmp_path, all_jsonl=f"{line}\n{line}")
    found = read_sources(tmp_path)
    assert len(found.uploads) == 1
    assert found.problems == (Problem("all.jsonl:2", "'a' occurs twice; rename one"),)


def test_what_looks_like_a_head_and_is_none_is_text(tmp_path: Path) -> None:
    write(tmp_path, a_md="---\n\nOnly a rule.\n\n---\n\nText.")
    [upload] = read_sources(tmp_path).uploads
    assert "Only a rule." in str(upload.content)


def test_a_path_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="there is no such file or folder"):
        read_sources(tmp_path / "nowhere")
    write(tmp_path, manual_docx=b"PK")
    with pytest.raises(Invalid, match=r"must end in one of \.md.*; convert it"):
        read_sources(tmp_path / "manual.docx")


def test_a_pdf_is_taken_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, manual_pdf=b"%PDF")
    (upload,) = read_sources(tmp_path).uploads
    assert (upload.title, upload.form, upload.content) == ("Manual", "pdf", b"%PDF")


@pytest.mark.parametrize(
    ("text", "form", "title"),
    [
        ("# Fees #\n# Other", "markdown", "Fees"),
        ("Text.\n\n# Fees", "markdown", "Fees"),
        ("## Fees", "markdown", None),
        ("# Fees", "text", None),
        ("<h1 class='a'>A &lt; B</h1>", "html", "A < B"),
        ("<title>" * 100_000, "html", None),
        ("# " + "x" * 500, "markdown", "x" * 200),
    ],
)
def test_a_documents_own_title_is_found(text: str, form: str, title: str | None) -> None:
    assert title_of(text, form) == title  # type: ignore[arg-type]

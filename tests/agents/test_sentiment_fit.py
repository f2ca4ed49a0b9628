from pathlib import Path

import pytest

from agents.fitted import embed_examples, files_in
from agents.sentiment import mood_of, sentiment_of
from agents.sentiment_fit import (
    OWN_NAME,
    fit_head,
    own_examples,
    read_examples,
)
from agents.sentiment_head import SHIPPED, head_in, read_head, shipped_head
from data.errors import Invalid
from retrievers.hash_embedder import HashEmbedder

NOTICE = SHIPPED.parents[1] / "NOTICE"


def test_the_shipped_head_was_fitted_on_the_messages_that_are_here() -> None:
    (fitted,) = [s for s in shipped_head().sources if s.name == OWN_NAME]
    assert fitted == own_examples().source


def test_every_source_of_the_shipped_head_is_named_with_its_licence() -> None:
    notice = NOTICE.read_text(encoding="utf-8")
    for source in shipped_head().sources:
        assert source.sha256 in notice
        assert source.licence == "MIT"


async def test_a_company_fits_its_own_words_beside_ours(tmp_path: Path) -> None:
    given = tmp_path / "mine.jsonl"
    lines = ['{"text": "the blorb is splunky", "score": -0.9}', ""]
    lines += ['{"text": "what a flurm day", "score": 0.9, "by": "Ann"}']
    given.write_text("\n".join(lines * 40))
    sources = [own_examples(), read_examples(given, "ours", 10)]
    embedder = HashEmbedder(64)
    told: list[tuple[str, int, int]] = []
    vectors = await embed_examples(sources, embedder, lambda *each: told.append(each))
    head = fit_head(sources, vectors, embedder.model, lambda *each: told.append(each))
    assert (head.embedding_model, head.sources[1].licence) == (embedder.model, "ours")
    assert [(what, done) for what, done, of in told if done == of] == [
        ("reading switchboard", 769),
        ("reading mine", 80),
        ("fitting", 12),
    ]
    for text, label in (("the blorb is splunky", "negative"), ("what a flurm day", "positive")):
        (vector,) = await embedder.embed([text])
        assert sentiment_of([mood_of(text, vector, head)]).label == label


@pytest.mark.parametrize(
    "line", ["no json", '{"text": "hi"}', '{"text": "hi", "score": 2}', '{"text": "", "score": 0}']
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(f'{{"text": "fine", "score": 0.5}}\n{line}\n')
    with pytest.raises(Invalid, match=r"mine\.jsonl, line 2.*text.*score"):
        read_examples(file, "ours", 1)


def test_an_empty_file_or_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="has no"):
        files_in([tmp_path])
    (tmp_path / "empty.jsonl").write_text("\n")
    (file,) = files_in([tmp_path])
    with pytest.raises(Invalid, match="no labelled message"):
        read_examples(file, "ours", 1)


def test_a_damaged_file_in_the_data_directory_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "sentiment_head.json").write_text("{")
    with pytest.raises(Invalid, match="is not a sentiment head"):
        head_in(tmp_path)
    assert read_head(SHIPPED).sources

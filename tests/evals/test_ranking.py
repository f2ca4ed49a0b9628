import json
from pathlib import Path

import numpy as np
import pytest

from data.errors import Invalid
from evals.collection import read_collections
from evals.ranking import MISS, estimate, rank_of, recall, reciprocal


@pytest.mark.parametrize(
    ("found", "wanted", "rank"),
    [
        (["a", "b"], {"a"}, 1),
        (["a", "a", "a", "b"], {"b"}, 2),
        (["a", "b", "c"], {"c", "b"}, 2),
        (["a"], {"z"}, MISS),
        ([], {"z"}, MISS),
    ],
)
def test_a_rank_counts_documents_not_passages(
    found: list[str], wanted: set[str], rank: int
) -> None:
    assert rank_of(found, wanted) == rank


def test_recall_and_reciprocal_rank_of_known_ranks() -> None:
    ranks = [1, 2, 5, 6, MISS]
    assert recall(ranks).tolist() == [1, 1, 1, 0, 0]
    assert reciprocal(ranks).tolist() == pytest.approx([1, 1 / 2, 1 / 5, 1 / 6, 0])


def test_an_interval_holds_the_mean_and_shrinks_with_more_questions() -> None:
    few, many = np.array([0.0, 1.0] * 10), np.array([0.0, 1.0] * 1000)
    narrow, wide = estimate(many), estimate(few)
    assert narrow.low < narrow.mean == 0.5 < narrow.high
    assert wide.high - wide.low > 5 * (narrow.high - narrow.low)
    assert estimate(few) == wide
    with pytest.raises(ValueError, match="at least one question"):
        estimate(np.array([]))


def write(place: Path, docs: list[object], queries: list[object]) -> None:
    place.mkdir()
    for name, lines in (("docs", docs), ("queries", queries)):
        (place / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))


def test_a_collection_knows_what_was_said_before_and_hides_titles_that_are_questions(
    tmp_path: Path,
) -> None:
    doc = {"id": "d", "title": "T", "text": "Text."}
    asked = {"id": "q", "query": "Why?", "relevant": ["d"]}
    history = [["S", "first"], ["U", "hm"], ["S", "last"], ["U", "ok"]]
    write(tmp_path / "a", [doc], [asked | {"history": history}])
    write(tmp_path / "b", [doc], [asked | {"note": "index the text WITHOUT the title"}])
    told, untitled = read_collections(tmp_path)
    assert (told.name, told.uploads[0].title, told.questions[0].earlier) == ("a", "T", "last")
    assert (untitled.uploads[0].title, untitled.questions[0].earlier) == ("", "")


def test_what_is_no_collection_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="holds no folder"):
        read_collections(tmp_path)
    write(tmp_path / "a", [{"id": "d"}], [{"id": "q", "query": "Why?", "relevant": ["d"]}])
    with pytest.raises(Invalid, match="a line is not of the form"):
        read_collections(tmp_path)
    (tmp_path / "a" / "queries.jsonl").write_text("{}\nnonsense")
    with pytest.raises(Invalid, match=r"queries.jsonl:2: is no JSON"):
        read_collections(tmp_path)

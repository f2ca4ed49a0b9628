"""What is fitted on many trades' messages: where it came from, what it refuses, what it tells."""

import json
from pathlib import Path

import numpy as np
import pytest

from agents.intents import (
    Labelled,
    build_index,
    classify_text,
    is_outside,
    likely_owner,
    outside_of,
)
from agents.route_fit import (
    FOLDS,
    LABELS,
    OWN_NAME,
    fit_head,
    folds_of,
    own_messages,
    read_messages,
)
from agents.route_head import (
    FITTED,
    OUT_OF_SCOPE,
    SHIPPED,
    for_model,
    head_in,
    read_head,
    shipped_head,
    write_head,
)
from agents.softmax import fit_softmax, shares_of
from data.errors import Invalid
from data.intents import Intent
from retrievers.embed import Embedder
from retrievers.hash_embedder import HashEmbedder
from tools.intents import ROUTES, route_intent

NOTICE = SHIPPED.parents[1] / "NOTICE"
MODEL = "all-MiniLM-L6-v2"


def test_the_shipped_head_was_fitted_on_the_messages_that_are_here() -> None:
    assert shipped_head().sources == (own_messages().source,)
    assert shipped_head().embedding_model == MODEL


def test_every_source_of_the_shipped_head_is_named_with_its_licence() -> None:
    notice = NOTICE.read_text(encoding="utf-8")
    for source in shipped_head().sources:
        assert source.sha256 in notice
        assert (source.name, source.licence) == (OWN_NAME, "MIT")


def test_our_messages_are_many_of_each_route_and_none_is_there_twice() -> None:
    own = own_messages()
    counts = np.bincount(own.routes, minlength=len(LABELS))
    assert counts.min() >= 60
    assert len({text.lower() for text in own.texts}) == len(own.texts) >= 1000
    assert len(set(own.groups)) >= 12


def test_a_head_is_the_same_after_it_was_stored(tmp_path: Path) -> None:
    write_head(shipped_head(), tmp_path / "head.json")
    again = read_head(tmp_path / "head.json")
    vector = np.linspace(-0.1, 0.1, 384, dtype=np.float32)
    assert np.allclose(again.shares(vector), shipped_head().shares(vector), atol=1e-3)
    assert again.outside(vector) == pytest.approx(shipped_head().outside(vector), abs=1e-2)
    assert again.words.vocabulary == shipped_head().words.vocabulary


def test_a_head_is_refused_for_another_embedding_model(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"fitted for all-MiniLM-L6-v2, not for other.*train intent"):
        for_model(shipped_head(), "other", "here")
    write_head(shipped_head(), tmp_path / FITTED)
    assert head_in(tmp_path, MODEL) is not None
    with pytest.raises(Invalid, match="not for other"):
        head_in(tmp_path, "other")


def test_without_a_head_for_the_model_the_tenants_own_examples_serve(tmp_path: Path) -> None:
    assert head_in(tmp_path, "other") is None
    assert head_in(tmp_path, MODEL) is shipped_head()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"format": 0}, "another version"),
        ({"routes": ["billing"]}, "another version"),
        ({"scope_layer": {}}, "is not a route head"),
        ({"words": {"bill": "1 2"}}, "is not a route head"),
        ({"words": {"bill": "one 2 3 4 5 6"}}, "is not a route head"),
    ],
)
def test_a_file_that_is_no_head_says_what_to_do(
    tmp_path: Path, change: dict[str, object], complaint: str
) -> None:
    stored = json.loads(SHIPPED.read_text(encoding="utf-8")) | change
    (tmp_path / FITTED).write_text(json.dumps(stored))
    with pytest.raises(Invalid, match=rf"{complaint}.*train intent"):
        head_in(tmp_path, MODEL)


async def test_a_company_fits_its_own_words_beside_ours(tmp_path: Path) -> None:
    given = tmp_path / "mine.jsonl"
    lines = ['{"text": "the blorb is splunky", "route": "tech", "source": "a"}', ""]
    lines += ['{"text": "what a flurm day", "route": "oos"}']
    lines += ['{"text": "one gribble to go", "route": "sales"}']
    given.write_text("\n".join(lines * 40))
    mine = read_messages(given, "ours")
    embedder = HashEmbedder(64)
    told: list[tuple[str, int, int]] = []
    sources = [own_messages(), mine]
    vectors = [await embedder.embed(each.texts) for each in sources]
    head = fit_head(sources, vectors, embedder.model, lambda *each: told.append(each))
    assert [source.licence for source in head.sources] == ["MIT", "ours"]
    assert told[-1] == ("fitting", FOLDS + 1, FOLDS + 1)
    index = build_index([], [], head)
    for text, route in (("the blorb is splunky", "tech"), ("one gribble to go", "leads")):
        (vector,) = await embedder.embed([text])
        assert classify_text(text, vector, index)[0].specialist == route
        assert classify_text(text, None, index)[0].specialist == route
    (vector,) = await embedder.embed(["what a flurm day"])
    assert is_outside(classify_text("what a flurm day", vector, index), index)


@pytest.mark.parametrize(
    "line", ["no json", '{"text": "hi"}', '{"text": "hi", "route": "x"}', '{"route": "tech"}']
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(f'{{"text": "fine", "route": "tech"}}\n{line}\n')
    with pytest.raises(Invalid, match=r"mine\.jsonl, line 2.*text.*route.*billing"):
        read_messages(file, "ours")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(Invalid, match="no labelled message"):
        read_messages(tmp_path / "empty.jsonl", "ours")


def test_a_company_is_held_out_whole_and_a_large_one_in_parts() -> None:
    folds = folds_of(["bank"] * 3 + ["shop"] * 3 + ["large"] * 94)
    assert len(set(folds[:3].tolist())) == len(set(folds[3:6].tolist())) == 1
    assert set(folds[6:].tolist()) == set(range(FOLDS))


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("why was my card charged twice for the flight", "billing"),
        ("the dishwasher I bought from you does not start", "tech"),
        ("what would a yearly ticket cost me", "leads"),
        ("has my prescription been sent yet", "general"),
        ("let me tlak to somebdy from your staff", "handoff"),
    ],
)
async def test_a_company_without_examples_is_understood(
    embedder: Embedder, text: str, route: str
) -> None:
    index = build_index([], [], shipped_head())
    (vector,) = await embedder.embed([text])
    guesses = classify_text(text, vector, index)
    assert likely_owner(guesses) == route
    assert not is_outside(guesses, index)
    assert sum(g.confidence for g in guesses) + outside_of(guesses) == pytest.approx(1)


@pytest.mark.parametrize(
    "text", ["how many legs has a spider", "wake me at seven", "which team won the derby"]
)
async def test_what_is_nobodys_matter_is_told_by_a_threshold(embedder: Embedder, text: str) -> None:
    index = build_index([], [], shipped_head())
    (vector,) = await embedder.embed([text])
    guesses = classify_text(text, vector, index)
    assert is_outside(guesses, index)
    assert OUT_OF_SCOPE not in {g.name for g in guesses}


async def test_a_tenants_own_example_makes_anything_its_matter(embedder: Embedder) -> None:
    text = "how many legs has a spider"
    (vector,) = await embedder.embed([text])
    zoo = Intent("animals", "general", False, "", [])
    index = build_index([zoo], [Labelled("animals", text, vector)] * 3, shipped_head())
    guesses = classify_text(text, vector, index)
    assert guesses[0].name == "animals"
    assert not is_outside(guesses, index)


def test_a_route_without_an_intent_of_the_tenants_gets_one() -> None:
    own = [Intent("bill", "billing", True, "", []), Intent("repairs", "crew", False, "", [])]
    index = build_index(own, [], shipped_head())
    assert [i.name for i in index.intents] == [
        "bill",
        "repairs",
        "general",
        "leads",
        "tech",
        "handoff",
    ]
    assert build_index(own, []).intents == tuple(own)
    assert [route_intent(route).specialist for route in ROUTES] == list(ROUTES)


def test_a_prior_decides_until_examples_say_otherwise() -> None:
    rows = np.eye(2, dtype=np.float32)
    prior = np.array([[0.0, 2.0], [0.0, 2.0]], dtype=np.float32)
    owners = np.array([0, 1])
    weights = fit_softmax(rows, owners, 2, 50.0, prior=prior)
    assert shares_of(rows @ weights + prior).argmax(axis=1).tolist() == [0, 1]
    none = fit_softmax(np.empty((0, 2), dtype=np.float32), np.empty(0, dtype=np.intp), 2, 1.0)
    assert not none.any()

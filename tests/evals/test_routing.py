"""The eval of routing: the product's own decisions, on companies that nothing was fitted on."""

import os
from collections.abc import AsyncIterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from agents.fitted import embed_examples
from agents.intents import build_index
from agents.ridge import Rows
from agents.route_fit import Messages, own_messages, read_messages
from agents.route_head import HANDOFF, OUT_OF_SCOPE, shipped_head
from evals.cli import evals
from evals.measures import Told
from evals.routing import (
    Company,
    Point,
    by_company,
    false_share,
    learning_curve,
    recall_of,
    told_by,
    trades_left_out,
    without,
)
from evals.routing_report import curves_table, draw_all
from evals.routing_run import mean_macro_f1
from retrievers.embed import DEFAULT_MODEL, Embedder, open_embedder

DATA = "ROUTING_DATA"
TRADES_GOAL = 0.7
MANY = 300
FEW = 4  # of twelve trades: the command measures all

Own = tuple[Messages, Rows]


@pytest.fixture(scope="module")
async def embedder(data_dir: Path) -> AsyncIterator[Embedder]:
    opened = open_embedder("local", DEFAULT_MODEL, data_dir)
    opened.start()
    assert await opened.wait_ready(120)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
async def own(embedder: Embedder) -> Own:
    messages = own_messages()
    (rows,) = await embed_examples([messages], embedder, lambda *_: None)
    return messages, rows


def test_a_trade_that_was_left_out_is_understood(own: Own) -> None:
    told = [
        each
        for company, head in islice(trades_left_out(*own, DEFAULT_MODEL, lambda *_: None), FEW)
        for each in told_by(company, build_index([], [], head))
    ]
    assert mean_macro_f1([told]) >= TRADES_GOAL


def test_what_is_left_out_is_nowhere_else(own: Own) -> None:
    rest, rows = without(*own, frozenset({"bank", "shop"}))
    assert len(rest.texts) == len(rows) == len(rest.routes) < len(own[0].texts)
    assert not {"bank", "shop"} & set(rest.groups)


def test_examples_of_a_company_bring_something(own: Own) -> None:
    company = Company("all", *own)
    none, ten = learning_curve(company, None, [0, 10, 15], lambda *_: None)
    assert (none.examples, ten.examples) == (10, 15)
    assert ten.accuracy >= none.accuracy - 0.05
    assert none.accuracy > 0.5


def test_shares_are_of_the_right_messages() -> None:
    told = [Told("a", "a", 1), Told("a", "b", 1), Told("b", "a", 1)]
    assert recall_of(told, "a") == 0.5
    assert false_share(told, "a") == 1
    assert recall_of(told, "c") is None


def test_a_company_of_a_file_is_one_source_and_small_ones_count_together(tmp_path: Path) -> None:
    lines = ['{"text": "x", "route": "oos", "source": "large"}']
    lines += ['{"text": "y", "route": "sales", "source": "large"}'] * 40
    lines += ['{"text": "z", "route": "tech", "source": "small"}', '{"text": "w", "route": "tech"}']
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join(lines))
    found = by_company(read_messages(file, ""), np.ones((len(lines), 1), dtype=np.float32))
    assert [(each.name, len(each.messages.texts)) for each in found] == [("large", 41), ("mine", 2)]


def test_plots_are_drawn_for_light_and_dark_pages(tmp_path: Path) -> None:
    told = [Told("billing", "billing", 0.9), Told("tech", "billing", 0.4)]
    points = [Point("bank", 0, 0.7), Point("bank", 5, 0.9)]
    drawn = draw_all(told, points, tmp_path / "plots")
    assert sorted(file.name for file in drawn) == [
        "routing-confusion-dark.png",
        "routing-confusion-light.png",
        "routing-examples-dark.png",
        "routing-examples-light.png",
    ]
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in drawn)
    assert curves_table(points).row_count == 2


@pytest.mark.parametrize("examples", ["some", "-1", ""])
def test_examples_that_are_no_numbers_are_refused(examples: str) -> None:
    done = CliRunner().invoke(evals, ["routing", "--examples", examples])
    assert done.exit_code == 2
    assert "--examples takes numbers" in done.output


async def test_messages_to_other_companies_reach_the_goals(embedder: Embedder) -> None:
    folder = os.environ.get(DATA)
    if not folder:
        pytest.skip(f"{DATA} names no folder of labelled messages")
    told: dict[str, list[Told]] = {}
    for file in sorted(Path(folder).glob("*.jsonl")):
        messages = read_messages(file, "")
        places = np.random.default_rng(0).permutation(len(messages.texts))[:MANY]
        part = Company("", messages, np.empty((len(messages.texts), 0), dtype=np.float32))
        chosen = part.part(places).messages
        (rows,) = await embed_examples([chosen], embedder, lambda *_: None)
        told[file.stem] = told_by(
            Company(file.stem, chosen, rows), build_index([], [], shipped_head())
        )
    every = [each for company in told.values() for each in company]
    assert mean_macro_f1(list(told.values())) >= 0.7
    assert (recall_of(every, HANDOFF) or 0) >= 0.95
    assert (recall_of(every, OUT_OF_SCOPE) or 0) >= 0.6
    assert (false_share(every, OUT_OF_SCOPE) or 0) <= 0.1

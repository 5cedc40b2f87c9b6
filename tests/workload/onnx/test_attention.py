"""Attention, exported by PyTorch as products of tensors."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from chipsim.errors import InputError  # noqa: E402
from chipsim.workload.onnx import read_onnx  # noqa: E402

from .models import check_equal, exported, graph, node, numbers  # noqa: E402


class Heads(nn.Module):
    """Attention of several heads, written in one of three ways."""

    def __init__(self, way: str, causal: bool) -> None:
        super().__init__()
        self.way, self.causal = way, causal
        self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)

    def forward(self, x):
        steps = x.shape[1]
        if self.way == "chunks":
            q, k, v = (part.view(1, steps, 2, 4).transpose(1, 2) for part in self.qkv(x).chunk(3, -1))
        else:
            q, k, v = self.qkv(x).view(1, steps, 3, 2, 4).permute(2, 0, 3, 1, 4)
        if self.way == "fused":
            y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        else:
            scores = q @ k.transpose(-2, -1) / math.sqrt(4)
            if self.causal:
                scores = scores.masked_fill(torch.tril(torch.ones(steps, steps)) == 0, float("-inf"))
            y = scores.softmax(-1) @ v
        return self.out(y.transpose(1, 2).reshape(1, steps, 8))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("way", ["chunks", "stacked", "fused"])
def test_heads(tmp_path, way, causal):
    found = check_equal(exported(Heads(way, causal), torch.zeros(1, 5, 8), tmp_path / "m.onnx"), numbers(3, 5, 8))
    layers = found.spec.layers
    assert [layer.type_name for layer in layers if layer.type_name not in ("slice", "scale")] == ["conv2d", "attention", "conv2d"]
    (attention,) = (layer for layer in layers if layer.type_name == "attention")
    assert attention.head_size == 4
    assert attention.causal == causal


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.heads = nn.LayerNorm(8), nn.LayerNorm(8), Heads("fused", causal=False)
        self.inner = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))

    def forward(self, x):
        x = x + self.heads(self.first(x))
        return x + self.inner(self.second(x))


def test_a_transformer(tmp_path):
    module = nn.Sequential(nn.Linear(6, 8), Block(), Block(), nn.LayerNorm(8), nn.Linear(8, 3))
    found = check_equal(exported(module, torch.zeros(1, 5, 6), tmp_path / "m.onnx", opset_version=17), numbers(3, 5, 6))
    assert [layer.type_name for layer in found.spec.layers].count("attention") == 2


def test_an_encoder_of_pytorch_with_an_embedding_of_positions(tmp_path):
    class Positions(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Parameter(torch.randn(5, 8))

        def forward(self, x):
            return x + self.table

    module = nn.Sequential(nn.Linear(6, 8), Positions(), nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), nn.Linear(8, 3))
    found = check_equal(exported(module, torch.zeros(1, 5, 6), tmp_path / "m.onnx", opset_version=17), numbers(3, 5, 6), atol=1e-4)
    assert {"attention", "layer_norm", "offset"} <= {layer.type_name for layer in found.spec.layers}


STEM = [node("MatMul", "x", w, out=w[-1], name=f"p{w}") for w in ("wq", "wk", "wv")]
TURNED = node("Transpose", "k", out="kt", perm=[0, 2, 1])
ODD = {
    "scores read by a function": [node("MatMul", "q", "kt", out="s"), node("Relu", "s")],
    "no softmax": [node("MatMul", "q", "kt", out="s"), node("MatMul", "s", "v", name="n")],
    "a mask of its own": [node("MatMul", "q", "kt", out="s"), node("Add", "s", "m", out="t"), node("Softmax", "t", out="p"),
                          node("MatMul", "p", "v", name="n")],
    "a bias of distance": [node("MatMul", "q", "kt", out="s"), node("Add", "s", "d", out="t"), node("Softmax", "t", out="p"),
                           node("MatMul", "p", "v", name="n")],
    "shares that are scaled": [node("MatMul", "q", "kt", out="s"), node("Softmax", "s", out="t"), node("Mul", "t", "f", out="u"),
                               node("MatMul", "u", "v", name="n")],
    "softmax over the queries": [node("MatMul", "q", "kt", out="s"), node("Softmax", "s", out="t", axis=1),
                                 node("MatMul", "t", "v", name="n")],
    "channels by channels": [node("Transpose", "q", out="qt", perm=[0, 2, 1], name="turn"), node("MatMul", "qt", "k", name="n")],
    "scores at the end": [node("MatMul", "q", "kt", name="n")],
}  # fmt: skip


@pytest.mark.parametrize("nodes", ODD.values(), ids=ODD)
def test_what_is_no_attention_is_made_of_products(tmp_path, nodes):
    arrays = {w: numbers(4, 4, seed=i) for i, w in enumerate(("wq", "wk", "wv"))}
    mask = np.zeros((5, 5), np.float32)
    mask[0, 1] = mask[3, 4] = -np.inf
    arrays |= {"m": mask, "f": np.float32(2), "d": numbers(5, 5, seed=7)}
    found = check_equal(graph(tmp_path / "m.onnx", [*STEM, TURNED, *nodes], (1, 5, 4), arrays), numbers(2, 5, 4))
    assert "product" in [layer.type_name for layer in found.spec.layers]


def test_products_that_do_not_fit(tmp_path):
    arrays = {w: numbers(4, 4, seed=i) for i, w in enumerate(("wq", "wk", "wv"))}
    with pytest.raises(InputError, match="do not fit each other"):
        read_onnx(graph(tmp_path / "m.onnx", [*STEM, node("MatMul", "q", "k", name="n")], (1, 5, 4), arrays))

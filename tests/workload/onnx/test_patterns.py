"""Functions that exporters write as several nodes, and attention as one node."""

import numpy as np
import pytest

from .models import check_equal, exported, graph, node, numbers, onnx

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402


def kinds(found):
    return [layer.type_name for layer in found.spec.layers]


@pytest.mark.parametrize("opset", [12, 17])
def test_layer_normalisation(tmp_path, opset):
    module = nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.Linear(6, 3))
    module[1].weight.data.uniform_(0.5, 1.5)
    module[1].bias.data.uniform_(-1, 1)
    found = check_equal(exported(module, torch.zeros(1, 5, 4), tmp_path / "m.onnx", opset_version=opset), numbers(3, 5, 4))
    assert kinds(found) == ["conv2d", "layer_norm", "conv2d"]


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_gelu(tmp_path, approximate):
    module = nn.Sequential(nn.Linear(4, 6), nn.GELU(approximate=approximate))
    found = check_equal(exported(module, torch.zeros(1, 4), tmp_path / "m.onnx", opset_version=14), numbers(3, 4))
    assert [layer.activation for layer in found.spec.layers] == ["gelu_tanh" if approximate == "tanh" else "gelu"]


MASKS = {
    "none": (None, 2, ["attention"]),
    "causal": (np.tril(np.ones((5, 5), bool)), 2, ["attention"]),
    "padding": (np.bool_([[1, 1, 1, 0, 0]] * 5), 2, ["product", "product"]),
    "a bias": (numbers(5, 5, seed=4), 2, ["product", "product"]),
    "fewer keys": (None, 1, ["attention"]),
}


@pytest.mark.parametrize(("mask", "heads", "wanted"), MASKS.values(), ids=MASKS)
def test_attention_as_one_node(tmp_path, mask, heads, wanted):
    from onnx.reference import ReferenceEvaluator

    arrays = {"wq": numbers(8, 8, seed=1), "wk": numbers(8, 4 * heads, seed=2), "wv": numbers(8, 4 * heads, seed=3)}
    nodes = [node("MatMul", "x", name, out=name[1], name=name) for name in arrays]
    arrays |= {} if mask is None else {"m": mask}
    read = ["q", "k", "v", *(["m"] if mask is not None else [])]
    path = graph(tmp_path / "m.onnx", [*nodes, node("Attention", *read, q_num_heads=2, kv_num_heads=heads)], (1, 5, 8), arrays, opset=23)
    found = check_equal_to(path, numbers(2, 5, 8), lambda x: ReferenceEvaluator(onnx.load(str(path))).run(None, {"x": x})[0])
    assert [kind for kind in kinds(found) if kind in ("attention", "product")] == wanted


def check_equal_to(path, x, reference):
    from chipsim.workload.onnx import read_onnx

    from .published import computed

    found = read_onnx(path)
    made = found.arranged(computed(found, np.stack([found.input.laid(one[None]) for one in x])))
    np.testing.assert_allclose(made, np.concatenate([reference(one[None]) for one in x]), rtol=1e-4, atol=1e-5)
    return found

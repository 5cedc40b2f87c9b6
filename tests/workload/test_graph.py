import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.workload.graph import BATCH, Graph
from chipsim.workload.layers import Activation, Add, Conv2d, Flatten, Linear
from chipsim.workload.load import load_workload

from .conftest import residual_arrays


def relu(name, *inputs):
    return Activation(name=name, inputs=inputs, function="relu")


def add(name, *inputs):
    return Add(name=name, inputs=inputs)


def test_a_layer_reads_the_one_before_it():
    graph = Graph([relu("a"), relu("b"), relu("c")])
    assert graph.order == graph.steps == ("a", "b", "c")
    assert [graph.sources(name) for name in graph.order] == [("input",), ("a",), ("b",)]
    assert graph.output == graph.last == "c"
    assert list(graph.digraph.edges) == [("input", "a"), ("a", "b"), ("b", "c")]
    assert graph.digraph.nodes["b"]["layer"] is graph.layers["b"]
    assert nx.is_frozen(graph.digraph)


def test_order_follows_the_list_where_it_can():
    graph = Graph([add("sum", "late", "early"), relu("early", "input"), relu("late", "input"), relu("end", "sum")])
    assert graph.order == ("early", "late", "sum", "end")
    assert graph.producers("sum") == ("late", "early")
    assert graph.consumers("input") == ("early", "late")


def test_views_are_looked_through():
    f0, f1, f2, f3 = (Flatten(name=f"f{i}") for i in range(4))
    graph = Graph([f0, Linear(name="a", out_features=2), f1, f2, relu("b"), f3])
    assert graph.steps == ("a", "b")
    assert graph.producers("a") == ("input",)
    assert graph.producers("b") == ("a",)
    assert graph.sources("b") == ("f2",)
    assert graph.consumers("a") == ("b",)
    assert graph.consumers("b") == ()
    assert (graph.last, graph.output) == ("f3", "b")


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([relu("a"), relu("b", "aa")], r"layers\[1\].inputs: layer 'b' reads 'aa', which does not exist \(did you mean 'a'\?\)"),
        ([relu("a"), relu("b"), relu("a")], r"layers\[2\].name: two layers are called 'a', this one and layers\[0\]"),
        ([relu("a", "c"), relu("b"), relu("c")], "layers: the layers read each other in a circle: a -> b -> c -> a"),
        ([relu("a", "a")], "circle: a -> a"),
        ([relu("a"), relu("b"), relu("c", "a")], "no layer reads b and c, so there are 2 outputs"),
        ([relu("a"), add("b", "a", "a")], "layer 'b' reads one layer twice"),
    ],
)
def test_graphs_that_cannot_be_run_are_refused(layers, message):
    with pytest.raises(InputError, match=message):
        Graph(layers)


def test_all_wrong_names_come_at_once():
    with pytest.raises(InputError) as caught:
        Graph([relu("a", "x"), relu("a", "y"), relu("c", "z")])
    assert len(caught.value.problems) == 4


@settings(deadline=None)
@given(st.data())
def test_any_order_of_the_list_gives_a_topological_order(data):
    count = data.draw(st.integers(2, 8))
    layers = [relu("l0", "input")]
    for i in range(1, count):
        others = data.draw(st.lists(st.sampled_from([f"l{j}" for j in range(i - 1)] or ["input"]), unique=True, max_size=2))
        layers.append(add(f"l{i}", f"l{i - 1}", *others))
    graph = Graph(data.draw(st.permutations(layers)))
    assert sorted(graph.order) == sorted(layer.name for layer in layers)
    for name in graph.order:
        assert all(s == "input" or graph.order.index(s) < graph.order.index(name) for s in graph.sources(name))


def test_forward_agrees_with_a_network_written_by_hand(residual):
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    workload = load_workload(residual)
    w = {name: torch.from_numpy(array) for name, array in residual_arrays().items()}
    x = torch.from_numpy(workload.inputs.copy())
    stem = torch.relu(functional.conv2d(x, w["stem.weight"], w["stem.bias"], padding=1))
    total = torch.relu(functional.conv2d(stem, w["branch.weight"], padding=1) + stem)
    logits = functional.linear(functional.avg_pool2d(total, 6).flatten(1), w["fc.weight"], w["fc.bias"])
    np.testing.assert_allclose(workload.forward(workload.inputs)[:, :, 0, 0], logits, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(workload.forward(workload.inputs, "stem"), stem, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(workload.forward(workload.inputs, "relu"), total, rtol=1e-4, atol=1e-4)
    assert workload.accuracy(workload.inputs, workload.labels) == np.mean(logits.argmax(1).numpy() == workload.labels)


def test_what_a_workload_tells(residual):
    workload = load_workload(residual)
    assert workload.name == "residual"
    assert workload.order == ("stem", "branch", "sum", "relu", "pool", "flat", "fc")
    assert workload.steps == ("stem", "branch", "sum", "relu", "pool", "fc")
    assert workload.shapes["sum"] == (3, 6, 6)
    assert workload.shapes["input"] == (2, 6, 6)
    assert workload.producers("sum") == ("branch", "stem")
    assert workload.consumers("stem") == ("branch", "sum")
    assert workload.producers("fc") == ("pool",)
    assert workload.input_shape("fc") == (3, 1, 1)
    assert (workload.output, workload.classes) == ("fc", 4)
    assert workload.layer_macs("stem") == 2 * 3 * 9 * 36
    assert workload.layer_macs("sum") == 0
    assert workload.macs == 2 * 3 * 9 * 36 + 3 * 3 * 9 * 36 + 12
    assert isinstance(workload.layers["stem"], Conv2d)


def test_many_samples_go_in_batches(residual):
    workload = load_workload(residual)
    x = np.random.default_rng(0).normal(size=(BATCH + 3, 2, 6, 6)).astype(np.float32)
    whole = workload.forward(x)
    assert whole.shape == (BATCH + 3, 4, 1, 1)
    np.testing.assert_allclose(whole[-2:], workload.forward(x[-2:]), rtol=1e-5, atol=1e-5)
    assert workload.forward(x[:0]).shape == (0, 4, 1, 1)


def test_a_workload_is_frozen(residual):
    workload = load_workload(residual)
    for array in (workload.inputs, workload.labels, workload.weights["fc"].matrix, workload.weights["fc"].bias):
        assert not array.flags.writeable
    with pytest.raises(TypeError):
        workload.weights["fc"] = None
    with pytest.raises(AttributeError):
        workload.labels = None
    with pytest.raises(nx.NetworkXError):
        workload.graph.add_edge("fc", "stem")


def test_wrong_questions_are_refused(residual):
    workload = load_workload(residual)
    with pytest.raises(InputError, match=r"no layer 'stam' \(did you mean 'stem'\?\)"):
        workload.forward(workload.inputs, "stam")
    with pytest.raises(InputError, match=r"images are float32 \[7, 6, 6\], expected float32 \[N, 2, 6, 6\]"):
        workload.forward(workload.inputs[:, 0])
    with pytest.raises(InputError, match="images are float64"):
        workload.forward(workload.inputs.astype(float))
    with pytest.raises(InputError, match=r"7 images with labels \[3\]"):
        workload.accuracy(workload.inputs, workload.labels[:3])
    with pytest.raises(InputError, match="0 images"):
        workload.accuracy(workload.inputs[:0], workload.labels[:0])

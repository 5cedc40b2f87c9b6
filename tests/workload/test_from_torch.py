"""Modules of PyTorch as workloads: the same numbers as the module, which is left as it was; what cannot be read is told."""

import numpy as np
import pytest
from builders import chip

import chipsim
from chipsim.errors import CheckError, InputError
from chipsim.workload.load import load_workload

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
nn = torch.nn


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.norm1 = nn.Conv2d(3, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6)
        self.branch, self.norm2 = nn.Conv2d(6, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6)
        self.drop, self.out = nn.Dropout(0.5), nn.Linear(6, 4)

    def forward(self, x):
        x = torch.relu(self.norm1(self.stem(x)))
        x = torch.relu(x + self.norm2(self.branch(x)))
        return self.out(self.drop(x.mean((2, 3))))


class Classifier(nn.Module):
    """Whatever reads a sequence, and an answer from its last step."""

    def __init__(self, body, features):
        super().__init__()
        self.body, self.out = body, nn.Linear(features, 3)

    def forward(self, x):
        x = self.body(x)
        return self.out((x[0] if isinstance(x, tuple) else x)[:, -1])


class SelfAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        return x + self.attention(x, x, x, need_weights=False)[0]


def encoder(**keys):
    return nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 12, batch_first=True, **keys), 2, enable_nested_tensor=False)


TOKENS = torch.tensor([[3, 0, 10, 7]])
MODULES = {
    "mlp": (lambda: nn.Sequential(nn.Linear(5, 7), nn.BatchNorm1d(7), nn.ReLU(), nn.Dropout(), nn.Linear(7, 3)), torch.ones(1, 5)),
    "residual": (Residual, torch.ones(1, 3, 5, 5)),
    "conv1d": (lambda: nn.Sequential(nn.Conv1d(2, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(24, 3)), torch.ones(1, 2, 8)),
    "lstm": (lambda: Classifier(nn.LSTM(4, 6, 2, batch_first=True, bidirectional=True), 12), torch.ones(1, 5, 4)),
    "gru": (lambda: Classifier(nn.GRU(4, 6, batch_first=True), 6), torch.ones(1, 5, 4)),
    "attention": (lambda: Classifier(SelfAttention(), 8), torch.ones(1, 5, 8)),
    "encoder": (lambda: nn.Sequential(nn.Embedding(11, 8), encoder(), nn.Flatten(), nn.Linear(32, 3)), TOKENS),
    "norm first": (lambda: Classifier(encoder(norm_first=True, activation="gelu"), 8), torch.ones(1, 4, 8)),
    "at every step": (lambda: nn.Sequential(nn.Embedding(11, 8), nn.Linear(8, 11)), TOKENS.int()),
}  # fmt: skip


def trained(make, seed=0):
    """A module whose running statistics are not those of the start, in training mode."""
    torch.manual_seed(seed)
    module = make()
    for name, buffer in module.named_buffers():
        if "running" in name:
            buffer.uniform_(0.5, 1.5)
    return module.train()


def samples_of(example, count=6):
    random = np.random.default_rng(0)
    shape = (count, *example.shape[1:])
    return random.normal(size=shape).astype(np.float32) if example.is_floating_point() else random.integers(0, 11, shape)


def outputs_of(module, data):
    training = module.training
    with torch.no_grad():
        found = module.eval()(torch.tensor(data)).numpy()
    module.train(training)
    return found


@pytest.mark.parametrize(("make", "example"), MODULES.values(), ids=MODULES)
def test_it_computes_what_the_module_computes(make, example):
    module, data = trained(make), samples_of(example)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    wanted = outputs_of(module, data)
    labels = wanted.argmax(-1)
    workload = chipsim.from_torch(module, example, data, labels)
    found = workload.forward(workload.inputs).reshape(len(data), wanted.shape[-1], -1).transpose(0, 2, 1).reshape(wanted.shape)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    assert workload.accuracy(workload.inputs, workload.labels) == 1
    assert all(part.training for part in module.modules())
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert torch.backends.mha.get_fastpath_enabled()


def test_a_module_runs_on_a_chip_and_from_what_was_saved(tmp_path):
    module, data = trained(Residual), samples_of(torch.ones(1, 3, 5, 5))
    labels = outputs_of(module, data).argmax(1)
    workload = chipsim.from_torch(module, torch.as_tensor(data[:1]), torch.as_tensor(data), labels, name="mine")
    few = ["stream=3", "times=[1 s]", "repeats=1"]
    result = chipsim.load(workload, chip(array={"output_noise": 0.02}), few).run()
    assert result.metrics["float_accuracy"] == 1
    assert result.name == "mine on tiny"
    again = chipsim.load(chipsim.save_workload(workload, tmp_path), chip(array={"output_noise": 0.02}), few).run()
    assert (again.accuracy, again.metrics) == (result.accuracy, result.metrics)


def test_without_data_inputs_are_drawn_and_tokens_are_tokens(tmp_path):
    workload = chipsim.from_torch(trained(MODULES["encoder"][0]), TOKENS)
    assert workload.spec.drawn == "inputs"
    assert workload.spec.input.tokens == 11
    assert set(np.unique(workload.inputs)) <= set(range(11))
    assert load_workload(chipsim.save_workload(workload, tmp_path)).spec.drawn == "inputs"


def test_labels_of_a_metric(tmp_path):
    module, data = trained(MODULES["mlp"][0]), samples_of(torch.ones(1, 5))
    workload = chipsim.from_torch(module, torch.ones(1, 5), data, np.arange(6) % 3, metric={"type": "top_k", "k": 2})
    with torch.no_grad():
        best = module.eval()(torch.as_tensor(data)).topk(2).indices.numpy()
    wanted = (best == np.arange(6)[:, None] % 3).any(1).mean()
    assert workload.accuracy(workload.inputs, workload.labels) == wanted


@pytest.mark.parametrize("kind", [torch.float16, torch.float64, torch.bfloat16])
def test_a_module_of_another_precision_is_computed_in_single(kind):
    module = trained(MODULES["mlp"][0]).to(kind)
    workload = chipsim.from_torch(module, torch.ones(1, 5, dtype=kind))
    assert next(module.parameters()).dtype == kind
    wanted = outputs_of(module.float(), workload.inputs[..., 0, 0])
    np.testing.assert_allclose(workload.forward(workload.inputs)[..., 0, 0], wanted, rtol=1e-4, atol=1e-5)


def test_one_of_several_outputs():
    example = torch.ones(1, 4, 3)
    lstm = nn.LSTM(3, 5, batch_first=True)
    with pytest.raises(InputError, match=r"'LSTM' gives 3 outputs \(0 \[1, 4, 5\], 1.0 \[1, 1, 5\], 1.1 \[1, 1, 5\]\); say which"):
        chipsim.from_torch(lstm, example)
    workload = chipsim.from_torch(lstm, example, output=0)
    assert workload.shapes[workload.output] == (5, 4, 1)
    with pytest.raises(InputError, match="'LSTM' has no output logits; it gives 0"):
        chipsim.from_torch(lstm, example, output="logits")

    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(3, 2), nn.Linear(3, 5)

        def forward(self, x):
            return {"logits": self.a(x), "other": self.b(x), "loss": None}

    assert chipsim.from_torch(Named(), torch.ones(1, 3), output="other").shapes["of.b"] == (5, 1, 1)


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, x, gate, more=None, sign=1.0):
        x = torch.relu(self.a(x)) * gate
        return self.b(x if more is None else x + sign * more)


ONES, GATE = torch.ones(1, 3), torch.tensor([[1.0, 0, 2, 1]])


@pytest.mark.parametrize(
    ("example", "keys", "given"),
    [
        ((ONES, GATE), {}, {"gate": GATE}),
        ({"x": ONES, "gate": GATE > 0}, {}, {"gate": GATE > 0}),
        ({"gate": GATE, "x": ONES, "more": GATE, "sign": -1.0}, {"input": "x"}, {"gate": GATE, "more": GATE, "sign": -1.0}),
        ({"x": ONES, "gate": torch.tensor(0.5), "more": None}, {}, {"gate": torch.tensor(0.5)}),
    ],
    ids=["in a row", "by name", "another one first", "nothing and a single number"],
)
def test_several_inputs_of_which_all_but_one_are_fixed(example, keys, given):
    module, data = trained(Gated), np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    workload = chipsim.from_torch(module, example, data, [0, 1, 0, 1], **keys)
    wanted = module(torch.from_numpy(data), **given).detach().numpy()
    np.testing.assert_allclose(workload.forward(workload.inputs)[:, :, 0, 0], wanted, rtol=1e-4, atol=1e-6)
    assert module.training
    assert workload.spec.name == "Gated"


@pytest.mark.parametrize(("example", "wanted"), [((ONES, GATE), 2), ({"x": ONES, "gate": GATE}, "gates"), (ONES, 1)])
def test_an_input_that_is_none_is_told(example, wanted):
    with pytest.raises(InputError, match=f"from_torch.input: the example has no input {wanted}"):
        chipsim.from_torch(Gated(), example, input=wanted)


class Depends(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 2), nn.Linear(3, 2)

    def forward(self, x):
        return self.a(x) if x.sum() > 0 else self.b(x)


def test_a_way_that_depends_on_numbers_is_told():
    data = np.array([[1, 1, 1], [-1, -1, -1]], np.float32)
    with pytest.raises(CheckError, match=r"from_torch: Depends: what was read gives sample 1 outputs .* only the way"):
        chipsim.from_torch(Depends(), torch.ones(1, 3), data, [0, 1])


class Sorts(nn.Module):
    def forward(self, x):
        return torch.linalg.eigvals(x).real


def test_what_cannot_be_exported_is_told_in_a_sentence(capfd):
    with pytest.raises(InputError, match=r"from_torch: Sorts: PyTorch cannot export it .*eigvals.*; replace what it cannot") as caught:
        chipsim.from_torch(Sorts(), torch.eye(3)[None])
    assert len(caught.value.problems) == 1
    assert capfd.readouterr().out == ""  # the exporter would print the whole graph


def test_what_is_not_supported_is_told_with_the_names_of_nodes():
    module = nn.Sequential(nn.ConvTranspose2d(1, 2, 3), nn.Flatten(), nn.Linear(98, 2))
    with pytest.raises(InputError, match="from_torch: Sequential: /0/ConvTranspose: operator ConvTranspose: is not supported"):
        chipsim.from_torch(module, torch.ones(1, 1, 5, 5))


class Fraction(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 6), nn.Linear(6, 2)

    def forward(self, x):
        return self.b(torch.fmod(self.a(x), 1.0))


def test_what_is_not_supported_can_be_computed_digitally(tmp_path):
    with pytest.raises(InputError, match="from_torch: Fraction: /Mod: operator Mod: is not supported") as caught:
        chipsim.from_torch(Fraction(), torch.ones(1, 3))
    assert 'let the digital unit compute it (digital=["Mod"])' in str(caught.value)
    assert "digital: [" not in str(caught.value)
    workload = chipsim.from_torch(Fraction(), torch.ones(1, 3), digital=["Mod"])
    again = load_workload(chipsim.save_workload(workload, tmp_path))
    assert np.array_equal(again.forward(again.inputs), workload.forward(workload.inputs))


def broken(module, value):
    with torch.no_grad():
        module.weight[0, 1] = value
    return module


@pytest.mark.parametrize(
    ("module", "example", "told"),
    [
        ("net.onnx", torch.ones(1, 3), "from_torch.module: is str, expected a torch.nn.Module"),
        (nn.Linear(3, 2), np.ones((1, 3)), "from_torch.example: is ndarray; expected a tensor, or several"),
        (nn.Linear(3, 2), (torch.ones(1, 3), torch.ones(1, 3)), r"'Linear' fails on an example of float32 \[1, 3\] \(.*arguments"),
        (nn.Linear(3, 2), (), "from_torch.example: holds nothing; expected one tensor or more"),
        (nn.Linear(3, 2), torch.ones(3), r"from_torch.example: is float32 \[3\]; expected a batch of one"),
        (nn.Linear(3, 2), torch.ones(4, 3), r"from_torch.example: is float32 \[4, 3\]; expected a batch of one along the first axis"),
        (nn.Linear(3, 2), torch.ones(1, 4), r"'Linear' fails on an example of float32 \[1, 4\] \(.*shapes.*\); expected an input as"),
        (nn.Linear(3, 2), torch.ones(1, 3, dtype=torch.long), r"'Linear' fails on an example of int64 \[1, 3\]"),
        (broken(nn.Linear(3, 2), np.nan), torch.ones(1, 3), "Linear: weight: 1 of its 6 numbers are not finite"),
        (nn.LazyLinear(2), torch.ones(1, 3), "from_torch: LazyLinear: weight: has no numbers yet; call the module once"),
        (nn.Linear(3, 2, dtype=torch.complex64), torch.ones(1, 3), "weight: holds complex numbers, expected real ones"),
        (nn.Linear(3, 2), torch.full((1, 3), torch.inf), "'Linear' makes numbers of it that are not finite"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_trained_module_or_example_is_told(module, example, told):
    with pytest.raises(InputError, match=told):
        chipsim.from_torch(module, example)


@pytest.mark.parametrize(
    ("data", "labels", "told"),
    [
        (np.ones((4, 5), np.float32), [0] * 4, r"from_torch.data: is \[4, 5\], expected samples as the example, \[N, 3\]"),
        (np.ones((0, 3), np.float32), [], r"from_torch.data: is \[0, 3\], expected .*, N > 0"),
        (np.ones((4, 3), np.uint8), [0] * 4, "from_torch.data: is of type uint8, the example of float32; prepare the samples"),
        (np.full((4, 3), np.nan), [0] * 4, r"from_torch.data: sample 0 holds a value that is not finite, at \[0\]"),
        (np.ones((4, 3)), None, r"from_torch.labels: are missing; labels=module\(data\).argmax\(1\) asks how often the chip answers"),
        (None, [0] * 4, "from_torch.data: are missing; give both or none"),
        (np.ones((4, 3)), [0] * 3, r"labels are \[3\], expected one for each of 4 images"),
        (np.ones((4, 3)), [0, 1, 2, 0], "label 2 of .* 2 is out of range"),
    ],
)
def test_data_and_labels_that_do_not_fit_are_told(data, labels, told):
    with pytest.raises(InputError, match=told):
        chipsim.from_torch(nn.Linear(3, 2), torch.ones(1, 3), data, labels)


def test_a_token_outside_the_table_is_told():
    data = np.array([[0, 1, 2, 3], [0, 1, 11, 3]])
    with pytest.raises(InputError, match=r"sample 1 holds the token 11 at \[0, 2, 0\]; expected whole numbers from 0 to 10"):
        chipsim.from_torch(trained(MODULES["at every step"][0]), TOKENS, data, np.zeros((2, 4), np.int64))


def test_a_library_that_is_missing_is_told(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(InputError, match=r'chipsim.from_torch needs PyTorch: pip install "chipsim\[train\]"'):
        chipsim.from_torch(nn.Linear(3, 2), TOKENS)

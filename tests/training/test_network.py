"""A chain that learns: gradients against PyTorch and finite differences, reproducible noise, and what is refused."""

import numpy as np
import pytest

from chipsim.circuits.array import Array
from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.responses import ConstantStep
from chipsim.streams import Stream
from chipsim.training.layers import TrainedLayer
from chipsim.training.loss import cross_entropy
from chipsim.training.network import Network
from chipsim.training.reads import Reads
from chipsim.training.rules import SGD
from chipsim.training.rules.rule import numbers_of
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.layers import Conv2d, MaxPool
from chipsim.workload.layers.nonlinearity import apply
from chipsim.workload.weights import Weights

ARRAY = {
    "rows": 64,
    "columns": 64,
    "cell": {"device": {"type": "ideal"}, "area": "1 um2"},
    "dac": {"type": "pulse_width", "bits": 7},
    "adc": {"type": "sar", "bits": 9, "bound": 12},
    "output_noise": 0.06,
}
NOISY = ARRAY | {"short_term_noise": 0.05, "ir_drop": 1.0, "bound_management": 2}
BASELINE = SGD(response=ConstantStep())
ALIKE = {"step_spread": 0.0, "asymmetry_spread": 0.0, "w_max_spread": 0.0, "w_min_spread": 0.0}


def spec(*layers, inputs=6):
    return from_plain(WorkloadSpec, {"name": "tiny", "input": {"shape": [inputs, 1, 1]}, "layers": list(layers)})


def chain_of(activation="sigmoid", inputs=6, classes=4, **keys):
    first = {"type": "linear", "name": "one", "out_features": 5, "activation": activation}
    return spec(first, {"type": "linear", "name": "two", "out_features": classes}, inputs=inputs)


def batch(count=7, inputs=6, classes=4, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(size=(count, inputs)).astype(np.float32), random.integers(0, classes, count)


def analog():
    return Reads(from_plain(Array, ARRAY))


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "gelu"])
def test_gradients_are_those_of_pytorch(activation):
    torch = pytest.importorskip("torch")
    network = Network(chain_of(activation), None, Reads(), Stream(3))
    x, labels = batch()
    shares, losses, correct = network.shares(x, labels, 0)
    functions = torch.nn.functional
    function = {"hard_sigmoid": functions.hardsigmoid, "hard_tanh": functions.hardtanh}.get(activation) or getattr(functions, activation)
    stored = {name: torch.tensor(array, requires_grad=True) for name, array in network.weights().items()}
    hidden = function(functions.linear(torch.tensor(x), stored["one.weight"], stored["one.bias"]))
    outputs = functions.linear(hidden, stored["two.weight"], stored["two.bias"])
    loss = functions.cross_entropy(outputs, torch.tensor(labels))
    loss.backward()
    assert losses.mean() == pytest.approx(loss.item(), rel=1e-5)
    assert correct == int((outputs.argmax(1).numpy() == labels).sum())
    for one, share in zip(("one", "two"), shares, strict=True):
        assert -(share.x.T @ share.d) == pytest.approx(stored[f"{one}.weight"].grad.numpy().T, rel=1e-4, abs=1e-6)
        assert -share.d.sum(axis=0) == pytest.approx(stored[f"{one}.bias"].grad.numpy(), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("omega", [0.0, 0.6])
def test_gradients_are_those_of_finite_differences(omega):
    network = Network(chain_of("tanh"), None, Reads(), Stream(5), omega=omega)
    x, labels = batch()
    shares, _, _ = network.shares(x, labels, 0)
    for one, share in zip(network.matrices, shares, strict=True):
        gradient = -(share.x.T @ share.d) * one.scale  # with respect to the weight of a device
        weights, h = one.weights, np.float32(1e-2)
        for place in [(0, 0), (2, 3), (4, 1)]:
            before = weights[place]
            losses = []
            for step in (h, -h):
                weights[place] = before + step
                losses.append(network.shares(x, labels, 0)[1].mean())
            weights[place] = before
            assert (losses[0] - losses[1]) / (2 * h) == pytest.approx(gradient[place], rel=1e-2, abs=2e-5)


def test_a_chain_is_what_its_arrays_do_to_the_last_bit():
    """The same mini-batches by hand: learners and ports of the documented streams, called one after the other."""
    sizes, stream, reads = {"one": (6, 5), "two": (5, 4)}, Stream(1), Reads(from_plain(Array, NOISY))
    network = Network(chain_of(), BASELINE, reads, stream, chip=Stream(9))
    started = network.weights()
    learners, ports = {}, {}
    for name, shape in sizes.items():
        own, fixed = stream.child(name), Stream(9).child(name)
        weights = np.ascontiguousarray(started[f"{name}.weight"].T)
        learners[name] = BASELINE.begin(shape, weights, own.child("array"), fixed.child("array"))
        forward = reads.forward(shape[1], own.child("products"), fixed)
        ports[name] = forward, reads.backward(shape[0], own.child("transposed products"), fixed)
    bias = {name: started[f"{name}.bias"] for name in sizes}
    for first in (0, 8, 16):
        x, labels = batch(8, seed=first)
        who = numbers_of(first, 8)
        hidden = apply("sigmoid", ports["one"][0].product(x, learners["one"].weights, 1.0, *who).y + bias["one"])
        outputs = ports["two"][0].product(hidden, learners["two"].weights, 1.0, *who).y + bias["two"]
        losses, d_two = cross_entropy(outputs, labels)
        turned = np.ascontiguousarray(learners["two"].weights.T)
        d_one = ports["two"][1].product(d_two, turned, 1.0, *who).y * (hidden * (1 - hidden))
        for name, read, d in (("one", x, d_one), ("two", hidden, d_two)):
            learners[name].update(read, d, 0.2, first)
            bias[name] += np.float32(0.2) * d.sum(axis=0)
        assert np.array_equal(network.step(x, labels, 0.2, first).losses, losses)
    for name in sizes:
        assert np.array_equal(network.weights()[f"{name}.weight"].T, learners[name].weights)
        assert np.array_equal(network.weights()[f"{name}.bias"], bias[name])


def test_a_step_is_gradient_descent_whatever_the_scale():
    x, labels = batch(12)
    after = []
    for omega in (0.0, 0.5):
        network = Network(chain_of(), None, Reads(), Stream(2), omega=omega)
        before = network.weights()
        shares, _, _ = network.shares(x, labels, 0)
        network.step(x, labels, 0.3, 0)
        after.append(network.weights())
        for one, share in zip(("one", "two"), shares, strict=True):
            wanted = before[f"{one}.weight"] + 0.3 * (share.x.T @ share.d).T
            assert after[-1][f"{one}.weight"] == pytest.approx(wanted, abs=1e-6)
            assert after[-1][f"{one}.bias"] == pytest.approx(before[f"{one}.bias"] + 0.3 * share.d.sum(axis=0), abs=1e-6)
    for name, array in after[0].items():
        assert array == pytest.approx(after[1][name], abs=1e-6)


def test_pulses_follow_the_gradient_on_average():
    quiet = ConstantStep(step=2e-5, noise=0, w_max=2, w_min=-2, **ALIKE)
    network = Network(chain_of(), SGD(response=quiet, longest=992), Reads(), Stream(2))
    x, labels = batch(200)
    shares, _, _ = network.shares(x, labels, 0)
    wanted = [share.x.T @ share.d for share in shares]
    before = [one.weights.copy() for one in network.matrices]
    step = network.step(x, labels, 1.0, 0)
    assert step.activity.pulses > 100
    for one, old, change in zip(network.matrices, before, wanted, strict=True):
        moved = one.weights - old
        assert np.corrcoef(moved.ravel(), change.ravel())[0, 1] > 0.98
        assert np.vdot(moved, change) / np.vdot(change, change) == pytest.approx(1, abs=0.1)


def test_weights_leak_once_in_a_mini_batch():
    network = Network(chain_of(), SGD(response=ConstantStep(lifetime=5, w_max=2, w_min=-2, **ALIKE)), Reads(), Stream(2))
    before = network.weights()["one.weight"]
    x, labels = batch(10)
    for first in (0, 10):
        network.step(np.zeros_like(x), labels, 0.1, first)  # without an input there is no pulse
    assert network.weights()["one.weight"] == pytest.approx(before * 0.8**2, rel=1e-5)


def test_initial_weights_fit_the_share_of_full_scale():
    network = Network(chain_of(), SGD(response=ConstantStep(**ALIKE)), analog(), Stream(1), omega=0.3)
    exact = Network(chain_of(), None, Reads(), Stream(1))
    for one, plain in zip(network.matrices, exact.matrices, strict=True):
        assert np.abs(plain.weights).max() <= 1 / np.sqrt(len(plain.weights))
        assert plain.scale == 1
        assert np.abs(one.weights).max() == pytest.approx(0.3, rel=1e-5)
        assert one.weights * one.scale == pytest.approx(plain.weights, rel=1e-5)


def test_results_do_not_depend_on_how_samples_are_cut():
    network = Network(chain_of(), BASELINE, analog(), Stream(1))
    x, labels = batch(40)
    whole = network.outputs(x, moment=3)
    parts = np.concatenate([network.outputs(x[i:j], moment=3, first=i) for i, j in ((0, 1), (1, 18), (18, 40))])
    assert np.array_equal(whole, parts)
    assert not np.array_equal(whole, network.outputs(x, moment=4))
    forward, _, _ = network.shares(x, labels, 10)
    later, _, _ = network.shares(x[25:], labels[25:], 35)
    assert np.array_equal(forward[1].x[25:], later[1].x)
    assert not np.array_equal(forward[1].x[25:], network.shares(x[25:], labels[25:], 36)[0][1].x)


def test_the_backward_pass_is_analog_with_noise_of_its_own():
    x, labels = batch(9)
    one = Network(chain_of(), None, analog(), Stream(1))
    two = Network(chain_of(), None, analog(), Stream(1))
    errors = [network.shares(x, labels, 0)[0][0].d for network in (one, two)]
    assert np.array_equal(*errors)
    exact = Network(chain_of(), None, Reads(), Stream(1)).shares(x, labels, 0)[0][0].d
    assert not np.array_equal(errors[0], exact)
    assert one.blocks[0].ports.forward.key != one.blocks[0].ports.backward.key


def test_chips_differ_in_their_devices_and_layers_in_their_noise():
    chips = [Network(chain_of(), BASELINE, analog(), Stream(1), chip=Stream(seed)) for seed in (1, 2)]
    one, two = (chip.blocks[0].learner.array.cells.pulsed.up for chip in chips)
    assert not np.array_equal(one, two)
    assert np.array_equal(chips[0].blocks[0].ports.forward.key, chips[1].blocks[0].ports.forward.key)
    keys = [port.key for block in chips[0].blocks for port in block.ports]
    assert len(set(keys)) == 6


def test_starts_from_given_weights():
    shapes = {"one": (6, 5), "two": (5, 4)}
    trained = {name: Weights(np.full(shape, 0.25, np.float32), np.ones(shape[1], np.float32)) for name, shape in shapes.items()}
    network = Network(chain_of(), None, Reads(), Stream(), start=trained, omega=0.5)
    assert all((one.weights == 0.5).all() and one.scale == 0.5 and (one.bias == 1).all() for one in network.matrices)
    assert (network.weights()["two.weight"] == 0.25).all()
    with pytest.raises(InputError, match="layer 'one' starts from weights"):
        Network(chain_of(), None, Reads(), Stream(), start={"one": trained["two"]})
    with pytest.raises(InputError, match="no bias; expected"):
        Network(chain_of(), None, Reads(), Stream(), start={"one": trained["one"]._replace(bias=None)})


def test_state_and_restore():
    x, labels = batch(8)
    one, two = (Network(chain_of(), BASELINE, analog(), Stream(1)) for _ in range(2))
    one.step(x, labels, 0.1, 0)
    two.restore(one.state())
    results = [network.step(x, labels, 0.1, 8) for network in (one, two)]
    assert np.array_equal(results[0].losses, results[1].losses)
    for name, array in one.state().items():
        assert np.array_equal(array, two.state()[name])
    with pytest.raises(InputError, match=r"no two\.bias"):
        two.restore({name: array for name, array in one.state().items() if name != "two.bias"})


def test_a_loss_that_is_no_number_moves_nothing():
    network = Network(chain_of(), None, Reads(), Stream(1))
    network.matrices[1].bias[:] = np.nan
    before = network.weights()
    step = network.step(*batch(3), 0.1, 0)
    assert not np.isfinite(step.losses).any()
    assert np.array_equal(before["one.weight"], network.weights()["one.weight"])


def test_layers_without_a_backward_path_are_named(monkeypatch):
    layers = (
        {"type": "conv2d", "name": "stem", "out_channels": 2, "kernel": 3},
        {"type": "max_pool", "name": "pool", "kernel": 2},
        {"type": "linear", "name": "fc", "out_features": 3},
    )
    described = from_plain(WorkloadSpec, {"name": "tiny", "input": {"shape": [1, 8, 8]}, "layers": list(layers)})
    for kind in (Conv2d, MaxPool):
        monkeypatch.delitem(TrainedLayer.kinds, kind)
    with pytest.raises(InputError, match=r"layers\[0\]: layer 'stem' is of type 'conv2d'.*linear") as caught:
        Network(described, None, Reads(), Stream())
    assert "'pool'" in str(caught.value)
    assert "'fc'" not in str(caught.value)


def test_a_wrong_share_of_full_scale_is_refused():
    with pytest.raises(InputError, match=r"omega: 1\.5 is no share"):
        Network(chain_of(), None, Reads(), Stream(), omega=1.5)


def test_views_are_looked_through():
    layers = [{"type": "flatten", "name": "flat"}, {"type": "linear", "name": "fc", "out_features": 3}]
    described = from_plain(WorkloadSpec, {"name": "tiny", "input": {"shape": [2, 4, 4]}, "layers": layers})
    network = Network(described, None, Reads(), Stream())
    assert [one.weights.shape for one in network.matrices] == [(32, 3)]
    assert network.outputs(np.ones((5, 2, 4, 4), np.float32)).shape == (5, 3)


def test_a_loss_over_steps_is_that_of_pytorch():
    """An output [classes, steps, 1] with a label for every step, as a network that reads sequences has."""
    torch = pytest.importorskip("torch")
    functions = torch.nn.functional
    layers = [
        {"type": "conv2d", "name": "one", "out_channels": 5, "kernel": [3, 1], "padding": [1, 0], "activation": "tanh"},
        {"type": "conv2d", "name": "two", "out_channels": 4, "kernel": 1},
    ]
    described = from_plain(WorkloadSpec, {"name": "steps", "input": {"shape": [2, 9, 1]}, "layers": layers})
    network = Network(described, None, Reads(), Stream(3))
    random = np.random.default_rng(0)
    x, labels = random.normal(size=(6, 2, 9, 1)).astype(np.float32), random.integers(0, 4, (6, 9))
    assert (network.inputs, network.classes, network.steps) == (18, 4, 9)
    weights = {name: torch.tensor(array, requires_grad=True) for name, array in network.weights().items()}
    hidden = torch.tanh(functions.conv2d(torch.tensor(x), weights["one.weight"], weights["one.bias"], padding=(1, 0)))
    outputs = functions.conv2d(hidden, weights["two.weight"], weights["two.bias"])
    losses = functions.cross_entropy(outputs[..., 0], torch.tensor(labels), reduction="none")
    losses.mean().backward()
    answers = network.outputs(x)
    assert answers == pytest.approx(outputs[..., 0].detach().numpy().transpose(0, 2, 1), abs=1e-6)
    assert network.accuracy(x, labels) == np.mean(answers.argmax(axis=2) == labels)
    step = network.step(x, labels, 1.0, 0)
    assert step.losses == pytest.approx(losses.detach().numpy().mean(axis=1), rel=1e-5)
    assert step.correct == (answers.argmax(axis=2) == labels).sum()
    for name, array in network.weights().items():
        assert weights[name].detach().numpy() - array == pytest.approx(weights[name].grad.numpy(), rel=1e-4, abs=1e-6)
    with pytest.raises(ValueError, match="expected 9 for each"):
        network.step(x, labels[:, :8], 1.0, 0)


def test_labels_of_another_shape_are_refused():
    network = Network(chain_of(), None, Reads(), Stream(1))
    x, labels = batch(3)
    for wrong in (labels[:2], labels.repeat(2)):
        with pytest.raises(ValueError, match="expected 1 for each"):
            network.shares(x, wrong, 0)
        with pytest.raises(ValueError, match="expected 1 for each"):
            network.accuracy(x, wrong)

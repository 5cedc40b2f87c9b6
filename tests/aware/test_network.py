"""Whole networks in PyTorch against the functional pass of the simulator."""

from pathlib import Path

import numpy as np
import pytest
from builders import NOISY, chip, conv, functional, linear, network, pool, programmed, residual

from chipsim.accuracy import accuracy
from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.mapping.mapping import MappingOptions
from chipsim.reading import load

torch = pytest.importorskip("torch")
from aware_networks import aware, experiment  # noqa: E402

from chipsim.aware.injection import Injection  # noqa: E402
from chipsim.aware.network import AwareNetwork  # noqa: E402

ARCHITECTURES = Path(__file__).parents[2] / "architectures"
CONVERTERS = {"dac": {"type": "pulse_width", "bits": 6}, "adc": {"type": "sar", "bits": 7, "bound": 6}}
FIXED = CONVERTERS | {"input_scaling": {"type": "fixed", "range": 2.0}}


def lstm(**keys):
    return {"type": "lstm", "name": "lstm", "hidden_size": 9} | keys


NETWORKS = {
    "linear": lambda: network([70, 1, 1], linear("fc1", 40, activation="relu"), linear("fc2", 5)),
    "residual": lambda: residual(channels=5),
    "groups": lambda: network([6, 5, 5], conv("a", 12, groups=3, padding=1), pool("p"), linear("fc", 3)),
    "lstm": lambda: network([4, 5, 1], lstm(), linear("fc", 3)),
    "gru": lambda: network([4, 5, 1], {"type": "gru", "name": "gru", "hidden_size": 9, "last_only": True}, linear("fc", 3)),
}  # fmt: skip


@pytest.mark.parametrize("bias", ["digital", "array"])
@pytest.mark.parametrize("array", [CONVERTERS, FIXED], ids=["scaled", "fixed"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_with_converters_alone_is_that_of_the_functional_pass(name, array, bias):
    workload, architecture = NETWORKS[name](), chip(array=array, mesh=(6, 6))
    twin = aware(workload, architecture, mapping=MappingOptions(bias=bias, copies="none"))
    with twin.held(1.0):
        mine = twin(torch.tensor(workload.inputs)).numpy()
    own = functional(programmed(workload, architecture, bias=bias, copies="none"))
    assert np.median(abs(mine - own)) < 1e-5 * abs(own).max()
    assert abs(mine - own).max() < 0.1 * abs(own).max()  # where sums are added in another order, a code may be the one beside it


def test_a_noisy_network_errs_as_much_as_that_of_the_functional_pass():
    workload = network([40, 1, 1], linear("fc1", 30, activation="relu"), linear("fc2", 6), samples=300)
    architecture = chip(array=NOISY, mesh=(6, 6))
    twin, own, mine, shares = aware(workload, architecture, seed=3), [], [], []
    exact = workload.forward(workload.inputs)
    for seed in range(12):
        simulated = programmed(workload, architecture, seed=seed, copies="none")
        simulated.drift_to(86400.0)
        own.append(functional(simulated) - exact)
        with twin.held(86400.0):
            found = twin(torch.tensor(workload.inputs)).numpy()
        mine.append(found - exact)
        right = (found.reshape(300, -1).argmax(1) == workload.labels).mean()
        shares.append((accuracy(simulated), right))
    assert np.std(mine) == pytest.approx(np.std(own), rel=0.06)
    first, second = np.array(shares).T
    assert abs(first.mean() - second.mean()) < 4 * np.hypot(first.std(), second.std()) / np.sqrt(12) + 0.005


SHIPPED = ["pcm-64", "hermes-64", "reram-chip", "isaac", "standard-model", "neurram", "first-chip", "puma", "mythic-flash"]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_chips_can_be_trained_for(name):
    workload = network([1, 8, 8], conv("a", 3, padding=1, activation="relu"), pool("p"), linear("fc", 4))
    architecture = load(ARCHITECTURES / f"{name}.yaml", Architecture)
    twin = aware(workload, architecture, times=(1.0,))
    twin(torch.tensor(workload.inputs)).square().mean().backward()
    gradients = [one.grad for one in twin.parameters() if one.grad is not None]
    assert gradients
    assert all(torch.isfinite(one).all() for one in gradients)
    assert any(bool(one.abs().max() > 0) for one in gradients)


def test_effects_are_switched_off_as_the_simulator_does():
    workload = NETWORKS["linear"]()
    architecture = chip(array=NOISY, mesh=(6, 6))
    without = aware(workload, architecture, options=Injection(effects=()))
    exact = workload.forward(workload.inputs)
    assert without(torch.tensor(workload.inputs)).detach().numpy() == pytest.approx(exact, rel=1e-3, abs=1e-3 * float(abs(exact).max()))
    spared = aware(workload, architecture, exempt={"fc1": ("output_noise",)})
    assert [spared.analog[name].chain.settings.output_noise for name in ("fc1", "fc2")] == [0, 0.04]


def test_arrays_are_those_of_the_workload_and_come_back():
    workload = NETWORKS["residual"]()
    twin = aware(workload)
    arrays = twin.arrays()
    assert arrays["branch1.weight"].shape == (5, 5, 3, 3)
    other = {name: array + 1 for name, array in arrays.items()}
    twin.load(other)
    assert all(np.array_equal(array, other[name]) for name, array in twin.arrays().items())
    with pytest.raises(InputError, match=r"'fc\.bias': got nothing"):
        twin.load({name: array for name, array in arrays.items() if name != "fc.bias"})
    with pytest.raises(InputError, match="no layer uses more"):
        twin.load(arrays | {"more": np.zeros(1)})


def test_output_scales_are_folded_into_the_weights():
    workload = NETWORKS["linear"]()
    twin, before = aware(workload, options=Injection(output_scales=True)), workload.forward(workload.inputs)
    with torch.no_grad():
        twin.analog["fc2"].log_scale.fill_(float(np.log(3.0)))
    plain = aware(workload)
    plain.load(twin.arrays())
    image = torch.tensor(workload.inputs)
    assert torch.allclose(plain.exact(image), twin.exact(image), rtol=1e-5)
    bias = workload.weights["fc2"].bias[:, None, None]
    assert twin.exact(image).detach().numpy() == pytest.approx(3 * (before - bias) + bias, rel=1e-4, abs=1e-4)
    with pytest.raises(InputError, match="output_scales"):
        aware(workload, chip(array={"weight_scaling": "array"}, mesh=(6, 6)), options=Injection(output_scales=True))


def test_input_ranges_are_learned_where_arrays_have_fixed_ones():
    workload = NETWORKS["linear"]()
    twin, image = aware(workload, chip(array=FIXED, mesh=(6, 6))), torch.tensor(workload.inputs)
    assert twin.ranges() == pytest.approx({"fc1": 2.0, "fc2": 2.0})
    twin.calibrate(image, share=1.0)
    assert twin.ranges()["fc1"] == pytest.approx(abs(workload.inputs).max(), rel=1e-5)
    with torch.no_grad():
        twin.analog["fc1"].log_range.fill_(float(np.log(0.1)))  # nearly all inputs are clipped
    (twin(image) - twin.exact(image).detach()).square().mean().backward()
    assert twin.analog["fc1"].log_range.grad < 0  # a step against it makes the range larger
    assert aware(workload).ranges() == {}


def test_weights_are_clipped_to_their_standard_deviation():
    twin = aware(NETWORKS["linear"]())
    before = twin.analog["fc1"].weight.detach().clone()
    twin.clip(1.5)
    limit = 1.5 * before.std(correction=0)
    assert torch.equal(twin.analog["fc1"].weight, before.clamp(-limit, limit))


def test_a_chip_is_drawn_anew_unless_it_is_held():
    workload = NETWORKS["linear"]()
    twin, image = aware(workload, chip(array={"cell": {"device": {"type": "pcm"}}}, mesh=(6, 6))), torch.tensor(workload.inputs)
    assert not torch.equal(twin(image), twin(image))
    with twin.held(1.0):
        assert torch.equal(twin(image), twin(image))
    twin.generator.manual_seed(5)
    first = twin(image)
    twin.generator.manual_seed(5)
    assert torch.equal(first, twin(image))
    twin.strength = 0.0
    assert torch.allclose(twin(image), twin.exact(image), rtol=1e-3, atol=1e-2)


def test_times_that_the_device_does_not_cover_are_refused():
    architecture = chip(array={"cell": {"device": {"type": "rram-wan2022"}}}, mesh=(6, 6))
    with pytest.raises(InputError, match=r"injection.times: .* covers"):
        AwareNetwork(experiment(NETWORKS["linear"](), architecture), Injection(times=(3e9,)))


def test_a_factor_on_the_noise_is_refused_where_devices_are_programmed_one_by_one():
    architecture = chip(array={"cell": {"type": "sliced", "bits": 4, "device": {"type": "ideal"}}}, mesh=(9, 9))
    with pytest.raises(InputError, match="weight_noise"):
        aware(NETWORKS["linear"](), architecture, options=Injection(weight_noise=2.0))

"""The chain in PyTorch against the oracle in NumPy and the simulator's own crossbar, term by term."""

import numpy as np
import pytest
from builders import NOISY, chip
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.effects import EFFECTS, without
from chipsim.kernels import reference
from chipsim.kernels.mvm import position_weighted
from chipsim.streams import Stream

torch = pytest.importorskip("torch")
from chipsim.aware.fused import Job, fits, multiply  # noqa: E402
from chipsim.aware.products import Chain, Drawn  # noqa: E402

RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(60, 24)).astype(np.float32)
W = np.clip(RANDOM.normal(size=(24, 9)) * 0.4, -1, 1).astype(np.float32)
DETERMINISTIC = {
    "nothing": {},
    "dac": {"dac": {"type": "pulse_width", "bits": 4}},
    "dac without scaling": {"dac": {"type": "pulse_width", "bits": 4}, "input_scaling": "none"},
    "dac with a range": {"dac": {"type": "pulse_width", "bits": 6}, "input_scaling": {"type": "fixed", "range": 1.3}},
    "dac that clips first": {"dac": {"type": "pulse_width", "bits": 5, "round_first": False}, "input_scaling": "none"},
    "unsigned": {"dac": {"type": "bit_serial", "bits": 5, "sign": "none"}},
    "bits": {"dac": {"type": "bit_serial", "bits": 6}},
    "digits": {"dac": {"type": "bit_serial", "bits": 7, "digit_bits": 3}},
    "two's complement": {"dac": {"type": "bit_serial", "bits": 6, "sign": "twos_complement"},
                         "adc": {"type": "sar", "bits": 6, "bound": 5}},
    "adc": {"adc": {"type": "sar", "bits": 5, "bound": 2}},
    "comparator": {"adc": {"type": "sar", "bits": 1, "bound": 2}},
    "bound management": {"adc": {"type": "sar", "bits": 5, "bound": 0.7}, "bound_management": 3},
    "ir drop": {"ir_drop": 1.0, "wire_resistance": "20 ohm"},
    "curve": {"nonlinearity": 0.1},
    "calibrated curve": {"nonlinearity": 0.1, "slope_calibration": 0.5, "adc": {"type": "sar", "bits": 6, "bound": 3}},
    "selector": {"dac": {"type": "ideal"}, "selector": {"type": "sinh", "voltage": "0.1 V"}},
    "groups of rows": {"dac": {"type": "pulse_width", "bits": 5}, "adc": {"type": "sar", "bits": 5, "bound": 2}, "rows_at_once": 7},
    "balance": {"balance": True, "nonlinearity": 0.1, "adc": {"type": "sar", "bits": 6, "bound": 4}},
}


def array_of(**keys):
    return chip(array={"dac": {"type": "ideal"}, "cell": {"device": {"type": "ideal"}}} | keys).tile.array


def drawn_of(crossbar):
    """What stands in a crossbar, as the chain in PyTorch takes it."""
    return Drawn(torch.tensor(crossbar.weights.T.copy()), torch.tensor(crossbar.scale.reshape(-1, 1)), torch.ones(1, 1))


def twin(array, crossbar, x, seed=0, **how):
    """Products of x (vectors, rows) in PyTorch."""
    limit = torch.tensor(crossbar.input_range)
    chain = Chain(array, torch.Generator().manual_seed(seed), **how)
    return chain.multiply(torch.tensor(x.T)[None], drawn_of(crossbar), limit)[0].T


def silent(purpose, retry, plane, vectors, width):
    return np.zeros((len(vectors), width))


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_what_is_not_random_is_that_of_the_simulator(name):
    array = array_of(**DETERMINISTIC[name])
    crossbar = Crossbar(array, Stream(3))
    crossbar.program(W)
    assert twin(array, crossbar, X).detach().numpy() == pytest.approx(crossbar.forward(X), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("name", ["dac", "adc", "ir drop", "curve", "selector"])
def test_what_is_not_random_is_that_of_the_oracle(name):
    array = array_of(**DETERMINISTIC[name])
    crossbar = Crossbar(array, Stream(3))
    crossbar.program(W)
    found = reference.analog_mvm(
        X, crossbar.weights, array.settings._replace(energy=0), noise=silent, magnitude=abs(crossbar.weights),
        droop=position_weighted(crossbar.weights), column_scale=crossbar.scale[0],
    )  # fmt: skip
    assert twin(array, crossbar, X).detach().numpy() == pytest.approx(found.y, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize(
    "keys",
    [
        {"output_noise": 0.3}, {"input_noise": 0.2}, {"short_term_noise": 0.3},
        {"short_term_noise": 0.3, "output_noise": 0.2, "nonlinearity": 0.2},
        {"output_noise": 0.3, "balance": True},
    ],
    ids=lambda keys: ", ".join(keys),
)  # fmt: skip
def test_noise_of_products_has_the_moments_of_the_simulator(keys):
    array, count = array_of(**keys, input_scaling="none"), 20_000
    crossbar = Crossbar(array, Stream(3))
    crossbar.program(W)
    x = np.repeat(np.clip(X[:1], -1, 1), count, axis=0)
    own = crossbar.forward(x)
    chain = Chain(array, torch.Generator().manual_seed(1))
    variance = None
    if array.short_term_noise:
        variance = torch.tensor(array.short_term_noise**2 * abs(crossbar.weights.T))
    mine = chain.multiply(torch.tensor(x.T)[None], drawn_of(crossbar)._replace(variance=variance), torch.ones(()))[0].T.numpy()
    spread = own.std(axis=0)
    assert (abs(mine.mean(axis=0) - own.mean(axis=0)) < 5 * spread * np.sqrt(2 / count)).all()
    assert mine.std(axis=0) == pytest.approx(spread, rel=5 / np.sqrt(count))


def test_a_vector_of_zeros_gives_zero_and_no_gradient_that_is_no_number():
    array = array_of(dac={"type": "pulse_width", "bits": 4})
    crossbar = Crossbar(array, Stream(3))
    crossbar.program(W)
    x = torch.zeros(1, 24, 2, requires_grad=True)
    y = Chain(array, torch.Generator()).multiply(x, drawn_of(crossbar), torch.ones(()))
    y.sum().backward()
    assert y.abs().max() == 0
    assert torch.isfinite(x.grad).all()


def test_gradients_of_a_chain_with_converters_are_those_of_the_product_where_nothing_is_clipped():
    array = array_of(dac={"type": "pulse_width", "bits": 6}, adc={"type": "sar", "bits": 6, "bound": 50})
    crossbar = Crossbar(array, Stream(3))
    crossbar.program(W)
    drawn = drawn_of(crossbar)
    x = torch.tensor(X.T)[None].requires_grad_()
    Chain(array, torch.Generator()).multiply(x, drawn, torch.ones(())).sum().backward()
    wanted = (drawn.weights * drawn.scale).sum(0)
    assert torch.allclose(x.grad[0], wanted[:, None].expand(24, 60), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dac", [{"bits": 6}, {"bits": 7, "digit_bits": 3}, {"bits": 6, "sign": "twos_complement"}], ids=str)
def test_gradients_of_bit_serial_inputs_are_those_of_the_product(dac):
    array = array_of(dac={"type": "bit_serial"} | dac)
    crossbar = Crossbar(array, Stream(3))
    crossbar.program(W)
    drawn = drawn_of(crossbar)
    weights = drawn.weights.clone().requires_grad_()
    x = torch.tensor(X.T)[None].requires_grad_()
    Chain(array, torch.Generator()).multiply(x, drawn._replace(weights=weights), torch.ones(())).sum().backward()
    assert torch.allclose(x.grad[0], (drawn.weights * drawn.scale).sum(0)[:, None].expand(24, 60), rtol=1e-3, atol=1e-4)
    step = abs(X).max(axis=1) / (array.settings.input_steps / 2)
    sent = np.rint(X / step[:, None]) * step[:, None]
    assert weights.grad.numpy() == pytest.approx(np.outer(drawn.scale.numpy(), sent.sum(axis=0)), rel=1e-3, abs=1e-3)


def test_an_output_that_is_clipped_has_no_gradient_unless_it_is_let_through():
    array = array_of(adc={"type": "sar", "bits": 5, "bound": 0.5}, input_scaling="none")
    crossbar = Crossbar(array, Stream(3))
    crossbar.program(W)
    x = np.clip(X, -1, 1)
    over = abs(x @ crossbar.weights) > 0.5 * (1 + 1 / 30)
    for through in (False, True):
        drawn = drawn_of(crossbar)
        offset = torch.zeros(len(drawn.weights), 1, requires_grad=True)
        chain = Chain(array, torch.Generator(), through)
        y = chain.multiply(torch.tensor(x.T)[None], drawn._replace(offset=offset), torch.ones(()))
        y.sum().backward()
        passed = np.full(9, len(x)) if through else (~over).sum(axis=0)
        assert offset.grad.numpy()[:, 0] == pytest.approx(passed * crossbar.scale[0], rel=1e-5)


def test_strength_scales_the_noise_and_spares_the_converters():
    block = {key: value for key, value in NOISY.items() if key != "cell"}
    array = array_of(**block)
    crossbar = Crossbar(array, Stream(3))
    crossbar.program(W)
    quiet = without(array, set(EFFECTS) - {"dac", "adc", "nonlinearity"})
    assert torch.equal(twin(array, crossbar, X, strength=0.0), twin(quiet, crossbar, X))
    loud = [float((twin(array, crossbar, X, strength=part) - twin(quiet, crossbar, X)).abs().mean()) for part in (0.5, 1.0)]
    assert loud[0] < 0.8 * loud[1]


@st.composite
def descriptions(draw):
    """Keys of an array without noise."""
    kind = draw(st.sampled_from(["pulse_width", "bit_serial"]))
    dac = {"type": kind, "bits": draw(st.integers(3, 8))}
    if kind == "bit_serial":
        dac |= {"sign": "twos_complement"} if draw(st.booleans()) else {}
    adc = {"type": "sar", "bits": draw(st.integers(4, 8)), "bound": draw(st.floats(0.5, 20))}
    scaling = draw(st.sampled_from(["none", "absolute_maximum", "fixed"]))
    scaled = {"type": "fixed", "range": draw(st.floats(0.2, 4))} if scaling == "fixed" else scaling
    keys = {"dac": dac, "adc": adc, "input_scaling": scaled}
    return keys | {"weight_scaling": draw(st.sampled_from(["array", "column"]))}


@given(descriptions())
@settings(max_examples=25, deadline=None)
def test_any_array_without_noise_gives_what_the_simulator_gives(keys):
    array = array_of(**keys)
    crossbar = Crossbar(array, Stream(3))
    crossbar.program(W)
    scale, weights = np.broadcast_to(crossbar.scale, (1, 9)), torch.tensor(crossbar.weights.T.copy())
    drawn = Drawn(weights, torch.tensor(scale.reshape(-1, 1).copy()), torch.ones(9, 1))
    chain, limit = Chain(array, torch.Generator().manual_seed(0)), torch.tensor(crossbar.input_range)
    found, wanted = [chain.multiply(torch.tensor(X.T)[None], drawn, limit)[0].numpy().T], crossbar.forward(X)
    if fits(chain, [drawn], torch.tensor(X)):
        found.append(multiply(torch.tensor(X.T), limit, Job(chain, [((0, 24), (0, 9))], [drawn]))[0].numpy().T)
    for mine in found:
        error = abs(mine - wanted) / abs(wanted).max()
        assert np.mean(error > 1e-4) < 0.01  # where sums are added in another order, a code may be the one beside it
        assert error.max() < 0.6

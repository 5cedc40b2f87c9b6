"""The chain in one step against the same chain in many, values and gradients."""

import numpy as np
import pytest
from builders import chip

from chipsim.circuits.crossbar import Crossbar
from chipsim.streams import Stream

torch = pytest.importorskip("torch")
from chipsim.aware.fused import Job, Sliding, fits, multiply  # noqa: E402
from chipsim.aware.products import Chain, Drawn  # noqa: E402

RANDOM = np.random.default_rng(5)
W = np.clip(RANDOM.normal(size=(24, 9)) * 0.4, -1, 1).astype(np.float32)
CONVERTERS = {"dac": {"type": "pulse_width", "bits": 6}, "adc": {"type": "sar", "bits": 5, "bound": 2}}
CHAINS = {
    "scaled": {},
    "fixed": {"input_scaling": {"type": "fixed", "range": 0.9}},
    "ir drop": {"ir_drop": 1.0, "wire_resistance": "20 ohm"},
    "fixed with ir drop": {"input_scaling": {"type": "fixed", "range": 0.9}, "ir_drop": 1.0, "wire_resistance": "20 ohm"},
}


def parts(name):
    array = chip(array=CONVERTERS | {"cell": {"device": {"type": "ideal"}}} | CHAINS[name]).tile.array
    crossbar = Crossbar(array, Stream(3))
    crossbar.program(W)
    weights = torch.tensor(crossbar.weights.T.copy(), requires_grad=True)
    scale = torch.tensor(crossbar.scale.reshape(-1, 1).copy())
    return Chain(array, torch.Generator().manual_seed(0)), Drawn(weights, scale, torch.ones(9, 1))


def pulled(y, x, weights, limit):
    """The gradients of what y becomes by a fixed direction; zeros where there is none."""
    pull = torch.tensor(np.random.default_rng(1).normal(size=tuple(y.shape)).astype(np.float32))
    found = torch.autograd.grad((y * pull).sum(), [x, weights, limit], allow_unused=True)
    return [torch.zeros(()) if one is None else one for one in found]


@pytest.mark.parametrize("name", CHAINS)
def test_products_and_gradients_of_vectors_are_those_of_the_chain(name):
    chain, drawn = parts(name)
    x = torch.tensor(RANDOM.normal(size=(24, 60)).astype(np.float32), requires_grad=True)
    limit = torch.tensor(0.9, requires_grad=True)
    assert fits(chain, [drawn], x)
    plain = chain.multiply(x[None], drawn, limit)
    fused = multiply(x, limit, Job(chain, [((0, 24), (0, 9))], [drawn]))
    assert (plain.abs() > 0.9 * plain.abs().max()).sum() > 1  # some are clipped
    assert torch.allclose(fused, plain, rtol=1e-4, atol=1e-4)
    for mine, own in zip(pulled(fused, x, drawn.weights, limit), pulled(plain, x, drawn.weights, limit), strict=True):
        assert torch.allclose(mine, own, rtol=1e-3, atol=1e-3 * float(own.abs().max()) + 1e-6)


@pytest.mark.parametrize("first", [True, False])
def test_products_and_gradients_of_images_are_those_of_the_chain(first):
    chain, drawn = parts("fixed with ir drop")
    images = torch.tensor(RANDOM.normal(size=(5, 6, 4, 7)).astype(np.float32), requires_grad=not first)
    limit, sliding = torch.tensor(0.9, requires_grad=True), Sliding((2, 2), (1, 2), (1, 1))

    def slid(rows, image):
        return torch.nn.functional.conv2d(image, sliding.shaped(rows), None, sliding.stride).flatten(2)

    plain = chain.multiply(images, drawn, limit, slid)
    fused = multiply(images, limit, Job(chain, [((0, 24), (0, 9))], [drawn], sliding=sliding))
    assert torch.allclose(fused, plain, rtol=1e-4, atol=1e-4)
    inputs = [drawn.weights, limit] if first else [drawn.weights, limit, images]
    pull = torch.randn(plain.shape, generator=torch.Generator().manual_seed(1))
    found = [torch.autograd.grad((y * pull).sum(), inputs) for y in (fused, plain)]
    for mine, own in zip(*found, strict=True):
        assert torch.allclose(mine, own, rtol=1e-3, atol=1e-3 * float(own.abs().max()))


def test_noise_of_products_has_the_moments_of_the_chain():
    chain, drawn = parts("scaled")
    chain.settings = chain.settings._replace(output_noise=0.2, output_bound=50.0, output_steps=2**12 - 2)
    noisy = drawn._replace(variance=0.01 * drawn.weights.detach().abs())
    x = torch.tensor(RANDOM.normal(size=(24, 1)).astype(np.float32)).repeat(1, 20_000)
    limit, job = torch.ones(()), Job(chain, [((0, 24), (0, 9))], [noisy])
    with torch.no_grad():
        fused, plain = multiply(x, limit, job)[0], chain.multiply(x[None], noisy, limit)[0]
    assert torch.allclose(fused.std(1), plain.std(1), rtol=0.03)
    assert ((fused.mean(1) - plain.mean(1)).abs() < 5 * plain.std(1) * (2 / 20_000) ** 0.5).all()


def test_what_a_learned_range_is_pulled_by_has_sign_and_size_of_the_smooth_converter():
    """With the rounding errors kept as constants the result is smooth in the range: its difference quotient is the gradient."""
    chain, drawn = parts("fixed")
    chain.settings = chain.settings._replace(output_bound=50.0, output_steps=2**20 - 2)  # the ADC hardly rounds
    x = torch.tensor(RANDOM.normal(size=(24, 40)).astype(np.float32))
    pull = torch.randn(1, 9, 40, generator=torch.Generator().manual_seed(2))
    steps, matrix = chain.settings.input_steps / 2, (drawn.weights * drawn.scale).detach().double()

    for at in (0.3, 0.9, 5.0):  # most are clipped, some, none
        limit = torch.tensor(at, requires_grad=True)
        y = multiply(x, limit, Job(chain, [((0, 24), (0, 9))], [drawn]))
        slope = float(torch.autograd.grad((y * pull).sum(), limit)[0])
        error = (x * steps / at).round() - x * steps / at  # constant, as straight-through has it
        inside = (x * steps / at).round().abs() <= steps

        def smooth(value, error=error, inside=inside):
            codes = torch.where(inside, x.double() * steps / value + error, x.double().sign() * steps)
            return float(((matrix @ (codes * value / steps)) * pull[0]).sum())

        wanted = (smooth(at * 1.001) - smooth(at * 0.999)) / (0.002 * at)
        assert slope == pytest.approx(wanted, rel=0.01, abs=0.01 * float(pull.abs().sum()) / 40)
        assert slope * wanted > 0

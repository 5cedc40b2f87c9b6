"""How the character models are trained: it learns, repeats itself, and noise and clipping are where they belong."""

import pytest

from .characters import script

torch = pytest.importorskip("torch")
alice = script("alice")
SHIPPED = [script(name).MODEL for name in ("train_lstm", "train_transformer")]
MODELS = pytest.mark.parametrize("model", SHIPPED, ids=[model.name for model in SHIPPED])
DIGITAL = ("bias", "norm", "characters", "positions")


@MODELS
def test_training_learns_and_repeats_itself(model, monkeypatch):
    monkeypatch.setattr(alice, "BATCH", 4)

    def trained(steps=8):
        torch.manual_seed(3)
        network = model.network(0.0)
        text = alice.windows_of("train", model.window).flatten()[:500]
        if steps:
            alice.train(network, text, model.window, steps, 3e-3, 0.04, 2.0)
        return network

    first, second = trained(), trained()
    assert all(torch.equal(one, other) for one, other in zip(first.parameters(), second.parameters(), strict=True))
    windows = alice.windows_of("train", model.window)[:6]
    with torch.no_grad():
        assert alice.loss_of(first, windows) < alice.loss_of(trained(0), windows)


@MODELS
def test_clipping_is_of_the_weights_of_crossbars_only(model):
    torch.manual_seed(0)
    network = model.network(0.0)
    before = {name: value.detach().clone() for name, value in network.named_parameters()}
    alice.clip_weights(network, 0.0)
    assert all(torch.equal(value, before[name]) for name, value in network.named_parameters())
    alice.clip_weights(network, 1.5)
    for name, value in network.named_parameters():
        limit = before[name].abs().max() if is_digital(name) else 1.5 * before[name].std()
        assert float(value.detach().abs().max()) == pytest.approx(float(limit), rel=1e-5)


@MODELS
def test_noise_is_on_the_weights_of_crossbars_only_and_of_the_given_size(model):
    torch.manual_seed(0)
    network = model.network(0.0)
    noisy = alice.noisy(network, 0.05)
    for name, value in network.named_parameters():
        off = (noisy[name] - value).detach()
        expected = 0.0 if is_digital(name) else 0.05 * float(value.detach().abs().max())
        assert float(off.std()) == pytest.approx(expected, rel=0.1)


def is_digital(name):
    return any(part in name for part in DIGITAL)

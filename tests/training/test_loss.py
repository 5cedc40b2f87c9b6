"""Cross entropy: by hand, and against PyTorch."""

import numpy as np
import pytest

from chipsim.training.loss import cross_entropy


def test_cross_entropy_by_hand():
    losses, d = cross_entropy(np.array([[0, np.log(3)], [50, -50]], np.float32), np.array([0, 1]))
    assert losses == pytest.approx([np.log(4), 100])
    assert d == pytest.approx(np.array([[0.375, -0.375], [-0.5, 0.5]]), abs=1e-6)


def test_cross_entropy_is_that_of_pytorch():
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(3)
    y, labels = random.normal(size=(9, 6)).astype(np.float32) * 5, random.integers(0, 6, 9)
    outputs = torch.tensor(y, requires_grad=True)
    wanted = torch.nn.functional.cross_entropy(outputs, torch.tensor(labels))
    wanted.backward()
    losses, d = cross_entropy(y, labels)
    assert losses.mean() == pytest.approx(wanted.item(), rel=1e-6)
    assert -d == pytest.approx(outputs.grad.numpy(), abs=1e-7)


def test_outputs_without_end_give_no_number_and_no_warning():
    losses, _ = cross_entropy(np.array([[np.inf, 0]], np.float32), np.array([0]))
    assert not np.isfinite(losses).any()

"""Reshapes that merge the batch with another axis: taken where samples stay apart, refused where they would mix."""

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.workload.onnx import read_onnx

from .models import check_equal, exported, numbers

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

MIXING = {
    "shares of all": lambda x: x.softmax(0),
    "the mean of all": lambda x: x - x.mean(0, keepdim=True),
    "the first of all": lambda x: x - x[:1],
}  # fmt: skip
APART = {"nothing": lambda x: x, "shares of each": lambda x: x.softmax(1), "its own mean": lambda x: x - x.mean(1, keepdim=True)}
OPEN, EIGHT, ONE = ("n", 1), (None, 8), (None, 1)


class Merging(nn.Module):
    """Linear layers at every step, as of a long batch."""

    def __init__(self, between):
        super().__init__()
        self.first, self.last, self.between = nn.Linear(4, 6), nn.Linear(6, 3), between

    def forward(self, x):
        x = self.between(self.first(x.reshape(-1, 4)))
        return self.last(x.view(-1, 5, 6).mean(1))


def written(path, between, batch):
    torch.manual_seed(0)
    name, count = batch
    axes = {"x": {0: name}} if name else None
    return exported(Merging(between), torch.zeros(count, 5, 4), path / "m.onnx", input_names=["x"], dynamic_axes=axes)


@pytest.mark.parametrize("batch", [OPEN, ONE], ids=["open", "one"])
@pytest.mark.parametrize("between", APART.values(), ids=APART)
def test_samples_that_stay_apart(tmp_path, between, batch):
    check_equal(written(tmp_path, between, batch), numbers(3, 5, 4))


@pytest.mark.parametrize("batch", [OPEN, EIGHT], ids=["open", "eight"])
@pytest.mark.parametrize("between", MIXING.values(), ids=MIXING)
def test_samples_that_would_mix(tmp_path, between, batch):
    with pytest.raises(InputError, match=r"works across the samples of a batch, .*; a reshape merges samples with another axis"):
        read_onnx(written(tmp_path, between, batch))


def test_a_fixed_batch_that_stays_apart(tmp_path):
    assert read_onnx(written(tmp_path, APART["nothing"], EIGHT)).output.shape == (1, 3)


@pytest.mark.parametrize("between", MIXING.values(), ids=MIXING)
def test_with_a_batch_of_one_it_is_what_was_exported(tmp_path, between):
    found = check_equal(written(tmp_path, between, ONE), numbers(3, 5, 4))
    assert np.prod(found.output.shape) == 3

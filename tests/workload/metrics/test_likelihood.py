"""Cross entropy, perplexity and bits per character, against PyTorch and closed forms."""

import math

import numpy as np
import pytest

from chipsim.workload.metrics import BitsPerCharacter, CrossEntropy, Perplexity

OUT = np.random.default_rng(0).normal(0, 3, (20, 7, 5, 1)).astype(np.float32)
LABELS = np.random.default_rng(1).integers(0, 7, (20, 5))


def test_cross_entropy_is_pytorchs():
    torch = pytest.importorskip("torch")
    logits = torch.from_numpy(OUT[..., 0])
    wanted = float(torch.nn.functional.cross_entropy(logits.double(), torch.from_numpy(LABELS)))
    assert CrossEntropy().of(OUT, LABELS) == pytest.approx(wanted, rel=1e-9)
    shares = torch.softmax(logits, 1).numpy()[..., None]
    assert CrossEntropy(outputs="probabilities").of(shares, LABELS) == pytest.approx(wanted, rel=1e-5)
    assert CrossEntropy(outputs="log_probabilities").of(np.log(shares), LABELS) == pytest.approx(wanted, rel=1e-5)
    one = torch.from_numpy(OUT[:, 0, :1, 0])
    binary = torch.nn.functional.binary_cross_entropy_with_logits(one.double(), torch.from_numpy(LABELS[:, :1] % 2).double())
    assert CrossEntropy().of(OUT[:, :1, :1], LABELS[:, 0] % 2) == pytest.approx(float(binary), rel=1e-6)


def test_the_three_are_one_number():
    entropy = CrossEntropy().of(OUT, LABELS)
    assert Perplexity().of(OUT, LABELS) == pytest.approx(math.exp(entropy))
    assert BitsPerCharacter().of(OUT, LABELS) == pytest.approx(entropy / math.log(2))
    assert not CrossEntropy().higher


@pytest.mark.parametrize(("metric", "value"), [(CrossEntropy(), math.log(8)), (Perplexity(), 8.0), (BitsPerCharacter(), 3.0)])
def test_chance_is_an_answer_that_says_the_same_of_all_classes(metric, value):
    flat = np.zeros((4, 8, 1, 1), np.float32)
    assert metric.of(flat, np.arange(4)) == pytest.approx(value)
    assert metric.chance(np.arange(4), (8, 1, 1)) == pytest.approx(value)


@pytest.mark.parametrize(
    ("kind", "rows", "message"),
    [
        ("probabilities", [[4.2, -3.2]], "an output of the float network is 4.2; expected probabilities from 0 to 1 whose sum is 1"),
        ("probabilities", [[0.5, 0.5], [0.9, 0.9]], "the sum of the outputs of the float network for a label is 1.8"),
        ("log_probabilities", [[0.5, -1.0]], "an output of the float network is 0.5; expected logarithms, at most 0"),
        ("log_probabilities", [[-3.0, -3.0]], "e to the power of the outputs of the float network for a label is 0.09957"),
    ],
)
def test_outputs_that_are_no_probabilities(kind, rows, message):
    out = np.array(rows, np.float32)[:, :, None, None]
    labels = np.zeros(len(rows), int)
    assert message in CrossEntropy(outputs=kind).unfit(out, labels)
    assert CrossEntropy().unfit(out, labels) == ""
    assert Perplexity(outputs="probabilities").unfit(np.array([[[[0.301]], [[0.7]]]], np.float32), labels[:1]) == ""


def test_no_probability_makes_the_sum_infinite():
    sure = np.array([[[[0.0]], [[1.0]]]], np.float32)
    assert CrossEntropy(outputs="probabilities").of(sure, np.array([0])) == pytest.approx(-math.log(1e-12))
    assert CrossEntropy().of(1e6 * sure, np.array([0])) == pytest.approx(-math.log(1e-12))

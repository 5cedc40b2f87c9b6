"""Distances from numbers, by hand; chance by the best constant."""

import numpy as np
import pytest

from chipsim.workload.metrics import RMSE, MeanAbsoluteError

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(9, 2, 3, 1), (9, 6)])
def test_both_by_their_definitions_and_in_batches(shape):
    out, wanted = RANDOM.normal(size=(9, 2, 3, 1)).astype(np.float32), RANDOM.normal(size=shape).astype(np.float32)
    difference = out.reshape(9, -1).astype(float) - wanted.reshape(9, -1)
    for metric, value in ((RMSE(), np.sqrt(np.mean(difference**2))), (MeanAbsoluteError(), np.mean(np.abs(difference)))):
        assert metric.of(out, wanted) == pytest.approx(value)
        assert metric.value(metric.sums(out[:4], wanted[:4]) + metric.sums(out[4:], wanted[4:])) == pytest.approx(value)
        assert metric.problem(wanted, 9, (2, 3, 1)) == ""


def test_chance_is_the_best_constant():
    wanted = RANDOM.normal(3.0, 2.0, (4001, 1)).astype(np.float32)
    for metric, constant in ((RMSE(), wanted.mean()), (MeanAbsoluteError(), np.median(wanted))):
        best = metric.chance(wanted, (1, 1, 1))
        same = np.full((4001, 1, 1, 1), constant, np.float32)
        assert best == pytest.approx(metric.of(same, wanted), rel=1e-5)
        assert best < metric.of(same + np.float32(0.3), wanted)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((4, 3), np.float32), r"labels are float32 [4, 3], metric rmse expects numbers of the output's shape [4, 2, 1, 1]"),
        (np.zeros((3, 2), np.float32), "or 2 for each of 4 samples"),
        (np.zeros((4, 1, 2, 1), np.float32), "numbers of the output's shape"),
        (np.full((4, 2), np.nan, np.float32), "a label is not a finite number"),
    ],
)
def test_labels_of_another_shape_are_refused(labels, message):
    assert message in RMSE().problem(labels, 4, (2, 1, 1))

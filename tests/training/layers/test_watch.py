"""The notes of a mini-batch, put together by hand."""

import numpy as np
import pytest

from chipsim.kernels.mvm import MVMResult
from chipsim.training.layers.watch import Place, Watch
from chipsim.training.rules import Activity


def result(retries, energies):
    count = len(retries)
    return MVMResult(np.zeros((count, 1), np.float32), np.array(retries, np.int32), np.array(energies, float), np.zeros(count, bool))


def test_notes_of_steps_stand_side_by_side():
    watch, one, two = Watch(40, 2), Place("a"), Place("a", 1, 0)
    watch.product(one, False, result([0, 1], [1.0, 2.0]))
    watch.product(one, False, result([2, 0], [3.0, 4.0]))
    watch.product(one, True, result([0, 0, 0, 5], [5.0, 6.0, 7.0, 8.0]))
    watch.update(one, [Activity(pulses=3), Activity(pulses=4)])
    work = watch.work({one: (6, 5), two: (2, 5)})
    assert (work.first, work.samples, len(work.arrays)) == (40, 2, 2)
    first, second = work.arrays
    assert first[:4] == ("a", 0, 0, (6, 5))
    assert second[:4] == ("a", 1, 0, (2, 5))
    assert first.retries.tolist() == [[0, 2], [1, 0]]
    assert first.cells.tolist() == [[1, 3], [2, 4]]
    assert first.back_retries.tolist() == [[0, 0], [0, 5]]
    assert first.back_cells.tolist() == [[5, 6], [7, 8]]
    assert [update.pulses for update in first.updates] == [3, 4]
    assert second.retries.shape == second.back_cells.shape == (2, 0)
    assert second.updates == ()


def test_products_belong_to_whole_samples():
    with pytest.raises(ValueError, match="reshape"):
        Watch(0, 2).product(Place("a"), False, result([0, 0, 0], [0, 0, 0]))

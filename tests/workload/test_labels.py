import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.workload.labels import by_label, classes

ONE = np.zeros(5, np.int64)
STEPS = np.zeros((5, 7), np.int64)


def test_the_labels_say_how_many_answers_there_are():
    assert classes((10, 1, 1), ONE) == 10
    assert classes((10, 2, 3), ONE) == 60
    assert classes((10, 7, 1), STEPS) == 10
    assert classes((10, 7, 1), ONE) == 70


@pytest.mark.parametrize("output", [(10, 1, 1), (10, 6, 1), (10, 7, 2), (10, 1, 7)])
def test_labels_of_steps_want_an_output_of_steps(output):
    with pytest.raises(InputError, match=r"Labels.shape: \[5, 7\] for a network whose output is .*expected one label a sample"):
        classes(output, STEPS)


def test_outputs_come_in_the_order_of_the_labels():
    outputs = np.arange(2 * 3 * 4, dtype=np.float32).reshape(2, 3, 4, 1)
    labels = np.arange(8).reshape(2, 4)
    rows, flat = by_label(outputs, labels)
    assert rows.shape == (8, 3)
    for row, label in zip(rows, flat, strict=True):
        sample, step = divmod(int(label), 4)
        assert np.array_equal(row, outputs[sample, :, step, 0])
    rows, flat = by_label(outputs, np.array([4, 5]))
    assert rows.shape == (2, 12)
    assert list(flat) == [4, 5]

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.workload.labels import by_label, classes, problem

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


def test_labels_of_positions_are_judged_at_each_of_them():
    labels = np.arange(2 * 3 * 4).reshape(2, 3, 4) % 5
    outputs = np.eye(5, dtype=np.float32)[labels].transpose(0, 3, 1, 2)  # the label's class is the largest
    rows, flat = by_label(outputs, labels)
    assert rows.shape == (24, 5)
    assert np.array_equal(rows.argmax(axis=1), flat)
    assert classes((5, 3, 4), labels) == 5
    assert problem(labels, 2, (5, 3, 4)) == ""
    assert "expected one for each of 2 images, [2], or one for each of the 4 x 3 positions, [2, 4, 3]" in problem(labels, 2, (5, 4, 3))


def test_one_label_for_several_answers_is_refused():
    told = problem(ONE, 5, (10, 7, 1))
    assert told.startswith("labels are [5], but the output [10, 7, 1] is an answer for each of the 7 steps; expected labels [5, 7], or")
    assert "for each of the 2 x 3 positions; expected labels [5, 2, 3]" in problem(ONE, 5, (10, 2, 3))
    assert problem(ONE, 5, (1, 7, 1)) == problem(ONE, 5, (10, 1, 1)) == ""  # classes along the height
    assert "write 'metric: {type: rmse}'" in problem(np.zeros(5), 5, (10, 1, 1))

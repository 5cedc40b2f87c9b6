"""A user's own metric: called once with everything, and one sentence for whatever it does wrong."""

import os

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.workload.metrics import Function, batch_of, judged

OUT, LABELS = np.arange(6, dtype=np.float32).reshape(3, 2, 1, 1), np.array([0, 1, 0])


def made(folder, text, **keys):
    file = folder / "own.py"
    file.write_text(text)
    return Function(file=str(file), **keys)


def test_it_sees_all_samples_at_once(tmp_path):
    own = made(tmp_path, "def largest(outputs, labels):\n    return outputs.max() + len(labels)\n", name="largest", better="lower")
    parts = [batch_of([own], OUT[:2], LABELS[:2]), batch_of([own], OUT[2:], LABELS[2:])]
    assert judged([own], parts) == [8.0]
    assert (own.column, own.called, own.higher, own.chance(LABELS, (2, 1, 1))) == ("largest", "largest", False, None)
    assert own.problem(LABELS, 3, (2, 1, 1)) == ""


def test_a_changed_file_is_read_again(tmp_path):
    own = made(tmp_path, "def metric(outputs, labels):\n    return 1\n")
    assert own.of(OUT, LABELS) == 1
    made(tmp_path, "def metric(outputs, labels):\n    return 2\n")
    os.utime(own.file, ns=(1, 1))
    assert own.of(OUT, LABELS) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def metric(outputs, labels):\n    return outputs[99]\n", "own.py:2: metric metric: raised IndexError: index 99"),
        ("def metric(outputs, labels):\n    return True\n", "gave True, expected one number"),
        ("def metric(outputs, labels):\n    return outputs[:2, 0]\n", "expected one number for all samples"),
        ("def metric(outputs, labels):\n    return '3'\n", "gave '3', expected one number"),
        ("def metric(outputs, labels):\n    return 'good'\n", "gave 'good', expected one number for all samples"),
        ("def metric(outputs, labels):\n    return None\n", "gave None, expected one number"),
        ("def metric(outputs, labels):\n    return float('nan')\n", "gave nan, expected a finite number"),
        ("def metrics(outputs, labels):\n    return 1\n", "own.py defines no function 'metric' (did you mean 'metrics'?)"),
        ("def metric(:\n", "own.py:1: raised SyntaxError"),
        ("import nowhere_to_be_found\n", "own.py:1: raised ModuleNotFoundError"),
    ],
)
def test_what_it_does_wrong_is_one_sentence(tmp_path, text, message):
    with pytest.raises(InputError) as told:
        made(tmp_path, text).of(OUT, LABELS)
    assert message in str(told.value)


@pytest.mark.parametrize("text", ["np.array([2.0])", "np.float32(2)", "np.array([[2]])", "2"])
def test_an_array_of_one_is_a_number(tmp_path, text):
    assert made(tmp_path, f"import numpy as np\n\ndef metric(outputs, labels):\n    return {text}\n").of(OUT, LABELS) == 2


def test_a_missing_file_and_a_name_that_is_taken(tmp_path):
    own = Function(file=str(tmp_path / "none.py"))
    found = own.misfit(LABELS, (2, 1, 1))
    assert found.key == "file"
    assert "none.py: No such file or directory; expected a Python file" in found.message
    with pytest.raises(InputError, match="name: 'mean' is a column of the table of a run"):
        Function(file="a.py", name="mean")

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.workload.layers import Add


def test_adds_from_left_to_right():
    x = [np.full((1, 2, 3, 4), value, np.float32) for value in (1e8, 1, -1e8)]
    layer = Add(name="s", inputs=("a", "b", "c"))
    assert (layer.forward(*x) == 0).all()  # 1e8 + 1 is 1e8 in float32
    assert (layer.forward(x[0], x[2], x[1]) == 1).all()
    assert (x[0] == 1e8).all()


def test_operations_are_one_less_than_the_inputs():
    assert Add(name="s", inputs=("a", "b")).operations(8) == {"add": 8}
    assert Add(name="s", inputs=("a", "b", "c")).operations(8) == {"add": 16}


def test_shapes_must_be_equal():
    layer = Add(name="s", inputs=("a", "b"))
    assert layer.output_shape((2, 3, 4), (2, 3, 4)) == (2, 3, 4)
    with pytest.raises(InputError, match=r"Add.inputs: layer 's' .*\(a \[2, 3, 4\], b \[2, 4, 3\]\), expected equal shapes"):
        layer.output_shape((2, 3, 4), (2, 4, 3))


def test_one_input_is_too_few():
    with pytest.raises(InputError, match=r"layer 's' reads 1 layer, expected two or more"):
        Add(name="s").output_shape((2, 3, 4))

import numpy as np

from chipsim.workload.layers import Flatten


def test_is_a_view_in_the_order_channel_row_column():
    layer = Flatten(name="a")
    x = np.arange(48, dtype=np.float32).reshape(2, 2, 3, 4)
    flat = layer.forward(x)
    assert layer.is_view
    assert layer.output_shape((2, 3, 4)) == (24, 1, 1)
    assert np.shares_memory(flat, x)
    np.testing.assert_array_equal(flat[:, :, 0, 0], np.arange(48, dtype=np.float32).reshape(2, 24))


def test_needs_the_whole_image():
    assert Flatten(name="a").needs(0, 0, (2, 3, 4)) == ((0, 0), (2, 3))

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.workload.layers.window import Window, pair, range_problem


@st.composite
def windows_on_images(draw):
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    stride = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    padding = tuple(draw(st.integers(0, k - 1)) for k in kernel)
    height, width = (draw(st.integers(max(1, k - 2 * p), 9)) for k, p in zip(kernel, padding, strict=True))
    return Window(kernel, stride, padding), height, width


def test_sizes_known_from_lenet_and_resnet():
    assert Window((5, 5), (1, 1), (2, 2)).output_size(28, 28) == (28, 28)
    assert Window((5, 5), (1, 1), (0, 0)).output_size(14, 14) == (10, 10)
    assert Window((2, 2), (2, 2), (0, 0)).output_size(5, 7) == (2, 3)
    assert Window((7, 7), (2, 2), (3, 3)).output_size(224, 224) == (112, 112)
    assert Window((3, 5), (2, 1), (1, 0)).output_size(8, 8) == (4, 4)


def test_needs_is_clipped_to_the_image():
    window = Window((3, 3), (1, 1), (1, 1))
    assert window.needs(0, 0, 5, 5) == ((0, 0), (1, 1))
    assert window.needs(2, 3, 5, 5) == ((1, 2), (3, 4))
    assert window.needs(4, 4, 5, 5) == ((3, 3), (4, 4))


@given(windows_on_images())
def test_needs_lists_the_positions_under_the_window(case):
    window, height, width = case
    for y in range(window.output_size(height, width)[0]):
        for x in range(window.output_size(height, width)[1]):
            ys = [y * window.stride[0] - window.padding[0] + i for i in range(window.kernel[0])]
            xs = [x * window.stride[1] - window.padding[1] + j for j in range(window.kernel[1])]
            inside = [(i, j) for i in ys for j in xs if 0 <= i < height and 0 <= j < width]
            assert window.needs(y, x, height, width) == (inside[0], inside[-1])


@given(windows_on_images(), st.data())
def test_padded_rows_are_rows_of_the_padded_image(case, data):
    window, height, width = case
    rows = window.output_size(height, width)[0]
    y0 = data.draw(st.integers(0, rows - 1))
    y1 = data.draw(st.integers(y0 + 1, rows))
    x = np.arange(2 * height * width, dtype=np.float32).reshape(1, 2, height, width)
    whole = np.pad(x, ((0, 0), (0, 0), (window.padding[0],) * 2, (window.padding[1],) * 2), constant_values=-7)
    wanted = whole[:, :, y0 * window.stride[0] : (y1 - 1) * window.stride[0] + window.kernel[0]]
    np.testing.assert_array_equal(window.padded_rows(x, y0, y1, fill=-7), wanted)


@given(windows_on_images())
def test_offsets_walk_the_window_in_raster_order(case):
    window, height, width = case
    rows, columns = window.output_size(height, width)
    padded = window.padded_rows(np.arange(height * width, dtype=np.float32).reshape(1, 1, height, width), 0, rows, fill=-1)
    places = window.offsets(padded)
    assert [place for place, _ in places] == [(i, j) for i in range(window.kernel[0]) for j in range(window.kernel[1])]
    for (i, j), values in places:
        assert values.shape == (1, 1, rows, columns)
        assert values[0, 0, -1, -1] == padded[0, 0, (rows - 1) * window.stride[0] + i, (columns - 1) * window.stride[1] + j]


@pytest.mark.parametrize(("y0", "y1"), [(-1, 1), (0, 5), (2, 2), (3, 2)])
def test_rows_that_do_not_exist_are_refused(y0, y1):
    with pytest.raises(ValueError, match=f"output rows {y0} to {y1} of 4"):
        Window((1, 1), (1, 1), (0, 0)).padded_rows(np.zeros((1, 1, 4, 4), np.float32), y0, y1, fill=0)


def test_bad_numbers_are_described():
    assert range_problem(3, 1, 1) is None
    assert range_problem((3, 1), 2, (2, 0)) is None
    assert "kernel 0 is too small" in range_problem(0, 1, 0)
    assert "stride (1, 0) is too small" in range_problem(3, (1, 0), 0)
    assert "padding -1 is too small" in range_problem(3, 1, -1)
    assert "expected padding < kernel" in range_problem(3, 1, 3)


def test_one_number_stands_for_both_directions():
    assert pair(3) == (3, 3)
    assert pair((3, 5)) == (3, 5)

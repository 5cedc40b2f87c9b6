import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.reading import load
from chipsim.workload.data import DataSpec, InputSpec, load_data
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.text import bits_per_character, one_hot, read_text


def written(folder, text, name="some.txt"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def characters(x, vocabulary):
    """The text of windows [N, vocabulary, T, 1]."""
    return ["".join(vocabulary[int(k)] for k in window) for window in x[..., 0].argmax(axis=1)]


def test_windows_and_the_characters_that_follow(tmp_path):
    path = written(tmp_path, "abcdabcdab" * 2)  # 18 for training, vocabulary abcd
    x, labels = read_text(path, "train", (4, 3, 1))
    assert (x.shape, x.dtype, labels.shape, labels.dtype) == ((5, 4, 3, 1), np.uint8, (5, 3), np.int64)
    assert characters(x, "abcd") == ["abc", "dab", "cda", "bab", "cda"]
    assert ["".join("abcd"[k] for k in row) for row in labels] == ["bcd", "abc", "dab", "abc", "dab"]
    assert (x.sum(axis=1) == 1).all()


def test_the_test_part_is_the_last_tenth(tmp_path):
    path = written(tmp_path, "ab" * 45 + "bbaabbaaba")
    x, labels = read_text(path, "test", (2, 3, 1))
    assert characters(x, "ab") == ["bba", "abb", "aab"]
    assert list(labels[-1]) == [0, 1, 0]


def test_windows_with_unknown_characters_are_left_out_of_the_test_part(tmp_path):
    path = written(tmp_path, "ab" * 45 + "bba" + "abz" + "aab" + "b")
    x, labels = read_text(path, "test", (2, 3, 1))
    assert characters(x, "ab") == ["bba", "aab"]
    assert labels.min() >= 0
    path = written(tmp_path, "ab" * 45 + "abz" + "aba" + "aab" + "b")  # z is a label of the first window
    assert characters(read_text(path, "test", (2, 2, 1))[0], "ab") == ["ba", "aa"]


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="abc é\n", min_size=60, max_size=200), st.integers(2, 9))
def test_every_label_is_the_next_input(tmp_path_factory, text, steps):
    path = written(tmp_path_factory.mktemp("text"), text)
    cut = int(0.9 * len(text))
    vocabulary = sorted(set(text[:cut]))
    x, labels = read_text(path, "train", (len(vocabulary), steps, 1))
    numbers = x[..., 0].argmax(axis=1)
    count = (cut - 1) // steps
    assert len(x) == count
    assert np.array_equal(numbers.reshape(-1)[1:], labels.reshape(-1)[:-1])
    assert "".join(vocabulary[k] for k in numbers.reshape(-1)) == text[: count * steps]


def test_windows_of_one_character_have_one_label_each(tmp_path):
    x, labels = read_text(written(tmp_path, "abcdabcdab" * 2), "train", (4, 1, 1))
    assert (x.shape, labels.shape) == ((17, 4, 1, 1), (17,))
    assert np.array_equal(x[1:].argmax(axis=1).ravel(), labels[:-1])


def test_one_hot():
    assert one_hot(np.array([[2, 0]]), 3)[..., 0].tolist() == [[[0, 1], [0, 0], [1, 0]]]


def test_bits_per_character_of_a_guess():
    assert bits_per_character(math.log(64)) == pytest.approx(6)


def test_is_data_of_a_workload(tmp_path):
    path = written(tmp_path, "abcdabcdab" * 2)
    x, labels = load_data(path, DataSpec(file="some.txt", split="train"), InputSpec(shape=(4, 3, 1)))
    assert (x.dtype, x.shape, labels.shape) == (np.float32, (5, 4, 3, 1), (5, 3))
    assert set(np.unique(x)) == {0, 1}


@pytest.mark.parametrize("shape", [(5, 3, 1), (4, 3, 3), (3, 4, 1)])
def test_the_input_is_the_vocabulary_by_the_steps(tmp_path, shape):
    path = written(tmp_path, "abcdabcdab" * 2)
    with pytest.raises(InputError, match=r"input.shape: the training part .* has 4 different characters, .* expected \[4, steps, 1\]"):
        read_text(path, "train", shape)


@pytest.mark.parametrize(("split", "steps"), [("test", 2), ("train", 18)])
def test_a_part_without_a_window_is_refused(tmp_path, split, steps):
    with pytest.raises(InputError, match=f"the {split} part of the text, .* characters, has no window of {steps + 1} characters"):
        read_text(written(tmp_path, "abcdabcdab" * 2), split, (4, steps, 1))


def test_a_test_part_of_unknown_characters_is_refused(tmp_path):
    with pytest.raises(InputError, match="no window of 3 characters of its vocabulary"):
        read_text(written(tmp_path, "ab" * 45 + "z" * 10), "test", (2, 2, 1))


def test_what_is_no_text_is_refused(tmp_path):
    with pytest.raises(InputError, match="there is no such file; expected a text"):
        read_text(tmp_path / "none.txt", "train", (4, 3, 1))
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"abc\xff\xfe")
    with pytest.raises(InputError, match="is no UTF-8 text: byte 3 is 0xff"):
        read_text(bad, "train", (4, 3, 1))
    with pytest.raises(InputError, match="is empty; expected a text"):
        read_text(written(tmp_path, ""), "train", (4, 3, 1))


def test_the_shipped_text(shipped):
    spec = load(shipped / "lstm-alice.yaml", WorkloadSpec)
    path = shipped / "data" / "alice.txt"
    sizes = {}
    for split in ("train", "test"):
        x, labels = load_data(path, spec.data.having(split=split), spec.input)
        sizes[split] = len(x)
        assert x.shape[1:] == (73, 32, 1)
        assert labels.max() < 73
    assert sizes == {"train": 4061, "test": 451}

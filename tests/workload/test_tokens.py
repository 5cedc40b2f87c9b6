"""Inputs that are tokens: whole numbers from files, from a text, drawn, and given; what is none is told with its place."""

from collections import Counter

import numpy as np
import pytest
from builders import network

from chipsim.comparators.work import work_of
from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.workload.data import DataSpec, InputSpec, load_data
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.drawn import Random, drawn_inputs
from chipsim.workload.load import drawn_workload, load_workload
from chipsim.workload.text import read_text

TABLE = {"type": "embedding", "name": "e", "tokens": 6, "features": 8}
OUT = {"type": "conv2d", "name": "c", "out_channels": 5, "kernel": 1}


def described(tokens, *layers, **keys):
    block = {"name": "t", "input": {"shape": [1, 4, 1], "tokens": tokens}, "layers": list(layers or (TABLE, OUT)), "random": {}}
    return from_plain(WorkloadSpec, block | keys)


@pytest.mark.parametrize("shape", [(7, 4), (7, 1, 4), (7, 4, 1), (7, 1, 4, 1)])
@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint8, np.float32])
def test_tokens_of_a_file_are_taken_as_they_are(tmp_path, shape, kind):
    stored = np.random.default_rng(0).integers(0, 200, shape).astype(kind)
    np.savez(tmp_path / "data.npz", x_test=stored, y_test=np.zeros(7, np.int64))
    x, _ = load_data(tmp_path / "data.npz", DataSpec(file="data.npz"), InputSpec(shape=(1, 4, 1), tokens=200))
    assert (x.dtype, x.shape) == (np.float32, (7, 1, 4, 1))
    assert np.array_equal(x.ravel(), stored.ravel())


@pytest.mark.parametrize(("wrong", "told"), [(-1, "-1"), (6, "6"), (2.5, "2.5")])
def test_what_is_no_token_is_told_with_its_place(tmp_path, wrong, told):
    stored = np.array([[0, 1, 2, 3], [5, 4, wrong, 0]])
    np.savez(tmp_path / "data.npz", x_test=stored, y_test=np.zeros(2, np.int64))
    with pytest.raises(InputError, match=rf"x_test: sample 1 holds the token {told} at \[0, 2, 0\]; expected whole numbers from 0 to 5"):
        load_data(tmp_path / "data.npz", DataSpec(file="data.npz"), InputSpec(shape=(1, 4, 1), tokens=6))
    with pytest.raises(InputError, match=r"inputs: sample 0 holds the token \S+ at \[0, 0, 0\]; expected whole numbers from 0 to 5"):
        network([1, 4, 1], TABLE, OUT, images=[wrong], tokens=6)


def test_a_text_gives_the_numbers_that_it_gives_as_one_hot_vectors(tmp_path):
    (tmp_path / "some.txt").write_text("abcdabcdab" * 4)
    one_hot, labels = read_text(tmp_path / "some.txt", "train", (4, 3, 1))
    tokens, same = read_text(tmp_path / "some.txt", "train", (1, 3, 1), 4)
    assert np.array_equal(one_hot.argmax(axis=1)[:, None], tokens)
    assert np.array_equal(labels, same)
    assert np.array_equal(read_text(tmp_path / "some.txt", "train", (1, 3, 1), 9)[0], tokens)  # a table may have rows to spare
    with pytest.raises(InputError, match=r"has 4 different characters, the input is \[1, 3, 1\] of 3 tokens; expected .* 4 tokens"):
        read_text(tmp_path / "some.txt", "train", (1, 3, 1), 3)


def test_drawn_tokens_are_even():
    x = drawn_inputs(Random(samples=300), (1, 20, 1), 5)
    assert (x.dtype, x.shape) == (np.float32, (300, 1, 20, 1))
    counts = Counter(x.ravel().tolist())
    assert sorted(counts) == [0, 1, 2, 3, 4]
    assert max(abs(count - 1200) for count in counts.values()) < 5 * (6000 * 0.2 * 0.8) ** 0.5


def test_a_drawn_network_has_a_table_of_normal_numbers_and_tokens():
    workload = drawn_workload(described(6))
    assert workload.spec.drawn == "weights and inputs"
    (table,) = workload.parameters["e"]
    assert table.shape == (1, 8, 6, 1)
    assert 0.5 < table.std() < 1.5
    assert np.isfinite(workload.forward(workload.inputs)).all()


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"shape": (1, 4, 1), "tokens": 6, "divide_by": 255}, "would make other tokens of tokens"),
        ({"shape": (3, 4, 1), "tokens": 6}, r"shape \[3, 4, 1\] has 3 numbers at a position; tokens are \[1, steps, 1\]"),
        ({"shape": (1, 4, 1), "tokens": 0}, "tokens"),
        ({"shape": (1, 4, 1), "tokens": 2**24 + 1}, "tokens"),
    ],
)
def test_odd_inputs_are_refused(keys, told):
    with pytest.raises(InputError, match=told):
        InputSpec(**keys)


@pytest.mark.parametrize(("tokens", "found"), [(None, "plain numbers"), (7, "7 tokens")])
def test_a_table_that_reads_the_input_reads_its_tokens(tokens, found):
    with pytest.raises(InputError, match=rf"layer 'e' looks up 6 tokens, the input is of {found}; write 'tokens: 6' under input"):
        drawn_workload(described(tokens))


def test_the_place_in_a_file_is_told(tmp_path):
    (tmp_path / "net.yaml").write_text(
        "name: t\ninput: {shape: [1, 4, 1]}\nrandom: {}\nlayers:\n  - {type: embedding, name: e, tokens: 6, features: 8}\n"
        "  - {type: conv2d, name: c, out_channels: 5, kernel: 1}\n"
    )
    with pytest.raises(InputError, match=r"net.yaml:2:\d+: input.tokens: layer 'e' looks up 6 tokens"):
        load_workload(tmp_path / "net.yaml")


def test_of_a_table_only_the_rows_that_are_looked_up_are_fetched():
    work = {part.layer: part for part in work_of(drawn_workload(described(6, {**TABLE, "tokens": 500}, OUT)))}
    assert work["e"].weights == 4 * 8
    assert work["c"].weights == 8 * 5 + 5


def test_digests_of_descriptions_without_tokens_are_those_of_before():
    assert "tokens" not in InputSpec(shape=(1, 4, 1)).plain()
    assert "given" not in described(6).plain()

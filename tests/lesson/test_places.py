"""Where layers lie, which positions need which, and how a network is laid on a chip before it has weights."""

import numpy as np
import pytest
from builders import add, conv, linear, mapped, network, pool
from lessons import SMALL, described, learner, placed

from chipsim.errors import InputError
from chipsim.lesson.places import Places, Positions, cuts_of, laid_out, overlap
from chipsim.mapping.mapping import MappingOptions
from chipsim.training.layers.block import Cut

CHIP = learner(array=SMALL, mesh=(6, 4))
LSTM = {"type": "lstm", "name": "lstm", "hidden_size": 5}


def test_cuts_are_those_of_the_mapping_in_order():
    spec = described([20, 1, 1], linear("fc1", 10), linear("fc2", 3))
    cuts = cuts_of(laid_out(spec, CHIP))
    assert cuts["fc1"] == tuple(Cut(row, column) for row in ((0, 7), (7, 14), (14, 20)) for column in ((0, 5), (5, 10)))
    assert cuts["fc2"] == (Cut((0, 5), (0, 3)), Cut((5, 10), (0, 3)))


def test_a_network_without_weights_is_laid_out_like_one_with_them():
    layers = conv("c", 3), pool("p"), linear("fc", 12)
    workload = network([1, 6, 6], *layers)
    assert laid_out(described([1, 6, 6], *layers), CHIP).placements == mapped(workload, CHIP, copies="none").placements
    packed = laid_out(described([1, 6, 6], *layers), CHIP, MappingOptions(pack=True))
    assert packed.placements == mapped(workload, CHIP, copies="none", pack=True).placements


def test_recurrent_layers_are_laid_along_the_chip():
    mapping = laid_out(described([3, 4, 1], LSTM, linear("fc", 3)), CHIP)
    assert [(p.layer, p.row_block, p.column_block, p.shape) for p in mapping.placements][:3] == [
        ("lstm", 0, 0, (8, 7)), ("lstm", 0, 1, (8, 7)), ("lstm", 0, 2, (8, 6))
    ]  # fmt: skip
    assert len({p.tile for p in mapping.placements}) == len(mapping.placements)
    with pytest.raises(InputError, match="needs 6 tiles of 8 x 8, but 'tiny' has 4"):
        laid_out(described([3, 4, 1], LSTM, linear("fc", 3)), learner(array=SMALL, mesh=(2, 2)))


def test_copies_are_refused():
    workload = network([1, 6, 6], conv("c", 3), linear("fc", 4))
    copied = mapped(workload, CHIP, copies={"c": 2})
    for asked in (cuts_of, lambda mapping: Places(CHIP, workload.spec, mapping)):
        with pytest.raises(InputError, match=r"several copies of layer c.*copies: none"):
            asked(copied)


@pytest.mark.parametrize(
    "layer", [conv("x", 2, 3, padding=1), conv("x", 2, 2, stride=2), pool("x", 3, stride=2, padding=1), linear("x", 4)]
)
def test_positions_serve_whom_they_are_needed_by(layer):
    spec = described([2, 6, 5], layer, linear("fc", 2))
    places = placed(spec, CHIP)
    positions = places.positions["x"]
    needed = {(read, made) for made, several in enumerate(positions.needs) for read in several}
    assert needed == {(read, made) for read, several in enumerate(positions.serves) for made in several}
    one = places.graph.layers["x"]
    shape, probe = places.shapes["x"], np.zeros((1, 2, 6, 5), np.float32)
    weights = np.ones(one.matrix_shape((2, 6, 5)), np.float32) if hasattr(one, "matrix_shape") else None
    for read in range(30):  # a position changes just those that it serves
        probe[...] = 0
        probe[0, :, read // 5, read % 5] = 1
        out = one.forward(probe) if weights is None else one.forward(probe, weights, None)
        assert set(np.flatnonzero(out[0, 0].reshape(-1))) == set(positions.serves[read])
    assert len(positions.needs) == shape[1] * shape[2]


def test_who_learns_and_who_is_first():
    layers = pool("p"), conv("a", 2, padding=1), conv("b", 2, padding=1), add("s", "b", "a"), linear("f", 2)
    places = placed(described([1, 6, 6], *layers), CHIP)
    assert places.front == {"a"}
    assert [name for name in places.steps if places.learns(name)] == ["a", "b", "s", "f"]
    assert not places.learns("input")
    assert (places.products("b"), len(places.products_back("b")), places.products_back("a")) == (9, 9, [])


def test_products_of_recurrent_layers():
    gru = {"type": "gru", "hidden_size": 3}
    places = placed(described([3, 4, 1], gru | {"name": "one"}, gru | {"name": "two"}), CHIP)
    assert places.products("one") == 8
    assert places.products_back("one") == [3, 2, 1]  # nothing learns below: only for the state of the step before
    assert places.products_back("two") == [3, 3, 2, 2, 1, 1, 0]


def test_homes_channels_and_segments():
    places = placed(described([3, 4, 4], conv("c", 10, 2), linear("fc", 3)), CHIP)  # 12 rows in two blocks of 6: channels 0, 1 and 1, 2
    assert places.channels_read("c", (0, 6)) == (0, 2)
    assert places.channels_read("c", (6, 12)) == (1, 3)
    assert places.channels_read("fc", (9, 18)) == (1, 2)
    assert [segment.channels for segment in places.segments["c"]] == [(0, 5), (5, 10)]
    blocks = {(b.row_block, b.column_block): b.tile for b in places.blocks["c"]}
    assert (places.column_home("c", 1), places.row_home("c", 1)) == (blocks[0, 1], blocks[1, 0])


def test_lengths():
    assert [overlap((0, 5), span) for span in ((0, 5), (4, 9), (5, 6), (1, 2))] == [5, 1, 0, 1]
    assert Positions(placed(described([2, 1, 1], linear("x", 1)), CHIP).graph.layers["x"], (2, 1, 1), (1, 1, 1)).serves == [[0]]

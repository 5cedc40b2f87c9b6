"""What stores hold: bits of a sample, shares of a tile, how far ahead."""

import pytest
from builders import conv, linear
from lessons import SMALL, costs, described, learner, placed

from chipsim.errors import InputError
from chipsim.lesson.places import Places, laid_out
from chipsim.lesson.stores import ahead, stores_of
from chipsim.lesson.task import Store
from chipsim.mapping.mapping import MappingOptions

CHIP = learner(array=SMALL, mesh=(6, 4))


def bits(spec, architecture=CHIP, samples=1):
    stores = stores_of(placed(spec, architecture), costs(architecture), samples, 1)
    return {key: store.sample_bits for key, store in stores.items()}


def test_a_linear_layer_keeps_its_inputs_and_errors():
    found = bits(described([20, 1, 1], linear("fc", 10)))
    assert found["fc", 0, 0] == 7 * 8 + 5 * 8
    assert found["fc", 2, 1] == 6 * 8 + 5 * 8


def test_a_convolution_keeps_every_input_once():
    found = bits(described([3, 4, 4], conv("c", 10, 2), linear("fc", 3)))
    assert found["c", 0, 0] == 2 * 16 * 8 + 5 * 9 * 8  # two of three channels, nine vectors of five columns


def test_a_recurrent_layer_keeps_every_step():
    lstm = {"type": "lstm", "name": "lstm", "hidden_size": 5}
    assert bits(described([3, 4, 1], lstm))["lstm", 0, 0] == 4 * 8 * 8 + 4 * 7 * 8


def test_bits_of_numbers_are_those_of_the_chip():
    fewer = learner({"error_bits": 5}, array=SMALL, activation_bits=3)
    assert bits(described([4, 1, 1], linear("fc", 2)), fewer)["fc", 0, 0] == 4 * 3 + 2 * 5


def test_blocks_that_share_a_tile_share_its_store():
    spec, architecture = described([3, 1, 1], linear("a", 3), linear("b", 2)), learner(array=SMALL)
    places = Places(architecture, spec, laid_out(spec, architecture, MappingOptions(pack=True)))
    stores = list(stores_of(places, costs(architecture), 1, 1).values())
    assert len({store.tile for store in stores}) == 1
    assert [store.sample_bits for store in stores] == [48, 40]
    assert sum(store.room for store in stores) == pytest.approx(1e6)
    assert stores[0].room / stores[1].room == pytest.approx(48 / 40)


def test_a_mini_batch_must_fit():
    spec = described([4, 1, 1], linear("fc", 3))
    tight = learner({"activations": {"capacity": "200 b"}})
    assert bits(spec, tight, 3)
    with pytest.raises(InputError, match=r"224 for a mini-batch.*a store of 224 bits; mini-batches of at most 3"):
        bits(spec, tight, 4)
    with pytest.raises(InputError) as error:
        bits(spec, learner({"activations": {"capacity": "50 b"}}), 1)
    assert "at most" not in str(error.value)


def test_no_more_than_a_second_mini_batch_is_fetched_ahead():
    assert ahead(Store("fc", 0, 0, 0, 10, 1000.0), 4) == 8
    assert ahead(Store("fc", 0, 0, 0, 10, 59.9), 4) == 5

"""The promises of the house on small networks: exact when ideal, the same numbers with and without the clock, exact fast-forward."""

import numpy as np
import pytest
from builders import NOISY, built, chip, conv, functional, linear, network, play, pool, residual
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import CheckError, InputError
from chipsim.workload.graph import Workload


def small_cnn() -> Workload:
    return network(
        [2, 8, 8], conv("c1", 4, padding=1, activation="relu"), pool("p1"), conv("c2", 6, activation="relu"), linear("fc", 5)
    )


MAPPINGS = [
    {},
    {"split": "full"},
    {"bias": "array"},
    {"reduction": "tree"},
    {"copies": "none"},
    {"copies": {"c1": 3, "c2": 2}},
    {"pack": True},
    {"order": "traffic"},
]


@pytest.mark.parametrize("options", MAPPINGS, ids=str)
@settings(max_examples=3)
@given(shape=st.tuples(st.integers(1, 3), st.integers(4, 7), st.integers(4, 7)), out=st.integers(1, 40), seed=st.integers(0, 99))
def test_ideal_devices_and_converters_give_the_exact_product(options, shape, out, seed):
    digits = {"weights": range(-3, 4), "images": range(-3, 4), "seed": seed, "samples": 2}  # integers: sums are exact
    workload = network(shape, conv("c1", 3, padding=1), conv("c2", 3, 2), linear("fc", out), **digits)
    run = built(workload, chip(mesh=(8, 8)), **options)
    expected = workload.forward(workload.inputs)
    assert np.allclose(functional(run.network), expected, rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("token", ["row", "vector"])
@pytest.mark.parametrize("options", MAPPINGS, ids=str)
def test_the_timed_run_computes_what_the_functional_pass_computes(options, token):
    workload = small_cnn()
    run = built(workload, chip(array=NOISY, mesh=(6, 6)), token=token, stream=7, fast_forward=False, **options)
    timed = run.run()
    expected = functional(run.network, range(7))
    for sample in range(7):
        assert np.array_equal(timed.outputs[sample], expected[sample]), sample


def test_both_ways_agree_on_a_residual_network():
    run = built(residual(), chip(array=NOISY, mesh=(6, 6)), stream=3, fast_forward=False)
    timed = run.run()
    assert all(np.array_equal(timed.outputs[s], row) for s, row in enumerate(functional(run.network, range(3))))


@settings(max_examples=10)
@given(
    copies=st.sampled_from(["auto", "none", {"c1": 2}, {"c1": 3, "c2": 2}]),
    order=st.sampled_from(["snake", "traffic"]),
    token=st.sampled_from(["row", "vector"]),
    capacity=st.sampled_from(["2 kb", "4 kb", "16 kb"]),
    bandwidth=st.sampled_from(["1 Gb/s", "64 Gb/s"]),
)
def test_fast_forward_gives_the_completion_times_of_the_full_run(copies, order, token, capacity, bandwidth):
    buffers = {"input_buffer": {"capacity": capacity}, "output_buffer": {"capacity": capacity}}
    machine = chip(mesh=(5, 5), tile=buffers, host={"bandwidth": bandwidth})
    how = {"token": token, "copies": copies, "order": order}
    short, full = play(small_cnn(), machine, stream=60, **how), play(small_cnn(), machine, stream=60, fast_forward=False, **how)
    assert [short.completion(s) for s in range(60)] == [full.completion(s) for s in range(60)]
    assert short.spent / short.simulated == pytest.approx(full.spent / full.simulated, rel=1e-9)


def test_a_finite_stream_is_shortened():
    buffers = {"input_buffer": {"capacity": "4 kb"}, "output_buffer": {"capacity": "4 kb"}}
    run = play(small_cnn(), chip(mesh=(5, 5), tile=buffers), stream=5000)
    assert run.simulated < 200
    assert run.period is not None
    assert run.completion(4999) > run.completion(0)


def test_an_unrelated_layer_changes_no_random_number_elsewhere():
    short = network([4, 1, 1], linear("a", 6), linear("b", 3))
    longer = network([4, 1, 1], linear("a", 6), linear("b", 3), linear("c", 2))
    first, second = (built(w, chip(array=NOISY), seed=5).network for w in (short, longer))
    longer_a, short_a = (n.crossbars["a.copy0.block0-0"] for n in (second, first))
    assert np.array_equal(longer_a.weights, short_a.weights)
    ids = np.zeros(1, np.uint32)
    x = short.inputs[:1].reshape(1, -1)
    assert np.array_equal(longer_a.multiply(x, ids, ids).y, short_a.multiply(x, ids, ids).y)


def test_placement_changes_energy_only_in_the_network():
    snake, traffic = (play(small_cnn(), chip(mesh=(5, 5), array=NOISY), order=order) for order in ("snake", "traffic"))
    by_part = [{}, {}]
    for parts, run in zip(by_part, (snake, traffic), strict=True):
        for entry, energy in run.energy.items():
            parts[entry.part] = parts.get(entry.part, 0.0) + energy
    assert by_part[0] == pytest.approx(by_part[1], rel=1e-12)


def test_one_layer_on_one_tile_takes_the_sum_of_its_delays():
    """Host interface, product, neuron circuits and host interface again; everything lies on one node."""
    workload = network([8, 1, 1], linear("fc", 16))
    run = play(workload, chip(mesh=(1, 1)))
    into, out = 8 * 8 / 64e9, 16 * 8 / 64e9  # s: bits through 64 Gb/s
    product, neuron = 100e-9, 1e-9  # ideal DAC and ADC: the read; 16 outputs on 32 lanes at 1 GHz
    assert run.finished[0] == pytest.approx((into + product + neuron + out) * 1e12, abs=3)


def test_a_chain_runs_at_the_pace_of_its_slowest_stage():
    workload = network([8, 1, 1], linear("a", 16), linear("b", 16), linear("c", 4))
    run = play(workload, chip(mesh=(2, 2)), stream=50)
    assert run.interval == pytest.approx(100e3)  # ps: a product a sample on every tile


def test_a_skip_path_without_room_is_a_message_not_a_hang():
    tight = chip(mesh=(6, 6), tile={"output_buffer": {"capacity": "0.6 kb"}, "input_buffer": {"capacity": "0.6 kb"}})
    with pytest.raises((CheckError, InputError), match=r"waits for|must hold"):
        play(residual(side=6), tight, copies="none", stream=2)


def test_what_does_not_fit_says_what_would_help():
    workload = network([40, 1, 1], linear("wide", 200), linear("out", 10))
    with pytest.raises(InputError, match=r"needs 21 tiles .* has 4 .*wide 14, out 7.*a network of at least 21 tiles"):
        built(workload, chip(mesh=(2, 2)))

"""Training in simulated time: closed forms of small chips, and what must hold for every lesson."""

import random

import numpy as np
import pytest
from builders import add, conv, linear, pool
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lessons import ONE, SMALL, described, learner, lessons, placed, work_of, works_of

from chipsim.errors import CheckError, InputError
from chipsim.learning import NETWORK, Lessons, Play, first_of
from chipsim.lesson import Lesson, cuts_of, laid_out, lesson_of
from chipsim.lesson.task import Task, ordered
from chipsim.responses import ConstantStep
from chipsim.streams import Stream
from chipsim.training.network import Network
from chipsim.training.reads import Reads
from chipsim.training.rules import SGD, TikiTakaV2
from chipsim.training.rules.rule import Footprint

ONE_LAYER = described([4, 1, 1], linear("fc", 3))
TWO_LAYERS = described([4, 1, 1], linear("fc1", 3, activation="relu"), linear("fc2", 2))
LSTM = {"type": "lstm", "name": "lstm", "hidden_size": 5}
GRU = {"type": "gru", "name": "gru", "hidden_size": 3}
NETWORKS = {
    "one layer": ONE_LAYER,
    "two layers": TWO_LAYERS,
    "blocks": described([20, 1, 1], linear("fc1", 18, activation="sigmoid"), linear("fc2", 10)),
    "convolution": described([1, 6, 6], conv("c1", 3, activation="relu"), pool("p1"), linear("fc", 4)),
    "two convolutions": described([2, 5, 5], conv("c1", 9, 2, activation="relu"), conv("c2", 3, 3, stride=2), linear("fc", 4)),
    "sum": described([1, 4, 4], conv("a", 2, padding=1, activation="relu"), conv("b", 2, padding=1), add("s", "b", "a"), linear("fc", 3)),
    "recurrent": described([3, 4, 1], LSTM, GRU | {"last_only": True}, linear("fc", 3)),
    "every step": described([3, 4, 1], GRU, LSTM | {"name": "out"}),
}


def played(spec, samples=1, batches=1, architecture=None, done=ONE, **how):
    architecture = architecture or learner(array=SMALL, mesh=(6, 4))
    of = lessons(spec, architecture)
    return of.play(works_of(of.places, samples, batches, done), **how)


def lesson(spec, samples=2, batches=2, architecture=None):
    architecture = architecture or learner(array=SMALL, mesh=(6, 4))
    of = lessons(spec, architecture)
    return architecture, lesson_of(of.places, of.costs, works_of(of.places, samples, batches))


def ran(architecture, of):
    play = Play(architecture, of)
    play.run()
    return play


# --- closed forms -----------------------------------------------------------------------------------------------------


def test_one_layer_by_hand():
    fetch, product, neuron, loss, keep, recall = 0.5, 100, 1, 3, 1, 1  # ns; the tile stands at the node of the host
    found = played(ONE_LAYER)
    assert found.latency == pytest.approx((fetch + product + neuron + loss + keep + recall + 31 * 5) * 1e-9)
    assert found.finished == (found.latency,) == (found.interval,)
    assert found.critical_path == found.latency


def test_two_layers_by_hand():
    architecture = learner(array=SMALL, mesh=(6, 4))
    message = architecture.network.zero_load_latency(1, architecture.network.flits(24)) * 1e-3  # ns
    found = played(TWO_LAYERS, architecture=architecture)
    forward, back = 0.5 + 100 + 1 + message + 100 + 1, 3 + 100 + message
    assert found.latency == pytest.approx((forward + back + 2 + 1 + 1 + 155) * 1e-9)  # derivative, keep, recall, pulses below


def test_what_a_rule_does_besides_follows_the_pulses_of_each_sample():
    plain, more = (played(ONE_LAYER, done=done).latency for done in (ONE, ONE._replace(reads=3, operations=64)))
    assert more - plain == pytest.approx((3 * 100 + 2) * 1e-9)  # 3 products, 64 multiplications on 32 lanes


def test_samples_are_learned_one_after_the_other():
    one, three = (played(ONE_LAYER, samples).finished[0] for samples in (1, 3))
    # products follow each other on the array, then come three updates
    assert three - one == pytest.approx((2 * 100 + 2 * 155) * 1e-9)


def test_energy_of_one_layer_by_hand():
    found = played(ONE_LAYER).energy_by("part")
    assert found["dac"] == pytest.approx(4 * 10e-15)
    assert found["adc"] == pytest.approx(3 * 20e-15)
    assert found["neuron"] == pytest.approx(3 * 6e-15)
    assert found["pulses"] == pytest.approx(40 * 1e-15)
    assert found["line drivers"] == pytest.approx(100 * 10e-15)
    assert found["host"] == pytest.approx(32e-12)
    assert found["activation store"] == pytest.approx(3 * 256 * 1e-15 * 5 / 3)  # whole words: two written, one read
    assert "transposed adc" not in found
    assert found.get(NETWORK, 0.0) == 0.0
    assert found["array"] == pytest.approx(2.0 * 25e-6 * 0.2**2 * 100e-9)


# --- what holds for every lesson --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_is_faster_than_its_longest_chain_or_its_busiest_circuit(name):
    found = played(NETWORKS[name])
    busiest = max(found.busy_by("track").values())
    assert found.latency >= found.critical_path * (1 - 1e-12)
    assert found.latency >= busiest * (1 - 1e-12)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_ledger_is_the_sum_of_the_tasks_and_of_what_the_network_spent(name):
    architecture, of = lesson(NETWORKS[name])
    play = ran(architecture, of)
    rows = play.energy_rows()
    tasks = sum(energy for task in of.tasks for _, energy in task.energy)
    assert sum(row["energy"] for row in rows if row["part"] != NETWORK) == pytest.approx(tasks, rel=1e-12)
    network = play.tariff.carriage(play.fabric.carried()).total
    assert sum(row["energy"] for row in rows if row["part"] == NETWORK) == pytest.approx(network, rel=1e-12)


@pytest.mark.parametrize("name", NETWORKS)
def test_finishing_times_do_not_depend_on_the_order_in_which_tasks_were_made(name):
    architecture, of = lesson(NETWORKS[name])
    before = ran(architecture, of).ends
    _, again = lesson(NETWORKS[name])
    shuffled = list(again.tasks)
    random.Random(3).shuffle(shuffled)
    for task in shuffled:
        random.Random(4).shuffle(task.then)
        task.messages = dict(sorted(task.messages.items(), reverse=True))
        for message in task.messages.values():
            message.targets = dict(sorted(message.targets.items(), reverse=True))
    assert ran(architecture, again._replace(tasks=ordered(shuffled))).ends == before


@pytest.mark.parametrize("name", ["blocks", "two convolutions", "recurrent"])
def test_energy_depends_on_the_network_of_the_chip_in_the_rows_of_the_network_alone(name):
    rings = {"topology": {"type": "ring", "nodes": 24}, "link_energy": "0.3 pJ/b/mm"}
    mesh, ring = (played(NETWORKS[name], 2, 2, learner(array=SMALL, mesh=(6, 4), **change)) for change in ({}, {"network": rings}))
    one, other = mesh.energy_by("part"), ring.energy_by("part")
    assert one.pop(NETWORK) != other.pop(NETWORK)
    assert one == pytest.approx(other, rel=1e-12)


@pytest.mark.parametrize("name", ["blocks", "convolution"])
def test_finite_buffers_in_the_network_cost_time_but_no_energy(name):
    credits = {"network": {"flow_control": {"type": "credits", "virtual_channels": 2, "buffer": 12}}}
    loose, tight = (played(NETWORKS[name], 3, 2, learner(array=SMALL, mesh=(6, 4), **change)) for change in ({}, credits))
    assert tight.total == pytest.approx(loose.total, rel=1e-12)
    assert tight.latency >= tight.critical_path * (1 - 1e-12)
    assert tight.finished[-1] == pytest.approx(loose.finished[-1], rel=0.05)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(sorted(NETWORKS)), samples=st.integers(1, 4), slots=st.integers(0, 40), reads=st.integers(0, 2))
def test_a_mini_batch_is_never_slower_than_its_samples_one_by_one(name, samples, slots, reads):
    done = ONE._replace(slots=slots, reads=reads)
    found = played(NETWORKS[name], samples, done=done)
    assert found.finished[0] <= samples * found.latency * (1 + 1e-12)
    assert found.finished[0] >= found.latency * (1 - 1e-12)


@pytest.mark.parametrize("name", NETWORKS)
def test_weights_move_after_all_errors_and_before_the_next_product(name):
    architecture, of = lesson(NETWORKS[name])
    ends = ran(architecture, of).ends
    for layer in {task.layer for task in of.tasks if task.name.startswith("pulses")}:
        own = [task for task in of.tasks if task.layer == layer]
        tracks = {task.track for task in own if task.name.startswith("pulses")}
        for track in tracks:
            first = [ends[t.rank] - t.busy for t in own if t.batch == 0 and t.track == track and t.name.startswith("pulses")]
            reads = [ends[t.rank] for t in own if t.batch == 0 and t.track == track and t.name.startswith(("product", "transposed"))]
            after = [ends[t.rank] - t.busy for t in own if t.batch == 1 and t.track == track and t.name.startswith("product")]
            last = [ends[t.rank] for t in own if t.batch == 0 and t.track == track and t.name.startswith("pulses")]
            assert max(reads) <= min(first)
            assert max(last) <= min(after)


def test_upper_layers_learn_while_errors_pass_the_lower_ones():
    architecture, of = lesson(NETWORKS["two convolutions"], samples=1, batches=1)
    ends = ran(architecture, of).ends
    moved = min(ends[t.rank] for t in of.tasks if t.layer == "fc" and t.name.startswith("pulses"))
    assert moved < max(ends[t.rank] for t in of.tasks if t.layer == "c1" and t.name.startswith("derivative"))


def test_inputs_are_fetched_ahead_as_far_as_there_is_room():
    bits = 4 * 8 + 3 * 8
    roomy, tight = (played(ONE_LAYER, 1, 4, learner({"activations": {"capacity": f"{room * bits} b"}})) for room in (2, 1))
    assert roomy.stores[0]["peak"] == 2 * bits
    assert tight.stores[0]["peak"] == bits == tight.stores[0]["sample_bits"]
    assert tight.interval - roomy.interval == pytest.approx(0.5e-9)  # the fetch is no longer hidden
    assert roomy.interval == pytest.approx((100 + 1 + 3 + 1 + 1 + 155) * 1e-9)


def test_an_overflow_is_refused_with_what_would_help():
    tight = {"activations": {"capacity": "56 b"}}
    with pytest.raises(InputError, match=r"holds 56 bits, but layer fc needs 56 bits a sample there, 112 .* at most 1"):
        played(ONE_LAYER, 2, 1, learner(tight))
    with pytest.raises(InputError, match=r"two mini-batches, one fetched ahead.*overflow: stall"):
        played(ONE_LAYER, 1, 2, learner(tight | {"overflow": "error"}))
    assert played(ONE_LAYER, 1, 1, learner(tight | {"overflow": "error"})).batches == 1


def test_the_interval_is_that_of_a_long_lesson():
    few, many = (played(NETWORKS["convolution"], 1, batches) for batches in (3, 8))
    assert few.interval == pytest.approx(many.interval, rel=0.02)
    assert few.interval <= few.finished[0]


def test_spans_are_kept_where_asked_for_and_do_not_overlap():
    assert played(TWO_LAYERS, 2, 2).spans == []
    spans, last = played(TWO_LAYERS, 2, 2, spans=True).spans, {}
    assert {row["stage"] for row in spans} == {"forward", "backward", "update"}
    for row in spans:
        assert row["start"] >= last.get(row["track"], 0.0) - 1e-15
        last[row["track"]] = row["end"]


def test_repeated_products_take_their_time():
    of = lessons(ONE_LAYER, learner())
    once, twice = (of.play([work_of(of.places, 1, retries=retries)]).latency for retries in (0, 1))
    assert twice - once == pytest.approx(100e-9)


def test_the_first_sample_alone():
    places = placed(TWO_LAYERS, learner())
    alone = first_of(work_of(places, 3, first=9))
    assert (alone.first, alone.samples, len(alone.arrays)) == (9, 1, 2)
    assert all(array.retries.shape == (1, 1) and len(array.updates) == 1 for array in alone.arrays)
    of = lessons(TWO_LAYERS, learner())
    assert of.play([alone]).finished == (of.play([work_of(places, 3)]).latency,)


def test_a_lesson_in_which_nothing_moves_any_more_says_who_waits_for_whom():
    one, two = (Task((0, kind, 0, 0, 0), "fc", "forward", 0, "tile[0].array", 5) for kind in (0, 1))
    one.before(two)
    two.before(one)
    with pytest.raises(CheckError, match="2 tasks are left:\n  fetch 0-0 of layer 'fc', sample 0 waits for admit 0-0"):
        Play(learner(), Lesson(ordered([two, one]), 1, 1, [], [])).run()


def test_what_cannot_be_played_is_refused():
    of = lessons(ONE_LAYER, learner())
    with pytest.raises(InputError, match="no mini-batch"):
        of.play([])
    with pytest.raises(InputError, match=r"Tile.learning: is missing in 'tiny'"):
        lessons(ONE_LAYER, learner().having(tile=learner().tile.having(learning=None)))
    with pytest.raises(InputError, match="rule_memory: is missing"):
        lessons(ONE_LAYER, learner(), Footprint(2, 32))
    with pytest.raises(InputError, match="has no blocks of layer 'fc1'"):
        Lessons(learner(), TWO_LAYERS, laid_out(ONE_LAYER, learner()), Footprint(1))


@pytest.mark.parametrize("rule", [SGD(), TikiTakaV2()])
@pytest.mark.parametrize("name", NETWORKS)
def test_what_a_network_did_is_played(name, rule):
    memory = {"rule_memory": {"type": "sram", "capacity": "64 kb", "write_energy": "1 fJ/b"}}
    architecture, spec = learner(memory, array=SMALL, mesh=(6, 4)), NETWORKS[name]
    mapping, rule = laid_out(spec, architecture), rule.having(response=ConstantStep())
    network = Network(spec, rule, Reads(architecture.tile.array), Stream(1), cuts=cuts_of(mapping))
    x = np.random.default_rng(1).random((6, *spec.input.shape)).astype(np.float32)
    labels = np.ones((6, network.steps), np.int64)[:, 0 if network.steps == 1 else slice(None)]
    works = [network.step(x[i : i + 2], labels[i : i + 2], 0.1, i, watch=True).work for i in (0, 2, 4)]
    found = Lessons(architecture, spec, mapping, rule.footprint).play(works)
    total = sum(done.pulses for work in works for array in work.arrays for done in array.updates)
    assert found.energy_by("part")["pulses"] == pytest.approx(total * 1e-15)
    assert found.samples == 6
    assert sorted(found.finished) == list(found.finished)

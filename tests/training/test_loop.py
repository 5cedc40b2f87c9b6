"""Epochs: learning, schedule, order, the twin, and runs that are interrupted and taken up again."""

import math

import numpy as np
import pytest

from chipsim.circuits.array import Array
from chipsim.errors import CheckError, InputError
from chipsim.reading import from_plain
from chipsim.responses import ConstantStep
from chipsim.streams import Stream
from chipsim.training.epochs import EpochRow
from chipsim.training.loop import NOBODY, Keeping, Looking, Training
from chipsim.training.moments import Moments
from chipsim.training.network import Network
from chipsim.training.reads import Reads
from chipsim.training.rules import SGD, Rule
from chipsim.training.samples import Samples, order_of
from chipsim.training.schedule import Schedule, Step
from chipsim.workload.description import WorkloadSpec

ARRAY = {
    "rows": 64,
    "columns": 64,
    "cell": {"device": {"type": "ideal"}, "area": "1 um2"},
    "dac": {"type": "pulse_width", "bits": 7},
    "adc": {"type": "sar", "bits": 9, "bound": 12},
    "output_noise": 0.06,
}
LAYERS = [
    {"type": "linear", "name": "one", "out_features": 8, "activation": "tanh"},
    {"type": "linear", "name": "two", "out_features": 3},
]
SPEC = from_plain(WorkloadSpec, {"name": "tiny", "input": {"shape": [4, 1, 1]}, "layers": LAYERS})
LEAKY = ConstantStep(lifetime=1e4, diffusion=1e-5)  # so that pauses matter


def blobs(count, seed):
    """Three clouds in four dimensions."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, count)
    centres = np.array([[1, 0, 0, 1], [0, 1, 0, -1], [0, 0, 1, 0]])
    return Samples((centres[labels] + 0.3 * random.normal(size=(count, 4))).astype(np.float32), labels)


TRAIN, TEST = blobs(110, 1), blobs(60, 2)


def network(response=LEAKY, seed=0, **keys):
    return Network(SPEC, SGD(response=response), Reads(from_plain(Array, ARRAY)), Stream(seed), **keys)


def twin():
    return Network(SPEC, None, Reads(), Stream(0))


def training(path=None, chip=None, train=TRAIN, looking=NOBODY, moments=None, **keys):
    schedule = Schedule(**({"epochs": 3, "batch": 4, "rate": 0.1, "decay": Step(every=2)} | keys))
    keeping = None if path is None else Keeping(path, 0.0)  # after every mini-batch
    return Training(chip or network(), twin(), train, TEST, schedule, Stream(0).child("training"), keeping, looking, moments)


def without_time(rows):
    return [row._replace(seconds=0.0) for row in rows]


def learned(run):
    return {f"{number}.{name}": array for number, one in enumerate(run.networks) for name, array in one.state().items()}


def test_it_learns_and_the_twin_beside_it():
    heard = []
    rows = training(epochs=6).run(heard.append)
    assert heard == rows
    assert [row.epoch for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[-1].test_accuracy > 0.9
    assert rows[-1].float_test_accuracy > 0.9
    assert rows[-1].loss < rows[0].loss
    assert rows[-1].float_loss < rows[0].float_loss
    assert all(row.pulses_per_device == pytest.approx(row.pulses / (4 * 8 + 8 * 3)) for row in rows)
    assert all(row.pulses > 0 and 0 <= row.clipped_share < 1 and row.seconds > 0 for row in rows)


def test_the_twin_is_plain_descent():
    run = training(epochs=1)
    weights = {name: array.astype(np.float64) for name, array in run.networks[1].weights().items()}
    row = run.run()[0]
    order = order_of(len(TRAIN.x), 0, Stream(0).child("training"))
    losses = []
    for start in range(0, len(order), 4):
        x, labels = TRAIN.taken(order[start : start + 4])
        hidden = np.tanh(x @ weights["one.weight"].T + weights["one.bias"])
        z = hidden @ weights["two.weight"].T + weights["two.bias"]
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        losses += list(-np.log(p[np.arange(len(x)), labels]))
        d = (np.eye(3)[labels] - p) / len(x)
        below = d @ weights["two.weight"] * (1 - hidden**2)
        changes = {"two.weight": d.T @ hidden, "two.bias": d.sum(0), "one.weight": below.T @ x, "one.bias": below.sum(0)}
        for name, change in changes.items():
            weights[name] += 0.1 * change
    assert len(losses) == len(TRAIN.x)
    assert row.float_loss == pytest.approx(np.mean(losses), rel=1e-5)
    for name, array in run.networks[1].weights().items():
        assert array == pytest.approx(weights[name], abs=1e-5)


def test_the_rate_is_that_of_the_schedule():
    assert [row.rate for row in training().run()] == pytest.approx([0.1, 0.1, 0.05])


def test_every_sample_of_a_run_has_a_number_of_its_own(monkeypatch):
    run, numbers = training(epochs=2, batch=30), []
    step = run.networks[0].step

    def counting(x, labels, rate, first, watch=False):
        numbers.extend(range(first, first + len(x)))
        return step(x, labels, rate, first, watch)

    monkeypatch.setattr(run.networks[0], "step", counting)
    run.run()
    assert numbers == list(range(2 * len(TRAIN.x)))


class StoppedError(Exception):
    """As if the machine had gone."""


@pytest.mark.parametrize("updates", [9, 12, 28, 30, 56, 70])
def test_interrupted_and_resumed_is_uninterrupted(tmp_path, monkeypatch, updates):
    whole = training()
    rows = whole.run()
    path = tmp_path / "run.npz"
    broken = training(path)
    step, count = broken.networks[0].step, iter(range(10000))

    def failing(*arguments, **named):
        if next(count) == updates:
            raise StoppedError
        return step(*arguments, **named)

    monkeypatch.setattr(broken.networks[0], "step", failing)
    with pytest.raises(StoppedError):
        broken.run()
    assert path.exists()
    resumed = training(path)
    assert resumed._seen > 0
    assert without_time(resumed.run()) == without_time(rows)
    for name, array in learned(whole).items():
        assert np.array_equal(array, learned(resumed)[name]), name
    assert sorted(file.name for file in tmp_path.iterdir()) == ["run.npz", "run.npz.older"]


@pytest.mark.parametrize("name", sorted(Rule.members))
def test_every_rule_can_be_taken_up_again(tmp_path, name):
    path = tmp_path / "run.npz"
    rule = Rule.members[name](response=LEAKY)
    chips = [Network(SPEC, rule, Reads(from_plain(Array, ARRAY)), Stream(0)) for _ in range(3)]
    whole, part = training(chip=chips[0], epochs=2), training(path, chip=chips[1], epochs=1)
    rows = whole.run()
    part.run()
    resumed = training(path, chip=chips[2], epochs=2)
    assert without_time(resumed.run()) == without_time(rows)
    assert all(np.array_equal(array, learned(resumed)[name]) for name, array in learned(whole).items())


def test_a_finished_run_can_go_on(tmp_path):
    path = tmp_path / "run.npz"
    training(path, epochs=1).run()
    again = training(path, epochs=1)
    assert again.done
    assert len(again.run()) == 1
    assert without_time(training(path, epochs=3).run()) == without_time(training().run())


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"chip": network(ConstantStep(step=0.002))}, "another rule;"),
        ({"chip": network(omega=0.4)}, "another network;"),
        ({"chip": network(seed=1)}, "another network, another seed;|another seed;"),
        ({"batch": 5}, "another schedule;"),
        ({"train": blobs(110, 3)}, "another training data;"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(tmp_path, changes, what):
    path = tmp_path / "run.npz"
    training(path, epochs=1).run()
    with pytest.raises(InputError, match=what):
        training(path, **changes)


def test_numbers_that_grow_without_end_stop_the_run():
    run = training(chip=twin(), rate=0.1, epochs=2)
    next(run.rest())
    run.networks[0].matrices[1].bias[:] = np.inf
    with pytest.raises(CheckError, match=r"the network diverged in epoch 2, sample 0: .*; the last good epoch is 1;"):
        run.run()
    single = from_plain(WorkloadSpec, {"name": "wild", "input": {"shape": [4, 1, 1]}, "layers": LAYERS[1:]})
    wild = Network(single, None, Reads(), Stream(0))
    with pytest.raises(CheckError, match=r"no epoch was finished.*lower rate"), np.errstate(all="ignore"):
        training(chip=wild, rate=1e38, epochs=20).run()


def test_without_a_twin_its_columns_are_empty():
    row = Training(network(), None, TRAIN, TEST, Schedule(epochs=1, batch=10), Stream(0)).run()[0]
    assert all(math.isnan(value) for name, value in row._asdict().items() if name.startswith("float_"))
    assert isinstance(row, EpochRow)


class Counting:
    """Plays moments: says how many samples and pulses they had."""

    def __init__(self):
        self.works = []

    def play(self, works):
        self.works.append(list(works))
        pulses = sum(sum(one.pulses for one in array.updates) for work in works for array in work.arrays)
        return {"samples": float(sum(work.samples for work in works)), "pulses": pulses / 3.0}

    def moments(self, number=2, batches=3):
        return Moments(number, batches, self.play)


def test_moments_are_consecutive_mini_batches_evenly_spread():
    heard = Counting()
    run = training(moments=heard.moments(), epochs=2)
    rows = run.run()
    assert [(one.epoch, one.sample) for one in run.moments] == [(1, 20), (1, 72), (2, 20), (2, 72)]
    assert [[work.first for work in works] for works in heard.works] == [
        [20, 24, 28], [72, 76, 80], [130, 134, 138], [182, 186, 190]
    ]  # fmt: skip
    assert all(one.figures["samples"] == 12 for one in run.moments)
    assert without_time(rows) == without_time(training(epochs=2).run())


def test_every_batch_watched_counts_every_pulse():
    heard = Counting()
    run = training(train=TRAIN.taken(slice(108)), moments=heard.moments(9, 3), epochs=1)
    assert sum(3 * one.figures["pulses"] for one in run.moments) == 0
    row = run.run()[0]
    assert sum(3 * one.figures["pulses"] for one in run.moments) == pytest.approx(row.pulses)


@pytest.mark.parametrize("batches", [6, 7, 8, 27, 40])
def test_who_stops_a_training_finds_it_again(tmp_path, batches):
    path, whole = tmp_path / "run.npz", training(moments=Counting().moments())
    rows, count = whole.run(), iter(range(1, 10000))
    stopped = training(path, looking=Looking(lambda one: next(count) < batches), moments=Counting().moments())
    stopped.run()
    assert not stopped.done
    resumed = training(path, moments=Counting().moments())
    assert (resumed.epoch, resumed.position) == (stopped.epoch, stopped.position)
    assert without_time(resumed.run()) == without_time(rows)
    assert resumed.moments == whole.moments
    assert all(np.array_equal(array, learned(resumed)[name]) for name, array in learned(whole).items())


def test_other_moments_are_another_training(tmp_path):
    training(tmp_path / "run.npz", moments=Counting().moments(), epochs=1).run()
    with pytest.raises(InputError, match="another choice of moments;"):
        training(tmp_path / "run.npz", moments=Counting().moments(1), epochs=2)


def test_training_ends_early_and_stays_ended(tmp_path):
    path = tmp_path / "run.npz"
    run = training(path, chip=twin(), rate=1e-9, epochs=9, patience=2)
    assert len(run.run()) == 3
    assert run.stalled
    again = training(path, chip=twin(), rate=1e-9, epochs=9, patience=2)
    assert again.done
    assert len(again.run()) == 3
    assert len(training(path, chip=twin(), rate=1e-9, epochs=5).run()) == 5  # without patience it goes on


def test_a_full_disk_does_not_end_a_training(tmp_path, monkeypatch):
    said, path = [], tmp_path / "run.npz"
    whole = training()
    rows = whole.run()

    def full(*arguments, **keys):
        raise OSError(28, "No space left on device")

    run = training(path, looking=Looking(say=said.append))
    monkeypatch.setattr(np, "savez", full)
    assert without_time(run.run()) == without_time(rows)
    assert "run.npz: the checkpoint could not be written (No space left on device)" in said[0]
    assert said[0].endswith("training goes on, and the checkpoint before stays")


def test_a_damaged_checkpoint_is_mended_by_the_one_before(tmp_path):
    path, said = tmp_path / "run.npz", []
    rows = training().run()
    training(path, epochs=2).run()
    path.write_bytes(path.read_bytes()[:-700])
    resumed = training(path, looking=Looking(say=said.append))
    assert "training goes on from the checkpoint before it" in said[0]
    assert without_time(resumed.run()) == without_time(rows)


def test_a_loss_that_is_no_number_names_the_last_checkpoint(tmp_path):
    path = tmp_path / "run.npz"
    run = training(path, chip=twin(), epochs=3)
    next(run.rest())
    run.networks[0].matrices[1].bias[:] = np.inf
    with pytest.raises(CheckError, match=r"the state after 1 epochs and 0 samples is in .*run.npz"):
        run.run()
    assert training(path, chip=twin(), epochs=3).epoch == 1

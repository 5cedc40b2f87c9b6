"""The loop: it learns, stops and goes on to the same bits, keeps the best, says what went wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from small_training import blobs

from aware.small_aware import Stand
from chipsim.aware.checkpoint import found
from chipsim.aware.description import AwareQuestion
from chipsim.aware.distil import Loss
from chipsim.aware.experiment import Part
from chipsim.aware.loop import Judged, Training, shifted
from chipsim.errors import CheckError, InputError
from chipsim.workload.metrics import Accuracy

SETTINGS = {"network": "stand"}


def question(**keys) -> AwareQuestion:
    values = {"epochs": 4, "batch": 16, "rate": 0.05, "schedule": "constant"} | keys
    return AwareQuestion.model_construct(**{name: info.default for name, info in AwareQuestion.model_fields.items()} | values)


def part(count: int, seed: int) -> Part:
    x, labels = blobs(count, seed)
    return Part(x[:, :, None, None], labels)


def training(folder: Path | None = None, network: Stand | None = None, teacher=None, say=print, settings=SETTINGS, **keys) -> Training:
    asked = question(**keys)
    keeping = None if folder is None else (folder / "checkpoint.npz", settings)
    judged = Judged(Accuracy().of, True)
    parts = part(100, 1), part(40, 2)
    return Training(network or Stand(), asked, Loss(asked, Accuracy()), judged, *parts, teacher, keeping, say)


def weights(one: Training) -> bytes:
    return b"".join(tensor.numpy().tobytes() for tensor in one.network.state_dict().values())


class StopError(Exception):
    """Somebody pulled the plug."""


def stopped_after(number: int):
    def listen(row):
        if row.epoch == number:
            raise StopError

    return listen


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
def test_it_learns_with_noise_in_the_way(optimiser):
    one = training(optimiser=optimiser)
    rows = one.run()
    assert [row.epoch for row in rows] == [0, 1, 2, 3, 4]
    assert rows[0].loss is None
    assert rows[-1].loss < rows[1].loss
    assert one.best_row.validation > 0.9 > rows[0].validation


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_stopped_training_ends_with_the_bits_of_one_that_was_not(tmp_path, optimiser, after):
    keys = {"optimiser": optimiser, "schedule": "one_cycle", "ramp": 2.0, "shift": 1}
    whole = training(tmp_path / "whole", **keys)
    whole.run()
    with pytest.raises(StopError):
        training(tmp_path / "parts", **keys).run(listen=stopped_after(after))
    torch.manual_seed(77)  # what was drawn elsewhere has no say
    again = training(tmp_path / "parts", **keys)
    assert again.epoch == after
    again.run()
    assert weights(again) == weights(whole)
    assert [row[:-1] for row in again.rows] == [row[:-1] for row in whole.rows]  # wall times aside


def test_a_training_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(3)
    expected = torch.randn(2)
    torch.manual_seed(3)
    training(epochs=1, shift=1).run()
    assert torch.equal(torch.randn(2), expected)


def test_a_truncated_checkpoint_is_named_and_the_one_before_is_taken(tmp_path):
    with pytest.raises(StopError):
        training(tmp_path).run(listen=stopped_after(2))
    file = tmp_path / "checkpoint.npz"
    file.write_bytes(file.read_bytes()[:200])
    said: list[str] = []
    again = training(tmp_path, say=said.append)
    assert again.epoch == 1
    assert "checkpoint.npz" in said[0]
    assert "goes on from the checkpoint before it" in said[0]
    again.run()
    whole = training()
    whole.run()
    assert weights(again) == weights(whole)


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    training(tmp_path, epochs=1).run()
    with pytest.raises(InputError, match="this checkpoint was written with another network"):
        training(tmp_path, settings={"network": "another"})
    with pytest.raises(InputError, match="is that of another network; begin anew with --again"):
        found(tmp_path / "checkpoint.npz", SETTINGS, {"other": torch.zeros(2)})


def test_a_loss_that_is_no_number_stops_with_the_epoch_and_a_way_out():
    def ruin(row):
        if row.epoch == 1:
            with torch.no_grad():
                one.network.weight.fill_(float("nan"))

    one = training()
    with pytest.raises(CheckError, match=r"the loss is nan in epoch 2, expected a finite number; .* try a lower rate than 0.05"):
        one.run(listen=ruin)


def test_noise_grows_over_the_ramp_and_is_whole_where_networks_are_compared():
    network = Stand()
    training(network=network, epochs=2, ramp=1.0, draws=1).run()
    steps = 7  # of 100 samples in mini-batches of 16
    learned = network.strengths[1 : 1 + steps]  # what is held out takes one forward pass before
    assert learned == pytest.approx([(step + 1) / steps for step in range(steps)])
    assert set(network.strengths[1 + steps :]) == {1.0} == {network.strengths[0]}


def test_what_is_held_out_meets_chips_of_all_ages():
    network = Stand()
    training(network=network, epochs=1, draws=3).run()
    assert network.asked == [1.0, 10.0, 100.0] * 2
    network = Stand()
    training(network=network, epochs=1, draws=1).run()
    assert network.asked == [1.0] * 2


def test_training_ends_for_want_of_a_better_validation():
    one = training(epochs=50, patience=2, rate=1e-9)
    one.run()
    assert one.stalled
    assert one.epoch == one.best_row.epoch + 2 < 50


def test_the_best_weights_are_the_answer():
    one = training(epochs=3)
    seen: dict[int, bytes] = {}
    one.run(listen=lambda row: seen.update({row.epoch: weights(one)}))
    assert weights(one) == seen[one.best_row.epoch]


def test_weights_stay_within_what_their_layer_had_at_first_where_it_is_asked_for():
    limit = 1.2 * float(Stand().weight.detach().square().mean().sqrt())
    bound, free = training(clip=1.2), training(clip=None)
    for one in (bound, free):
        one.run()
        one.network.load_state_dict(one.best)
    assert float(bound.network.weight.detach().abs().max()) == pytest.approx(limit)
    assert float(free.network.weight.detach().abs().max()) > limit


def test_weights_that_are_all_alike_are_not_clipped_away():
    network = Stand()
    with torch.no_grad():
        network.weight.fill_(2.0)
    assert training(network=network, clip=2.5).limits == [5.0]
    with torch.no_grad():
        network.weight.zero_()
    assert training(network=network, clip=2.5).limits == [float("inf")]


def test_ranges_are_learned_where_it_is_asked_for():
    learned, kept = training(epochs=1), training(epochs=1, learn_ranges=False)
    for one in (learned, kept):
        one.run()
    assert kept.network.log_range.item() == 0.0 != learned.network.log_range.item()


def test_a_teacher_is_asked_for_every_mini_batch():
    asked: list[int] = []

    def teacher(images: np.ndarray) -> np.ndarray:
        asked.append(len(images))
        return np.zeros((len(images), 3, 1, 1), np.float32)

    from chipsim.aware.description import Distillation

    training(teacher=teacher, epochs=1, distil=Distillation(weight=0.5)).run()
    assert sum(asked) == 100


def test_shifted_images_are_the_same_images_a_few_pixels_aside():
    images = np.zeros((50, 1, 5, 5), np.float32)
    images[:, 0, 2, 2] = 1
    moved = shifted(images, 1)
    assert moved.shape == images.shape
    assert (moved.sum(axis=(1, 2, 3)) == 1).all()
    assert {tuple(place) for place in np.argwhere(moved)[:, 2:]} == {(y, x) for y in (1, 2, 3) for x in (1, 2, 3)}
    assert shifted(images, 0) is images

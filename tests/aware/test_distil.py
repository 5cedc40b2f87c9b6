"""The loss against closed forms: labels of classes, of steps, of numbers; smoothing; the teacher."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch

from chipsim.aware.description import Distillation
from chipsim.aware.distil import Loss
from chipsim.errors import InputError
from chipsim.workload.metrics import Metric


def loss(metric: str = "accuracy", smoothing: float = 0.0, distil: Distillation | None = None, **keys) -> Loss:
    return Loss(SimpleNamespace(smoothing=smoothing, distil=distil), Metric.member(metric)(**keys))


LABELS = torch.tensor([0, 2])
OUTPUTS = torch.tensor([[1.0, 0.0, -1.0], [0.5, 0.5, 2.0]])[:, :, None, None]


def entropy(rows: torch.Tensor, labels: torch.Tensor) -> float:
    shares = torch.log_softmax(rows, 1)
    return -float(shares[torch.arange(len(labels)), labels].mean())


def test_classes_have_the_cross_entropy_of_their_labels():
    assert float(loss()(OUTPUTS, LABELS)) == pytest.approx(entropy(OUTPUTS.reshape(2, 3), LABELS), rel=1e-6)


def test_smoothing_spreads_a_share_of_the_label():
    logs = torch.log_softmax(OUTPUTS.reshape(2, 3), 1)
    plain, spread = -logs[[0, 1], LABELS].mean(), -logs.mean()
    assert float(loss(smoothing=0.2)(OUTPUTS, LABELS)) == pytest.approx(float(0.8 * plain + 0.2 * spread), rel=1e-6)


def test_every_step_of_a_sequence_is_a_row():
    outputs = torch.randn(2, 4, 3, 1, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([[0, 1, 3], [2, 2, 0]])
    rows = outputs[..., 0].transpose(1, 2).reshape(6, 4)
    assert float(loss()(outputs, labels)) == pytest.approx(entropy(rows, labels.reshape(-1)), rel=1e-6)


def test_a_label_that_is_ignored_does_not_count():
    expected = entropy(OUTPUTS[:1].reshape(1, 3), LABELS[:1])
    assert float(loss(ignore=-1)(OUTPUTS, torch.tensor([0, -1]))) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("kind", "given"), [("probabilities", torch.softmax), ("log_probabilities", torch.log_softmax)])
def test_shares_have_the_loss_of_the_logits_they_came_from(kind, given):
    shares = given(OUTPUTS.reshape(2, 3), 1)[:, :, None, None]
    assert float(loss(outputs=kind)(shares, LABELS)) == pytest.approx(entropy(OUTPUTS.reshape(2, 3), LABELS), rel=1e-5)


@pytest.mark.parametrize("kind", ["logits", "probabilities", "log_probabilities"])
def test_one_output_tells_two_classes_apart(kind):
    logit = torch.tensor([[0.7], [-1.2]])
    given = {"logits": logit, "probabilities": logit.sigmoid(), "log_probabilities": torch.nn.functional.logsigmoid(logit)}[kind]
    labels = torch.tensor([1, 0])
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logit[:, 0], labels.float())
    assert float(loss(outputs=kind)(given[:, :, None, None], labels)) == pytest.approx(float(expected), rel=1e-5)


def test_numbers_have_their_mean_square():
    assert float(loss("rmse")(OUTPUTS, torch.zeros(2, 3))) == pytest.approx(float((OUTPUTS**2).mean()), rel=1e-6)


def test_a_teacher_shares_the_loss_and_its_distance_is_zero_for_the_same_outputs():
    half = loss(distil=Distillation(weight=0.25, temperature=2.0))
    assert float(half(OUTPUTS, LABELS, OUTPUTS)) == pytest.approx(0.75 * float(loss()(OUTPUTS, LABELS)), rel=1e-6)


def test_the_distance_from_a_teacher_is_that_of_hinton():
    kept, taught = 3.0, OUTPUTS.flip(1)
    ours, theirs = (torch.softmax(one.reshape(2, 3) / kept, 1) for one in (OUTPUTS, taught))
    distance = kept**2 * float((theirs * (theirs.log() - ours.log())).sum(1).mean())
    assert float(loss(distil=Distillation(weight=1.0, temperature=kept))(OUTPUTS, LABELS, taught)) == pytest.approx(distance, rel=1e-5)


def test_without_a_teacher_only_labels_count_also_where_one_is_described():
    assert math.isclose(float(loss(distil=Distillation())(OUTPUTS, LABELS)), float(loss()(OUTPUTS, LABELS)))


def test_sequences_have_no_loss_here():
    with pytest.raises(InputError, match=r"metric label_error_rate takes labels for which there is no loss here; expected classes"):
        loss("label_error_rate")

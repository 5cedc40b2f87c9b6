"""Right answers, the k largest, F1: by hand, by their definitions, and what labels they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.workload.layers import Activation, Linear, Softmax
from chipsim.workload.metrics import F1, Accuracy, ErrorRate, TopFive, TopK, metric_column, metric_named

RANDOM = np.random.default_rng(0)


def outputs(rows) -> np.ndarray:
    return np.array(rows, np.float32)[:, :, None, None]


@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.integers(1, 40))
def test_every_kind_by_its_definition(seed, classes, count):
    random = np.random.default_rng(seed)
    out, labels = random.normal(size=(count, classes, 1, 1)).astype(np.float32), random.integers(0, classes, count)
    order = np.argsort(-out[:, :, 0, 0], axis=1)
    right = np.mean(order[:, 0] == labels)
    assert Accuracy().of(out, labels) == pytest.approx(right)
    assert ErrorRate().of(out, labels) == pytest.approx(1 - right)
    for k in range(1, classes + 1):
        assert TopK(k=k).of(out, labels) == pytest.approx(np.mean([label in row[:k] for label, row in zip(labels, order, strict=True)]))


def test_of_equal_outputs_the_first_is_the_largest():
    out = outputs([[1, 1, 1]] * 3)
    assert Accuracy().of(out, np.arange(3)) == TopK(k=1).of(out, np.arange(3)) == pytest.approx(1 / 3)
    assert TopK(k=2).of(out, np.arange(3)) == pytest.approx(2 / 3)


def test_f1_by_hand_and_of_the_classes_that_occur():
    told, labels = [0, 0, 1, 1, 2], np.array([0, 1, 1, 1, 0])
    out = outputs(np.eye(4)[told])
    first, second = 2 * 1 / (2 * 1 + 1 + 1), 2 * 2 / (2 * 2 + 0 + 1)
    assert F1(positive=0).of(out, labels) == pytest.approx(first)
    assert F1(positive=1).of(out, labels) == pytest.approx(second)
    assert F1().of(out, labels) == pytest.approx((first + second + 0) / 3)  # class 2 was told, class 3 occurs nowhere
    assert F1().of(outputs(np.eye(4)), np.arange(4)) == 1


@pytest.mark.parametrize("metric", [Accuracy(), ErrorRate(), TopK(k=2)])
def test_chance_is_what_guessing_reaches(metric):
    labels = RANDOM.choice(4, 40_000, p=[0.4, 0.3, 0.2, 0.1])
    guessed = RANDOM.normal(size=(len(labels), 4, 1, 1)).astype(np.float32)
    assert metric.of(guessed, labels) == pytest.approx(metric.chance(labels, (4, 1, 1)), abs=0.01)


def test_chance_of_f1_is_the_best_that_an_answer_without_input_reaches():
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    labels = np.repeat(np.arange(4), (4000 * shares).astype(int))
    for one in range(4):
        always = outputs(np.eye(4)[np.full(len(labels), one)])
        assert F1(positive=one).of(always, labels) == pytest.approx(F1(positive=one).chance(labels, (4, 1, 1)))
    as_often = outputs(np.eye(4)[RANDOM.permutation(labels)])
    assert F1().of(as_often, labels) == pytest.approx(F1().chance(labels, (4, 1, 1)), abs=0.02)
    drawn = outputs(np.eye(4)[RANDOM.integers(0, 4, len(labels))])
    assert F1().of(drawn, labels) < F1().chance(labels, (4, 1, 1)) == 0.25
    assert F1(ignore=3).chance(labels, (4, 1, 1)) == pytest.approx(1 / 3)
    assert F1(positive=0, ignore=3).chance(labels, (4, 1, 1)) == pytest.approx(2 * 0.4 / 0.9 / (1 + 0.4 / 0.9))


def test_f1_of_a_class_has_a_name_of_its_own():
    assert [(one.column, one.called) for one in (F1(), F1(positive=3))] == [("f1", "F1"), ("f1_3", "F1 of class 3")]
    assert metric_named("f1_3") == F1(positive=3)
    assert metric_column("f1_3_1d_spread").metric == F1(positive=3)


def test_batches_add_up():
    out, labels = RANDOM.normal(size=(50, 6, 1, 1)).astype(np.float32), RANDOM.integers(0, 6, 50)
    for metric in (Accuracy(), ErrorRate(), TopFive(), F1()):
        assert metric.value(metric.sums(out[:20], labels[:20]) + metric.sums(out[20:], labels[20:])) == metric.of(out, labels)


def test_one_output_tells_two_classes_apart():
    out, labels = outputs([[-1.0], [0.2], [0.7], [3.0]]), np.array([0, 0, 1, 1])
    assert Accuracy().of(out, labels) == 0.75  # above 0 is class 1
    assert Accuracy(outputs="probabilities").of(out[1:3], labels[1:3]) == 1.0  # above a half is
    assert Accuracy(outputs="log_probabilities").of(np.log(out[1:3]), labels[1:3]) == 1.0
    assert Accuracy().chance(labels, (1, 1, 1)) == 0.5
    assert Accuracy().problem(labels, 4, (1, 1, 1)) == ""


def test_the_last_layer_says_what_the_outputs_are():
    assert Accuracy().after(Linear(name="a", out_features=2)) == Accuracy()
    assert Accuracy().after(Linear(name="a", out_features=1, activation="sigmoid")).outputs == "probabilities"
    assert F1().after(Softmax(name="a")).outputs == "probabilities"
    assert F1().after(Softmax(name="a", log=True)).outputs == "log_probabilities"
    assert F1().after(Activation(name="a", function="sigmoid")).outputs == "probabilities"
    assert F1(outputs="logits").after(Softmax(name="a")).outputs == "logits"


def test_labels_of_steps_and_labels_that_are_not_counted():
    out = RANDOM.normal(size=(3, 4, 5, 1)).astype(np.float32)
    labels = out[..., 0].argmax(axis=1)
    assert Accuracy().of(out, labels) == 1
    labels[0, 0] = (labels[0, 0] + 1) % 4
    assert Accuracy().of(out, labels) == pytest.approx(14 / 15)
    labels[0, 0] = -100
    assert Accuracy(ignore=-100).of(out, labels) == 1
    assert Accuracy(ignore=-100).problem(labels, 3, (4, 5, 1)) == ""


@pytest.mark.parametrize(
    ("metric", "labels", "message"),
    [
        (Accuracy(), np.array([0, 4]), "label 4 of image 1 is out of range, the network's outputs are 0 to 3"),
        (Accuracy(), np.array([0, -100]), "label -100 of image 1 is out of range"),
        (Accuracy(ignore=-100), np.array([-100, -100]), "every label is -100, which metric.ignore leaves out"),
        (Accuracy(), np.zeros(2), "labels are of type float64, expected int64, the numbers of classes; for numbers"),
        (Accuracy(), np.zeros(3, int), "labels are [3], expected one for each of 2 images"),
        (Accuracy(), np.zeros((2, 3), int), "labels are [2, 3], expected one"),
    ],
)
def test_labels_that_do_not_fit_are_one_sentence(metric, labels, message):
    assert message in metric.problem(labels, 2, (4, 1, 1))


@pytest.mark.parametrize(
    ("metric", "key", "message"),
    [
        (TopFive(), "k", "the network tells 4 classes apart, so k = 5 counts every answer; take a smaller k"),
        (TopK(k=4), "k", "the network tells 4 classes apart, so k = 4 counts every answer"),
        (F1(positive=4), "positive", "class 4 is to be the positive one, but the network's classes are 0 to 3"),
    ],
)
def test_keys_that_do_not_suit_the_network(metric, key, message):
    found = metric.misfit(np.zeros(2, int), (4, 1, 1))
    assert found.key == key
    assert message in found.message
    assert TopK(k=3).misfit(np.zeros(2, int), (4, 1, 1)) is F1(positive=3).misfit(np.zeros(2, int), (4, 1, 1)) is None


def test_a_class_cannot_be_sought_and_left_out():
    with pytest.raises(InputError, match="positive: class 1 is left out by 'ignore'"):
        F1(positive=1, ignore=1)

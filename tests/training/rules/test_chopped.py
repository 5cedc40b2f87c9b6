"""Three vectors by hand, and offsets that cancel."""

import numpy as np
import pytest
from regression import begun, even

X, D, RATE = np.ones((1, 2), np.float32), np.ones((1, 1), np.float32), 0.03
RULE = {"type": "chopped", "response": even(0.1), "read_noise": 0.0, "memory": 1.0}


def test_three_vectors_by_hand():
    """Every read flips: row 0 is read at 0.1, then, after two changes the other way, at -0.1 with the sign turned: 1.2 in all."""
    chopped = begun(RULE | {"flip": 1.0})
    chopped.update(X, D, RATE, 0)
    assert chopped.state()["choppers"].tolist() == [-1, 1]
    chopped.update(X, D, RATE, 1)
    assert chopped.state()["fast weights"][:, 0] == pytest.approx([0, 0.2], abs=1e-6)
    chopped.update(X, D, RATE, 2)
    assert chopped.state()["fast weights"][:, 0] == pytest.approx([-0.1, 0.1], abs=1e-6)
    assert chopped.state()["choppers"].tolist() == [1, -1]
    assert chopped.weights[:, 0] == pytest.approx([0.1, 0.1])
    assert chopped.state()["buffer"][:, 0] == pytest.approx([0.12, 0.12], rel=1e-5)


def test_choppers_flip_as_often_as_asked():
    chopped = begun(RULE | {"flip": 0.2}, (500, 1))
    flips, before = 0, np.ones(500)
    for sweep in range(4):
        chopped.update(np.zeros((500, 500), np.float32), np.zeros((500, 1), np.float32), RATE, 500 * sweep)
        now = chopped.state()["choppers"]
        flips += np.count_nonzero(now != before)
        before = now
    assert flips / 2000 == pytest.approx(0.2, abs=4 * np.sqrt(0.2 * 0.8 / 2000))


def test_choppers_of_the_other_side_flip_after_a_sweep():
    """2 rows, 500 columns: nothing flips after row 0, a fifth of the columns after row 1."""
    chopped = begun(RULE | {"flip": 0.0, "flip_across": 0.2}, (2, 500))
    x, d = np.zeros((1, 2), np.float32), np.zeros((1, 500), np.float32)
    before, flips = np.ones(500), 0
    for number in range(20):
        chopped.update(x, d, RATE, number)
        now = chopped.state()["across"].copy()
        flips += np.count_nonzero(now != before)
        assert number % 2 == 1 or np.array_equal(now, before)
        before = now
    assert flips / 5000 == pytest.approx(0.2, abs=4 * np.sqrt(0.2 * 0.8 / 5000))
    assert chopped.state()["choppers"].tolist() == [1, 1]


def test_signs_of_both_sides_are_taken_back():
    """The same gradient in every vector moves all weights its way, whatever flips."""
    keys = {"flip": 0.1, "flip_across": 0.1}
    for by in ("row", "column"):
        chopped = begun(RULE | keys | {"transfer_by": by}, (2, 3))
        ones = np.ones((1, 2), np.float32), np.ones((1, 3), np.float32)
        for number in range(200):
            chopped.update(*ones, 0.01, number)
        assert (chopped.weights > 0.25).all()


def test_without_flips_it_is_version_2():
    chopped, plain = begun(RULE | {"flip": 0.0, "read_noise": 0.1}), begun(RULE | {"type": "tiki_taka_v2", "read_noise": 0.1})
    for number in range(20):
        chopped.update(X, D, RATE, number)
        plain.update(X, D, RATE, number)
    assert np.array_equal(chopped.weights, plain.weights)
    assert np.array_equal(chopped.state()["buffer"], plain.state()["buffer"])


def test_columns_have_their_choppers_on_the_gradient():
    chopped = begun(RULE | {"flip": 1.0, "transfer_by": "column"}, (1, 2))
    for number in range(3):
        chopped.update(D, X, RATE, number)
    assert chopped.state()["choppers"].tolist() == [1, -1]
    assert chopped.weights[0] == pytest.approx([0.1, 0.1])

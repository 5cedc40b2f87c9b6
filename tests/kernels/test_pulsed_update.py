"""The pulsed update against its float64 twin: number by number without noise, in its moments with noise; and what it must never do."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.kernels.pulse_reference import reference_update, unpacked
from chipsim.kernels.pulse_rules import counted, fixed, implicit, managed
from chipsim.kernels.pulsed_update import EXPONENTIAL, LINEAR, PIECEWISE, POWER, TABLES, Law, PulsedCells, pulsed_update
from chipsim.kernels.trains import COLUMNS, ROWS, trains

KEY = (5, 6)
LAWS = {
    "constant": Law(),
    "linear": Law(LINEAR),
    "exponential": Law(EXPONENTIAL, (-1.2, -5.0, -2.5), (0.3, 4.0, -1.0)),
    "power": Law(POWER),
    "piecewise": Law(PIECEWISE, (1.2, 0.7, 0.9, 0.1), (0.2, 0.4, 1.5)),
    "tables": Law(
        TABLES,
        (3.0, *(1.2, 0.7, 0.1), *(0.5, 1.0, 0.3), *(1.0, 1.0, 1.0), *(0.2, 0.2, 0.2), *(0.3, 1.4, 0.4), *(1.5, 0.4, 0.0)),
        np.float32([3.0, *(0.2, 0.4, 1.5), *(0.5, 0.1, 0.3), *(0.9, 0.9, 0.9), *(0.4, 0.4, 0.4), *(1.3, 0.4, 0.4), *(0.5, 0.7, 0.0)]),
        relative=0.0,
    ),
}
GROUPED = ("constant", "linear")


def cells_of(law, shape, seed=0, step=0.02, reference=False):
    rng = np.random.default_rng(seed)

    def about(mean, spread):
        return np.ascontiguousarray(mean * (1 + spread * rng.uniform(-1, 1, shape)), np.float32)

    shapes = {LINEAR: (about(step / 2, 0.9), about(step, 0.9)), POWER: (about(1.5, 0.3), about(0.6, 0.3))}.get(law.kind, ())
    if law.kind == TABLES:
        shapes = (np.float32(rng.integers(0, 3, shape)), np.float32(rng.integers(0, 3, shape)))
    cells = PulsedCells(about(step, 0.4), about(0.8 * step, 0.4), about(-0.8, 0.2), about(0.9, 0.2), *shapes)
    return cells._replace(reference=about(0.05, 1)) if reference else cells


def same_cells(law, shape, step=0.02):
    """Cells without differences, for moments."""

    def full(value):
        return np.full(shape, value, np.float32)

    shapes = {LINEAR: (full(0.7 * step), full(1.1 * step)), POWER: (full(1.5), full(0.6)), TABLES: (full(2), full(0))}.get(law.kind, ())
    return PulsedCells(full(step), full(0.8 * step), full(-1), full(1), *shapes)


INDEXED = {"cells": same_cells(LAWS["tables"], (3, 4))}


def names(batch, first=0):
    return {"sample": np.full(batch, 9, np.uint32), "vector": np.arange(first, first + batch, dtype=np.uint32)}


def trains_of(x, d, plan, first=0):
    name = names(len(x), first)
    rows = trains(x, plan.row_gain, plan.length, KEY, name["sample"], name["vector"], ROWS)
    return rows, trains(d, plan.column_gain, plan.length, KEY, name["sample"], name["vector"], COLUMNS)


def drawn(shape, batch=4, seed=0, pulses=3.0, longest=31):
    """Vectors and trains with about `pulses` pulses for the largest values."""
    rng = np.random.default_rng(seed)
    x, d = (rng.uniform(-1, 1, (batch, count)).astype(np.float32) for count in shape)
    return x, d, fixed(x, d, pulses, 1.0, longest)


def weights_of(shape, seed=1, reach=0.6):
    return np.random.default_rng(seed).uniform(-reach, reach, shape).astype(np.float32)


def silent(shape):
    return np.zeros(shape)


@pytest.mark.parametrize("few", [False, True])  # columns with a pulse: their cells are gathered
@pytest.mark.parametrize("reference", [False, True])
@pytest.mark.parametrize(("name", "grouped"), [*((name, False) for name in LAWS), *((name, True) for name in GROUPED)])
def test_without_noise_it_is_the_twin_to_rounding(name, grouped, reference, few):
    shape, law = (13, 37), LAWS[name]._replace(grouped=grouped)
    cells = cells_of(law, shape, step=0.1, reference=reference)
    x, d, plan = drawn(shape, pulses=9.0, longest=40)
    d[:3, np.arange(37) % 5 > 0] *= 0 if few else 1
    pair, ours = trains_of(x, d, plan), weights_of(shape)
    twin = ours.astype(np.float64)
    start = ours.copy()
    pulses = pulsed_update(ours, cells, law, key=KEY, **names(4), trains=pair)
    reference_update(twin, cells, law, noise=silent, trains=pair)
    assert ours == pytest.approx(twin, abs=3e-5 if name == "power" else 3e-6)  # a step up from where (high - w) ** 0.6 is steep
    assert abs(ours - start).max() > 0.5
    coincidences = [np.einsum("ki,kj->", *(unpacked(words[b])[0].astype(int) for words in pair)) for b in range(4)]
    assert pulses.tolist() == coincidences


def moments(name, law, count, start, ours, few=False):
    """Weights of many equal cells after `count` pulses up (even columns) and down (odd columns), by the kernel or by the twin."""
    shape = (40, 500)
    cells = same_cells(law, shape)
    x, d = np.ones((1, shape[0]), np.float32), np.resize(np.float32([1, -1]), (1, shape[1]))
    if few:
        d[:, 100:] = 0
    weights = np.full(shape, start, np.float32)
    pair = trains_of(x, d, fixed(x, d, float(count), 1.0, count))
    if ours:
        pulsed_update(weights, cells, law, key=KEY, **names(1), trains=pair)
    else:
        exact = weights.astype(np.float64)
        reference_update(exact, cells, law, noise=np.random.default_rng(2).standard_normal, trains=pair)
        weights = exact
    weights = weights[:, :100] if few else weights
    return weights[:, ::2].ravel().astype(np.float64), weights[:, 1::2].ravel().astype(np.float64)


NOISES = {
    "relative": {"relative": 0.3},
    "fixed": {"fixed": 0.3},
    "large": {"relative": 3.0},
    "all": {"relative": 0.4, "fixed": 0.5, "floor": 0.01, "share": 0.02},
}


def noisy(name, noise):
    """A law with noise; tables hold theirs and know only a factor on it."""
    return LAWS[name]._replace(**({"relative": sum(NOISES[noise].values())} if name == "tables" else NOISES[noise]))


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize(("count", "start"), [(1, 0.0), (7, -0.3), (7, 0.95)])
def test_pulse_by_pulse_has_the_moments_of_the_twin(name, noise, count, start):
    compare_moments(name, noisy(name, noise), count, start)


@pytest.mark.parametrize(
    ("name", "noise"), [("constant", "relative"), ("constant", "fixed"), ("linear", "relative"), ("linear", "fixed")]
)
@pytest.mark.parametrize(("count", "start"), [(1, 0.0), (2, 0.2), (7, -0.3), (31, -0.5)])
def test_grouped_pulses_have_the_moments_of_the_twin(name, noise, count, start):
    compare_moments(name, LAWS[name]._replace(**NOISES[noise], grouped=True), count, start)


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("name", GROUPED)
def test_gathered_cells_have_the_moments_of_the_twin(name, grouped):
    compare_moments(name, LAWS[name]._replace(relative=0.3, grouped=grouped), 7, 0.1, few=True)


def compare_moments(name, law, count, start, few=False):
    for ours, twin in zip(moments(name, law, count, start, True, few), moments(name, law, count, start, False, few), strict=True):
        error = np.sqrt((ours.var() + twin.var()) / ours.size)
        assert abs(ours.mean() - twin.mean()) < 4 * error + 1e-6
        fourth = np.mean((twin - twin.mean()) ** 4)
        error = np.sqrt(2 * (fourth - twin.var() ** 2) / ours.size)  # of the difference of two variances
        assert abs(ours.var() - twin.var()) < 4 * error + 1e-9


def test_grouped_constant_steps_by_hand():
    up, _ = moments("constant", Law(relative=0.3, grouped=True), 16, 0.0, True)
    assert up.mean() == pytest.approx(16 * 0.02, abs=4 * 4 * 0.3 * 0.02 / np.sqrt(up.size))
    assert up.std() == pytest.approx(4 * 0.3 * 0.02, rel=0.02)


@pytest.mark.parametrize("name", GROUPED)
def test_a_single_pulse_is_the_same_either_way(name):
    shape, law = (6, 50), LAWS[name]._replace(relative=0.3)
    x, d = np.ones((1, 6), np.float32), np.ones((1, 50), np.float32)
    pair, results = trains_of(x, d, fixed(x, d, 1.0, 1.0, 1)), []
    for grouped in (True, False):
        results.append(weights_of(shape))
        pulsed_update(results[-1], cells_of(law, shape), law._replace(grouped=grouped), key=KEY, **names(1), trains=pair)
    assert results[0] == pytest.approx(results[1], abs=1e-6)


def test_cells_that_share_a_line_move_together():
    """cov(n_ij, n_ik) = BL P (1 - P) Q**2 for the common row, as the trains are bits of lines; cells apart are independent."""
    p, q, slots, batch = 0.4, 0.7, 31, 20000
    x, d = np.full((batch, 2), p, np.float32), np.full((batch, 2), q, np.float32)
    plan = fixed(x, d, float(slots), 1.0, slots)
    law = Law(grouped=True)
    start, moved = np.zeros((2, 2), np.float32), np.empty((batch, 4))
    cells = PulsedCells(*(np.full((2, 2), value, np.float32) for value in (1, 1, -1e6, 1e6)))
    pair = trains_of(x, d, plan)
    for b in range(batch):
        weights = start.copy()
        name = {key: words[b : b + 1] for key, words in names(batch).items()}
        pulsed_update(weights, cells, law, key=KEY, **name, trains=(pair[0][b : b + 1], pair[1][b : b + 1]))
        moved[b] = weights.ravel()
    covariance = np.cov(moved.T)
    mean, variance = slots * p * q, slots * p * q * (1 - p * q)
    assert moved.mean(axis=0) == pytest.approx(np.full(4, mean), abs=4 * np.sqrt(variance / batch))
    error = 4 * variance / np.sqrt(batch) * 1.5
    assert covariance[0, 1] == pytest.approx(slots * p * (1 - p) * q**2, abs=error)
    assert covariance[0, 2] == pytest.approx(slots * q * (1 - q) * p**2, abs=error)
    assert covariance[0, 3] == pytest.approx(0, abs=error)
    assert np.diag(covariance) == pytest.approx(np.full(4, variance), abs=error)


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(sorted(LAWS)), noise=st.sampled_from(sorted(NOISES)), seed=st.integers(0, 99), reference=st.booleans())
def test_no_cell_leaves_its_bounds(name, noise, seed, reference):
    shape, law = (5, 30), noisy(name, noise)
    if name in GROUPED and not (law.floor or law.share):
        law = law._replace(grouped=bool(seed % 2))
    cells = cells_of(law, shape, seed, step=0.5, reference=reference)
    x, d, plan = drawn(shape, seed=seed, pulses=8.0)
    weights = weights_of(shape)
    offset = cells.reference if reference else 0
    weights = np.ascontiguousarray(np.clip(weights + offset, cells.low, cells.high) - offset, np.float32)
    pulsed_update(weights, cells, law, key=KEY, **names(4), trains=trains_of(x, d, plan))
    assert np.isfinite(weights).all()
    assert (weights + offset <= cells.high + 1e-6).all()
    assert (weights + offset >= cells.low - 1e-6).all()


@pytest.mark.parametrize("name", [*LAWS, "grouped constant", "grouped linear"])
def test_splitting_the_batch_and_threads_change_nothing(name):
    shape, law = (9, 40), LAWS[name.removeprefix("grouped ")]._replace(relative=0.3, write_noise=0.1, grouped=name.startswith("grouped"))
    cells = cells_of(law, shape)
    x, d, plan = drawn(shape, batch=6)
    d[2:4, 9:] = 0
    pair, every = trains_of(x, d, plan), names(6)

    def run(cuts):
        weights, hidden = weights_of(shape), weights_of(shape)
        pulses = []
        for start, stop in zip([0, *cuts], [*cuts, 6], strict=True):
            part = {key: words[start:stop] for key, words in every.items()}
            pair_part = pair[0][start:stop], pair[1][start:stop]
            pulses.extend(pulsed_update(weights, cells, law, key=KEY, **part, trains=pair_part, hidden=hidden))
        return weights.tobytes(), hidden.tobytes(), pulses

    whole = run([])
    assert run([1, 2, 5]) == whole
    with ThreadPoolExecutor(4) as pool:
        assert all(result == whole for result in pool.map(run, [[3], [], [1, 4], [2]]))


@pytest.mark.parametrize("name", [*LAWS, "grouped constant", "grouped linear"])
def test_lines_without_a_value_touch_nothing(name):
    shape, law = (8, 20), LAWS[name.removeprefix("grouped ")]._replace(relative=0.3, write_noise=0.1, grouped=name.startswith("grouped"))
    x, d, _ = drawn(shape)
    x[:, ::2], d[:, ::3] = 0, 0
    # Outside of the bounds: a cell that is not pulsed is not clipped either.
    weights, hidden = weights_of(shape, reach=3), weights_of(shape, seed=2, reach=3)
    before = weights.copy(), hidden.copy()
    plan = managed(x, d, 30.0, 1.0, 31)
    pulsed_update(weights, cells_of(law, shape), law, key=KEY, **names(4), trains=trains_of(x, d, plan), hidden=hidden)
    still = np.ones(shape, bool)
    still[np.ix_(x[0] != 0, d[0] != 0)] = False
    for now, then in zip((weights, hidden), before, strict=True):
        assert (now[still] == then[still]).all()
        assert (now[~still] != then[~still]).mean() > 0.9


@pytest.mark.parametrize("few", [False, True])
def test_line_values_give_their_numbers_of_pulses(few):
    shape, law = (7, 11), Law(grouped=True)
    cells = PulsedCells(*(np.full(shape, value, np.float32) for value in (1, 2, -1e6, 1e6)))
    x, d, _ = drawn(shape)
    d[:, 2:] *= 0 if few else 1
    plan = managed(x, d, 20.0, 1.0, 31)
    for rule in (implicit, counted):
        lines, weights = rule(x, d, plan), np.zeros(shape, np.float32)
        pulses = pulsed_update(weights, cells, law, key=KEY, **names(4), lines=lines)
        counts = np.rint(lines[0][:, :, None] * lines[1][:, None, :])
        assert (weights == np.where(counts > 0, counts, 2 * counts).sum(axis=0)).all()
        assert pulses.tolist() == abs(counts).sum(axis=(1, 2)).tolist()


@pytest.mark.parametrize("name", [*LAWS, "grouped constant", "grouped linear"])
def test_a_pair_of_one_sided_devices_shares_the_pulses(name):
    shape, law = (8, 20), LAWS[name.removeprefix("grouped ")]._replace(floor=0.0, grouped=name.startswith("grouped"), one_sided=True)
    cells, (x, d, plan) = cells_of(law, shape), drawn(shape)
    pair = trains_of(x, d, plan)
    mirrored = pair[0], pair[1] ^ np.uint32(1 << 31)
    both, positive, negative = (np.zeros(shape, np.float32) for _ in range(3))
    every = pulsed_update(both, cells, law._replace(one_sided=False), key=KEY, **names(4), trains=pair)
    pulses = [pulsed_update(w, cells, law, key=KEY, **names(4), trains=t) for w, t in ((positive, pair), (negative, mirrored))]
    assert (sum(pulses) == every).all()
    assert positive.min() == negative.min() == 0
    rises = np.sign(x[:, :, None] * d[:, None, :])
    always = (rises == 1).all(axis=0) & (both > 0)
    assert always.any()
    assert (positive[always] == both[always]).all()
    twin = np.zeros(shape)
    reference_update(twin, cells, law, noise=silent, trains=pair)
    assert positive == pytest.approx(twin, abs=1e-4)


@pytest.mark.parametrize("few", [False, True])
def test_write_noise_is_seen_but_not_held(few):
    shape, law = (100, 300), Law(grouped=True, write_noise=0.5)
    cells = same_cells(law, shape)
    x, d = np.ones((1, 100), np.float32), np.ones((1, 300), np.float32)
    if few:
        d[:, 1::5], d[:, 2::5], d[:, 3::5], d[:, 4::5] = 0, 0, 0, 0
    pair, weights, hidden = trains_of(x, d, fixed(x, d, 3.0, 1.0, 3)), np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    pulsed_update(weights, cells, law, key=KEY, **names(1), trains=pair, hidden=hidden)
    weights, hidden, shape = (weights[:, ::5], hidden[:, ::5], (100, 60)) if few else (weights, hidden, shape)
    assert hidden == pytest.approx(np.full(shape, 0.06), abs=1e-6)
    assert weights.mean() == pytest.approx(0.06, abs=4 * 0.5 / np.sqrt(weights.size))
    assert weights.std() == pytest.approx(0.5, rel=0.02)


def test_every_update_needs_its_own_name():
    shape, law = (4, 600), Law(relative=0.3, grouped=True)
    cells = same_cells(law, shape)
    x, d = np.ones((2, 4), np.float32), np.ones((2, 600), np.float32)
    changes = []
    for first in (0, 1):
        weights = np.zeros(shape, np.float32)
        pulsed_update(
            weights, cells, law, key=KEY, **names(1, first), trains=trains_of(x[:1], d[:1], fixed(x[:1], d[:1], 1, 1, 1), first)
        )
        changes.append(weights.ravel())
    assert abs(np.corrcoef(changes)[0, 1]) < 4 / np.sqrt(weights.size)
    assert abs(np.corrcoef(changes[0][:600], changes[0][600:1200])[0, 1]) < 4 / np.sqrt(600)  # rows


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weights": np.zeros((3, 4))}, "weights is float64"),
        ({"weights": np.zeros((4, 3), np.float32)}, "trains of the rows|up is float32"),
        ({"weights": np.zeros(3, np.float32)}, "expected a matrix"),
        ({"law": Law(7)}, "law 7"),
        ({"law": Law(LINEAR)}, "up_shape"),
        ({"law": Law(EXPONENTIAL, (1.0,), (1.0, 1.0, 1.0))}, "up_curve has 1"),
        ({"law": Law(PIECEWISE, (1.0, 1.0), (1.0,))}, "down_curve has 1"),
        ({"law": Law(TABLES, (2.0, 1, 1, 0, 0), (2.0, 1, 1, 0, 0))}, "up_shape"),
        ({"law": Law(TABLES, (2.0, *12 * (1.0,)), (3.0, *18 * (1.0,))), **INDEXED}, "down_curve of 19 numbers begins with 3"),
        ({"law": Law(TABLES, (2.0, 1, 1, 0, 0), (2.0, 1, 1, 0, 0)), **INDEXED}, "holds 1 tables; cells name 2 to 2"),
        ({"law": Law(TABLES, (2.0, *12 * (1.0,)), (2.0, *12 * (1.0,)), fixed=0.1), **INDEXED}, "hold the noise themselves"),
        ({"law": Law(write_noise=1.0)}, "hidden"),
        ({"law": Law(POWER, grouped=True)}, "up_shape|grouped"),
        ({"law": Law(floor=0.1, grouped=True)}, "grouped"),
        ({"trains": None}, "either trains or lines"),
        ({"lines": (np.zeros((1, 3), np.float32), np.zeros((1, 4), np.float32))}, "either trains or lines"),
        ({"trains": None, "lines": (np.zeros((1, 3)), np.zeros((1, 4)))}, "lines of the rows are float64"),
        ({"trains": None, "lines": (np.full((1, 3), 999, np.float32), np.full((1, 4), 2, np.float32))}, "more than 992"),
        ({"trains": (np.zeros((1, 1, 3), np.uint32), np.zeros((1, 2, 4), np.uint32))}, "same number of words"),
        ({"trains": (np.zeros((1, 40, 3), np.uint32), np.zeros((1, 40, 4), np.uint32))}, "1 to 32"),
        ({"sample": np.zeros(1)}, "sample is float64"),
    ],
)
def test_what_does_not_fit_is_refused(change, said):
    weights = np.zeros((3, 4), np.float32)
    pair = np.zeros((1, 1, 3), np.uint32), np.zeros((1, 1, 4), np.uint32)
    given = {"weights": weights, "cells": same_cells(Law(), (3, 4)), "law": Law(), **names(1), "trains": pair} | change
    with pytest.raises(ValueError, match=said):
        pulsed_update(key=KEY, **given)

"""How long a sweep will take: from points answered before, else from those that are answered for it."""

from __future__ import annotations

import pytest
from small_files import write_small
from small_training import write_training
from sweep_files import BITS, CLOCK, plan_of

from chipsim.sweep.drive import run_sweep
from chipsim.sweep.engines import Local
from chipsim.sweep.estimate import answered_before, estimate, in_full

AXES = f"axes:\n  - {{key: {BITS}, values: [6, 7]}}\n  - {{key: architecture.tile.array.adc.energy, values: [1 fJ, 2 fJ, 3 fJ]}}\n"


@pytest.fixture
def small(tmp_path):
    return write_small(tmp_path)


def test_the_first_points_are_answered_and_kept(small):
    plan = plan_of(small, AXES)
    folder = plan.folder(small / "sweeps")
    told = []
    with Local(1) as engine:
        found = estimate(plan, folder, engine, told.append)
        assert told == ["answering a point to see how long it takes; it is kept"]
        assert (found.answered, found.basis) == (0, "the second point")
        assert len(list((folder / "points").iterdir())) == 2
        assert found.each is not None
        assert found.seconds == pytest.approx(2 * found.each)  # of six points only two are simulated: prices run nothing again
        run_sweep(plan, small / "sweeps", engine)
        again = estimate(plan, folder, engine, told.append)
    assert (again.answered, again.basis, again.seconds) == (6, "6 points answered before", 0.0)
    assert len(told) == 1
    assert len(answered_before(folder)) == 6


def test_points_that_fail_give_no_time(small):
    plan = plan_of(small, f"axes:\n  - {{key: {BITS}, values: [98, 99, 97, 6]}}")
    with Local(1) as engine:
        found = estimate(plan, plan.folder(small), engine)
    assert (found.seconds, found.basis) == (None, "the first 3 points failed")


def test_a_training_is_not_begun_for_it(tmp_path):
    plan = plan_of(write_training(tmp_path), "experiment: training.yaml\naxes: [{key: schedule.rate, values: [0.1, 0.2]}]")
    folder = plan.folder(tmp_path)
    with Local(1) as engine:
        assert estimate(plan, folder, engine).seconds is None
    assert not folder.exists()


def test_prices_are_not_counted(small):
    assert in_full(plan_of(small, AXES)) == 2
    assert in_full(plan_of(small, AXES + f"  - {{key: {CLOCK}, values: [1 GHz, 2 GHz]}}\nrepeats: 3")) == 12
